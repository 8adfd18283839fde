#include "training/train.h"

#include <boost/json.hpp>

#include "base/json.h"
#include "training/report.h"

namespace hvac::training {

Result<Trained> train(const Dataset& data, std::string origin, std::string created,
                      const FitOptions& options, const Progress& progress) {
  constexpr double kAssessing = 0.85;  // Share of the work.
  auto assessment = assess(data, options, part_of(progress, 0.0, kAssessing));
  if (!assessment) return fail(assessment.error());
  if (!assessment->audit.passed()) {
    return fail(ErrorCode::rejected,
                data.source + ": leakage audit failed: " + assessment->audit.failures.front());
  }

  const std::vector<std::uint8_t> every(data.samples.size(), 1);
  auto fitted = fit(data.samples, every, options, part_of(progress, kAssessing, 1.0));
  if (!fitted) return fail(fitted.error());
  progress(1.0, "trained");
  twin::ModelParts& parts = fitted->parts;
  parts.physics_share = assessment->physics_share;
  parts.intervals = assessment->intervals;
  parts.held_out = assessment->held_out;
  parts.info.origin = std::move(origin);
  parts.info.created = std::move(created);
  parts.info.data_sha256 = data.sha256;
  boost::json::object card = assessment_json(*assessment, data, options).as_object();
  card["physics"] = calibration_json(fitted->calibration);
  parts.card = json_text(card, JsonLayout::pretty);
  if (data.drift_reference != nullptr) {
    parts.drift_reference = drift::reference_text(*data.drift_reference);
  }
  return Trained{std::move(parts), std::move(*assessment), std::move(fitted->calibration)};
}

}  // namespace hvac::training
