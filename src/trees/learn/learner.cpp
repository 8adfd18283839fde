#include "trees/learn/learner.h"

#include <fmt/format.h>
#include <xgboost/c_api.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include "base/number.h"
#include "trees/model/xgboost.h"

namespace hvac::trees {
namespace {

// XGBoost's own bins: more than there are levels, so that each level stays a bin.
constexpr std::string_view kXgboostBins = "256";

struct FreeMatrix {
  void operator()(void* handle) const { XGDMatrixFree(handle); }
};
struct FreeBooster {
  void operator()(void* handle) const { XGBoosterFree(handle); }
};
using Matrix = std::unique_ptr<void, FreeMatrix>;
using Booster = std::unique_ptr<void, FreeBooster>;

Result<void> done(int status) {
  if (status == 0) return {};
  return fail(ErrorCode::invalid_argument, std::string("XGBoost: ") + XGBGetLastError());
}

// The rows with a label, as XGBoost wants them.
struct Rows {
  std::vector<float> values;
  std::vector<float> labels;
  std::vector<float> weights;
};

Result<Rows> usable_rows(const BinnedMatrix& matrix, std::span<const float> labels,
                         std::span<const float> weights) {
  const std::size_t features = matrix.feature_names.size();
  if (labels.size() != matrix.rows || (!weights.empty() && weights.size() != matrix.rows)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} labels and {} weights for {} rows", labels.size(), weights.size(),
                            matrix.rows));
  }
  Rows rows;
  for (std::size_t row = 0; row < matrix.rows; ++row) {
    if (std::isnan(labels[row])) continue;
    if (std::isinf(labels[row])) {
      return fail(ErrorCode::invalid_argument, fmt::format("the label of row {} is infinite", row));
    }
    if (!weights.empty() && !(weights[row] >= 0.0F && std::isfinite(weights[row]))) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the weight of row {} is {}", row, weights[row]));
    }
    const auto begin = matrix.values.begin() + static_cast<std::ptrdiff_t>(row * features);
    rows.values.insert(rows.values.end(), begin, begin + static_cast<std::ptrdiff_t>(features));
    rows.labels.push_back(labels[row]);
    if (!weights.empty()) rows.weights.push_back(weights[row]);
  }
  if (rows.labels.empty()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("none of {} rows has a label", matrix.rows));
  }
  return rows;
}

// Where the trees start: the weighted mean, or the median for an absolute error.
float start_score(const Rows& rows, std::string_view objective) {
  if (objective == "reg:absoluteerror") {
    std::vector<float> sorted = rows.labels;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    return *middle;
  }
  double sum = 0.0;
  double total = 0.0;
  for (std::size_t i = 0; i < rows.labels.size(); ++i) {
    const double weight = rows.weights.empty() ? 1.0 : static_cast<double>(rows.weights[i]);
    sum += weight * static_cast<double>(rows.labels[i]);
    total += weight;
  }
  return total > 0.0 ? static_cast<float>(sum / total) : 0.0F;
}

Result<Matrix> make_matrix(const Rows& rows, std::size_t features) {
  DMatrixHandle handle = nullptr;
  if (auto ok =
          done(XGDMatrixCreateFromMat_omp(rows.values.data(), rows.labels.size(), features,
                                          std::numeric_limits<float>::quiet_NaN(), &handle, 1));
      !ok) {
    return fail(ok.error());
  }
  Matrix matrix(handle);
  if (auto ok =
          done(XGDMatrixSetFloatInfo(handle, "label", rows.labels.data(), rows.labels.size()));
      !ok) {
    return fail(ok.error());
  }
  if (!rows.weights.empty()) {
    if (auto ok =
            done(XGDMatrixSetFloatInfo(handle, "weight", rows.weights.data(), rows.weights.size()));
        !ok) {
      return fail(ok.error());
    }
  }
  return matrix;
}

