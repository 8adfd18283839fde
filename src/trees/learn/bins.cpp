#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "trees/learn/learner.h"

namespace hvac::trees {
namespace {

constexpr int kMinBin = 4;
constexpr int kMaxBin = 255;

// A float above `low` and not above `high`, in the middle where there is one.
float between(float low, float high) {
  const auto middle = static_cast<float>(
      static_cast<double>(low) + (static_cast<double>(high) - static_cast<double>(low)) / 2.0);
  return middle > low ? middle : high;
}

// Lower bounds of at most `count` levels of the sorted, finite `values`. A value that alone fills a
// level gets one of its own; the rest share what is left evenly.
std::vector<float> level_bounds(const std::vector<float>& values, std::size_t count) {
  std::vector<float> bounds;
  if (values.empty()) return bounds;
  bounds.push_back(values.front());
  std::size_t in_level = 0;
  for (std::size_t i = 0; i < values.size();) {
    const auto run_end = static_cast<std::size_t>(
        std::upper_bound(values.begin() + static_cast<std::ptrdiff_t>(i), values.end(), values[i]) -
        values.begin());
    const std::size_t run = run_end - i;
    const std::size_t levels_left = count - bounds.size() + 1;
    const std::size_t share = (values.size() - i + in_level + levels_left - 1) / levels_left;
    if (in_level > 0 && in_level + run > share && bounds.size() < count) {
      bounds.push_back(between(values[i - 1], values[i]));
      in_level = 0;
    }
    in_level += run;
    i = run_end;
  }
  return bounds;
}

// Every distinct value a level of its own, when they are few enough.
std::vector<float> distinct_bounds(const std::vector<float>& values, std::size_t limit) {
  std::vector<float> bounds;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0 && values[i] == values[i - 1]) continue;
    if (bounds.size() == limit) return {};
    bounds.push_back(i == 0 ? values[0] : between(values[i - 1], values[i]));
  }
  return bounds;
}

}  // namespace

Result<BinnedMatrix> bin_matrix(std::span<const float> values,
                                std::vector<std::string> feature_names, int max_bin) {
  const std::size_t features = feature_names.size();
  if (max_bin < kMinBin || max_bin > kMaxBin) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("max_bin {} is outside {}..{}", max_bin, kMinBin, kMaxBin));
  }
  if (features == 0 || values.empty() || values.size() % features != 0) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} values do not fill rows of {} features", values.size(), features));
  }
  BinnedMatrix matrix;
  matrix.rows = values.size() / features;
  matrix.feature_names = std::move(feature_names);
  matrix.values.resize(values.size());
  matrix.levels.resize(features);

  // n levels have n - 1 bounds between them; a split that parts missing from present takes one
  // more at either end. One less than max_bin in all, so that a byte ranks values and NaN.
  const auto count = static_cast<std::size_t>(max_bin) - 2;
  std::vector<float> present;
  present.reserve(matrix.rows);
  for (std::size_t feature = 0; feature < features; ++feature) {
    present.clear();
    for (std::size_t row = 0; row < matrix.rows; ++row) {
      const float value = values[row * features + feature];
      if (std::isinf(value)) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("row {}: {} is infinite", row, matrix.feature_names[feature]));
      }
      if (!std::isnan(value)) present.push_back(value);
    }
    std::ranges::sort(present);
    std::vector<float>& levels = matrix.levels[feature];
    levels = distinct_bounds(present, count);
    if (levels.empty()) levels = level_bounds(present, count);
    for (std::size_t row = 0; row < matrix.rows; ++row) {
      const float value = values[row * features + feature];
      float& level = matrix.values[row * features + feature];
      level = std::isnan(value) ? value : *std::prev(std::ranges::upper_bound(levels, value));
    }
  }
  return matrix;
}

}  // namespace hvac::trees
