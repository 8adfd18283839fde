#include "training/export_features.h"

#include <boost/json.hpp>
#include <cmath>

#include "base/files.h"
#include "base/json.h"
#include "base/number.h"
#include "features/input_view.h"
#include "training/calibration.h"
#include "training/evaluate.h"
#include "training/split.h"

namespace hvac::training {
namespace {

using telemetry::kTargetCount;
using telemetry::Sample;

template <class Names>
std::string header(const Names& names) {
  std::string line;
  for (const auto& name : names) (line += line.empty() ? "" : ",") += name;
  return line + "\n";
}

void append(std::string& text, double value, bool last) {
  if (!std::isnan(value)) text += number_text(value);
  text += last ? '\n' : ',';
}

struct Tables {
  std::string x = header(features::feature_names());
  std::string y = header(telemetry::kTargetNames);
  std::size_t rows = 0;

  void add(const Sample& sample, const features::FeatureRow& row) {
    ++rows;
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      append(x, static_cast<double>(row.values[i]), i + 1 == row.values.size());
    }
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      const auto value = sample.target(static_cast<telemetry::TargetTag>(t));
      append(y, value.value_or(std::nan("")), t + 1 == kTargetCount);
    }
  }
};

std::string about(const Dataset& data, const Tables& train, const Tables& test,
                  const FitOptions& options) {
  boost::json::array names;
  for (const auto name : features::feature_names()) names.emplace_back(name);
  boost::json::array targets;
  for (const auto name : telemetry::kTargetNames) targets.emplace_back(name);
  return json_text({{"schema", features::kSchema},
                    {"features", names},
                    {"targets", targets},
                    {"train_rows", train.rows},
                    {"test_rows", test.rows},
                    {"split", "test: one of " + std::to_string(kFolds) +
                                  " folds grouped by recording; rows at cuts are in neither"},
                    {"seed", options.seed},
                    {"data", {{"source", data.source}, {"sha256", data.sha256}}}},
                   JsonLayout::pretty);
}

}  // namespace

Result<ExportedFeatures> export_features(const Dataset& data, const std::filesystem::path& folder,
                                         const FitOptions& options, const Progress& progress) {
  const Split split = grouped_folds(data.samples, kFolds)[options.seed % kFolds];
  const physics::CoolerParameters start;
  const auto calibration = calibrate(calibration_rows(data.samples, split.train, start), start,
                                     part_of(progress, 0.0, 0.5));
  if (!calibration) return fail(calibration.error());
  Tables train;
  Tables test;
  features::FeatureBuilder builder(calibration->cooler);
  for (std::size_t i = 0; i < data.samples.size(); ++i) {
    const features::FeatureRow row = builder.push(features::InputView(data.samples[i]));
    if (split.train[i] != 0) train.add(data.samples[i], row);
    if (split.test[i] != 0) test.add(data.samples[i], row);
  }
  ExportedFeatures exported{train.rows, test.rows, {}};
  const std::pair<const char*, std::string> files[] = {
      {"X_train.csv", train.x},
      {"X_test.csv", test.x},
      {"y_train.csv", train.y},
      {"y_test.csv", test.y},
      {"features.json", about(data, train, test, options)}};
  for (const auto& [name, text] : files) {
    if (!progress(0.9, "writing")) return fail(ErrorCode::interrupted, "the export was stopped");
    if (auto written = write_file_atomically(folder / name, text); !written) {
      return fail(written.error());
    }
    exported.files.emplace_back(name);
  }
  progress(1.0, "exported");
  return exported;
}

}  // namespace hvac::training
