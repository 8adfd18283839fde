#include "twin/self_check.h"

#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <vector>

#include "base/json.h"
#include "features/input_view.h"

namespace hvac::twin {
namespace {

namespace json = boost::json;
using telemetry::InputTag;
using telemetry::kTargetCount;
using telemetry::Sample;

std::vector<Sample> six_fields() {
  std::vector<Sample> samples;
  for (const double air : {15.0, 22.0, 29.0, 36.0}) {
    for (const double water : {4.0, 9.0, 14.0}) {
      for (const double flow : {0.0, 120.0, 300.0}) {
        Sample& sample = samples.emplace_back();
        sample.set(InputTag::UCAIT, air);
        sample.set(InputTag::UCWIT, water);
        sample.set(InputTag::UCWF, flow);
        sample.set(InputTag::UCAIH, 40.0 + air);
        sample.set(InputTag::AMBT, air - 2.0);
        sample.set(InputTag::UCTSP, 21.0);
      }
    }
  }
  return samples;
}

/// The six-field instants one by one, then with fan, pump and heater signals as one recording.
std::vector<PerTarget<double>> predictions(const Model& model) {
  std::vector<PerTarget<double>> values;
  const auto add = [&](const Prediction& prediction) {
    PerTarget<double>& row = values.emplace_back();
    for (std::size_t t = 0; t < kTargetCount; ++t) row[t] = prediction.targets[t].value;
  };
  features::FeatureBuilder builder = model.builder();
  for (const Sample& sample : six_fields()) add(model.predict(sample));
  for (Sample sample : six_fields()) {
    sample.set(InputTag::UCFS, 750.0);
    sample.set(InputTag::UCFMS, 1065.0);
    sample.set(InputTag::UCFMV, 270.0);
    sample.set(InputTag::UCSDP, 8.0);
    sample.set(InputTag::CPPR, 240.0);
    sample.set(InputTag::MVDP, 30.0);
    sample.set(InputTag::UCHV, 0.0);
    sample.set(InputTag::UCHC, 0.0);
    add(model.predict(builder.push(features::InputView(sample))));
  }
  return values;
}

/// Seven digits: what machines that add floats in another order agree on, nearly.
json::value rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  char text[32];
  std::snprintf(text, sizeof text, "%.7g", value);
  return std::strtod(text, nullptr);
}

Result<void> differs(const std::string& what) {
  return fail(ErrorCode::corrupt, std::string(kSelfCheckName) + ": " + what);
}

}  // namespace

std::string self_check_text(const Model& model) {
  json::array rows;
  for (const PerTarget<double>& values : predictions(model)) {
    json::array row;
    for (const double value : values) row.push_back(rounded(value));
    rows.push_back(std::move(row));
  }
  return json_text({{"instants", "grid-1"}, {"predictions", std::move(rows)}});
}

Result<void> self_check(const Model& model, const BundleFiles& files) {
  const auto found = files.find(kSelfCheckName);
  if (found == files.end()) return {};
  const auto document = parse_json(found->second);
  const json::object* root = document ? document->if_object() : nullptr;
  const json::value* stored = root != nullptr ? root->if_contains("predictions") : nullptr;
  if (stored == nullptr || !stored->is_array()) return differs("holds no predictions");
  const json::array& rows = stored->get_array();
  const auto values = predictions(model);
  if (rows.size() != values.size()) return differs("is of other instants than this program's");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const json::array* row = rows[i].if_array();
    if (row == nullptr || row->size() != kTargetCount) return differs("a row is no prediction");
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      json::error_code error;
      const double then = (*row)[t].is_null() ? std::nan("") : (*row)[t].to_number<double>(error);
      const double now = values[i][t];
      constexpr double kTolerance = 1e-4;
      const bool same = std::isnan(then)
                            ? !std::isfinite(now)
                            : std::abs(now - then) <= kTolerance * std::max(1.0, std::abs(then));
      if (error || !same) {
        return differs("instant " + std::to_string(i) + ": the model predicts " +
                       std::string(telemetry::kTargetNames[t]) + " " + std::to_string(now) +
                       ", when it was made it was " + std::to_string(then));
      }
    }
  }
  return {};
}

}  // namespace hvac::twin
