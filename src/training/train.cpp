#include "training/train.h"

#include <boost/json.hpp>

#include "base/json.h"
#include "training/report.h"

namespace hvac::training {

Result<Trained> train(const Dataset& data, std::string origin, std::string created,
                      const FitOptions& options, const Progress& progress) {
  constexpr double kAssessing = 0.85;  // Share of the work.
  auto assessment = assess(data, options, [&](double done, std::string_view what) {
    return progress(done * kAssessing, what);
  });
  if (!assessment) return fail(assessment.error());
  if (!assessment->audit.passed()) {
    return fail(ErrorCode::rejected,
                data.source + ": leakage audit failed: " + assessment->audit.failures.front());
  }

  const std::vector<std::uint8_t> every(data.samples.size(), 1);
  auto parts = fit(data.samples, every, options, [&](double done, std::string_view what) {
    return progress(kAssessing + done * (1.0 - kAssessing), what);
  });
  if (!parts) return fail(parts.error());
  progress(1.0, "trained");
  parts->intervals = assessment->intervals;
  parts->info.origin = std::move(origin);
  parts->info.created = std::move(created);
  parts->info.data_sha256 = data.sha256;
  parts->card = json_text(assessment_json(*assessment, data, options), JsonLayout::pretty);
  return Trained{std::move(*parts), std::move(*assessment)};
}

}  // namespace hvac::training
