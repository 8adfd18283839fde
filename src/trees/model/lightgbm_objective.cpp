#include "trees/model/lightgbm_objective.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "base/number.h"

namespace hvac::trees {
namespace {

struct Objective {
  std::string_view name;
  Transform transform;
};

constexpr Objective kObjectives[] = {
    {"regression", Transform::identity},
    {"regression_l1", Transform::identity},
    {"huber", Transform::identity},
    {"fair", Transform::identity},
    {"quantile", Transform::identity},
    {"mape", Transform::identity},
    {"lambdarank", Transform::identity},
    {"rank_xendcg", Transform::identity},
    {"custom", Transform::identity},
    {"poisson", Transform::exponential},
    {"gamma", Transform::exponential},
    {"tweedie", Transform::exponential},
    {"binary", Transform::sigmoid},
    {"cross_entropy", Transform::sigmoid},
    {"cross_entropy_lambda", Transform::softplus},
};

// The words for a transform when the ensemble was not LightGBM's.
std::string_view words_for(Transform transform) {
  switch (transform) {
    case Transform::identity:
      return "regression";
    case Transform::signed_square:
      return "regression sqrt";
    case Transform::exponential:
      return "poisson";
    case Transform::sigmoid:
      return "cross_entropy";
    case Transform::softplus:
      return "cross_entropy_lambda";
  }
  return "regression";
}

}  // namespace

Result<void> read_lightgbm_objective(std::string_view words, Ensemble& ensemble) {
  ensemble.objective = words;
  const std::string_view name = words.substr(0, words.find(' '));
  const auto* found = std::ranges::find(kObjectives, name, &Objective::name);
  if (found == std::end(kObjectives)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("objective {} is not one of one output that this program knows", name));
  }
  ensemble.transform = found->transform;
  std::string_view rest = words.substr(name.size());
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    if (word == "sqrt") ensemble.transform = Transform::signed_square;
    constexpr std::string_view kSigmoid = "sigmoid:";
    if (!word.starts_with(kSigmoid)) continue;
    const auto scale = parse_number(word.substr(kSigmoid.size()));
    if (!scale || !(*scale > 0.0) || !std::isfinite(*scale)) {
      return fail(ErrorCode::invalid_argument, fmt::format("{} is not above 0", word));
    }
    if (ensemble.transform == Transform::sigmoid) ensemble.transform_scale = *scale;
  }
  return {};
}

std::string lightgbm_objective(const Ensemble& ensemble) {
  Ensemble read;
  if (read_lightgbm_objective(ensemble.objective, read) && read.transform == ensemble.transform &&
      read.transform_scale == ensemble.transform_scale) {
    return ensemble.objective;
  }
  if (ensemble.transform == Transform::sigmoid && ensemble.transform_scale != 1.0) {
    return "binary sigmoid:" + number_text(ensemble.transform_scale);
  }
  return std::string(words_for(ensemble.transform));
}

}  // namespace hvac::trees
