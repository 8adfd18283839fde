#include "trees/model/xgboost_objective.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace hvac::trees {
namespace {

// Source: XGBoost 1.7, src/objective/*.cu: PredTransform and ProbToMargin of each.
constexpr XgboostObjective kObjectives[] = {
    {"reg:squarederror", "reg_loss_param", Transform::identity, Transform::identity},
    {"reg:linear", "reg_loss_param", Transform::identity, Transform::identity},
    {"reg:squaredlogerror", "reg_loss_param", Transform::identity, Transform::identity},
    {"reg:pseudohubererror", "pseudo_huber_param", Transform::identity, Transform::identity},
    {"reg:absoluteerror", "", Transform::identity, Transform::identity},
    {"reg:quantileerror", "quantile_loss_param", Transform::identity, Transform::identity},
    {"reg:logistic", "reg_loss_param", Transform::sigmoid, Transform::sigmoid},
    {"binary:logistic", "reg_loss_param", Transform::sigmoid, Transform::sigmoid},
    {"binary:logitraw", "reg_loss_param", Transform::identity, Transform::sigmoid},
    {"count:poisson", "poisson_regression_param", Transform::exponential, Transform::exponential},
    {"reg:gamma", "", Transform::exponential, Transform::exponential},
    {"reg:tweedie", "tweedie_regression_param", Transform::exponential, Transform::exponential},
    {"survival:cox", "", Transform::exponential, Transform::exponential},
    {"survival:aft", "aft_loss_param", Transform::exponential, Transform::exponential},
    {"rank:pairwise", "lambda_rank_param", Transform::identity, Transform::identity},
    {"rank:ndcg", "lambda_rank_param", Transform::identity, Transform::identity},
    {"rank:map", "lambda_rank_param", Transform::identity, Transform::identity},
};

}  // namespace

const XgboostObjective* find_objective(std::string_view name) {
  const auto* found = std::ranges::find(kObjectives, name, &XgboostObjective::name);
  return found != std::end(kObjectives) ? found : nullptr;
}

double margin(const XgboostObjective& objective, double base_score) {
  const auto base = static_cast<float>(base_score);
  switch (objective.base) {
    case Transform::exponential:
      return static_cast<double>(std::log(base));
    case Transform::sigmoid:
      return static_cast<double>(-std::log(1.0F / base - 1.0F));
    default:
      return static_cast<double>(base);
  }
}

double base_score_of(const XgboostObjective& objective, double margin) {
  switch (objective.base) {
    case Transform::exponential:
      return std::exp(margin);
    case Transform::sigmoid:
      return 1.0 / (1.0 + std::exp(-margin));
    default:
      return margin;
  }
}

}  // namespace hvac::trees