Result<Booster> make_booster(const Matrix& matrix, const LearnOptions& options, float start) {
  BoosterHandle handle = nullptr;
  const DMatrixHandle matrices[] = {matrix.get()};
  if (auto ok = done(XGBoosterCreate(matrices, 1, &handle)); !ok) return fail(ok.error());
  Booster booster(handle);
  const std::pair<const char*, std::string> parameters[] = {
      {"booster", "gbtree"},
      {"tree_method", "hist"},
      {"grow_policy", "lossguide"},
      {"max_bin", std::string(kXgboostBins)},
      {"max_leaves", std::to_string(options.max_leaves)},
      {"max_depth", std::to_string(options.max_depth)},
      {"eta", number_text(options.learning_rate)},
      {"subsample", number_text(options.row_sample)},
      {"colsample_bytree", number_text(options.feature_sample)},
      {"min_child_weight", number_text(options.min_child_weight)},
      {"lambda", number_text(options.l2)},
      {"objective", options.objective},
      {"base_score", number_text(static_cast<double>(start))},
      {"seed", std::to_string(options.seed % 2147483647U)},
      {"nthread", "1"},
      {"verbosity", "0"},
  };
  for (const auto& [name, value] : parameters) {
    if (auto ok = done(XGBoosterSetParam(handle, name, value.c_str())); !ok) {
      return fail(ok.error());
    }
  }
  return booster;
}

Result<Ensemble> read_booster(const Booster& booster) {
  bst_ulong size = 0;
  const char* bytes = nullptr;
  if (auto ok =
          done(XGBoosterSaveModelToBuffer(booster.get(), R"({"format":"json"})", &size, &bytes));
      !ok) {
    return fail(ok.error());
  }
  return parse_xgboost({bytes, size});
}

// XGBoost parts missing from present values by a threshold a little outside the rows it was given.
// Far outside instead, the split means the same for every value, and all targets share it.
void widen_outer_thresholds(Ensemble& ensemble, const Rows& rows) {
  constexpr double kFar = std::numeric_limits<float>::max();
  const std::size_t features = ensemble.feature_count();
  std::vector<double> low(features, kFar);
  std::vector<double> high(features, -kFar);
  for (std::size_t i = 0; i < rows.values.size(); ++i) {
    const auto value = static_cast<double>(rows.values[i]);
    if (value < low[i % features]) low[i % features] = value;
    if (value > high[i % features]) high[i % features] = value;
  }
  for (Tree& tree : ensemble.trees) {
    for (Split& split : tree.splits) {
      const auto feature = static_cast<std::size_t>(split.feature);
      if (split.threshold > high[feature]) split.threshold = kFar;
      if (split.threshold <= low[feature]) split.threshold = -kFar;
    }
  }
}

}  // namespace

Result<Ensemble> learn(const BinnedMatrix& matrix, std::span<const float> labels,
                       std::span<const float> weights, const LearnOptions& options,
                       const Progress& progress) {
  const auto rows = usable_rows(matrix, labels, weights);
  if (!rows) return fail(rows.error());
  const auto data = make_matrix(*rows, matrix.feature_names.size());
  if (!data) return fail(data.error());
  const auto booster = make_booster(*data, options, start_score(*rows, options.objective));
  if (!booster) return fail(booster.error());
  for (int round = 0; round < options.rounds; ++round) {
    if (!progress(static_cast<double>(round) / options.rounds, "learning trees")) {
      return fail(ErrorCode::interrupted, "learning was stopped");
    }
    if (auto ok = done(XGBoosterUpdateOneIter(booster->get(), round, data->get())); !ok) {
      return fail(ok.error());
    }
  }
  auto ensemble = read_booster(*booster);
  if (!ensemble) return ensemble;
  ensemble->feature_names = matrix.feature_names;
  widen_outer_thresholds(*ensemble, *rows);
  return ensemble;
}

}  // namespace hvac::trees
