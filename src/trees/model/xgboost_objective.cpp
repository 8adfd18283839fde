#include "trees/model/xgboost_objective.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace hvac::trees {
namespace {

constexpr std::string_view kLoss = R"(,"reg_loss_param":{"scale_pos_weight":"1"})";
constexpr std::string_view kRank =
    R"(,"lambda_rank_param":{"fix_list_weight":"0","num_pairsample":"1"})";

// Source: XGBoost 1.7, src/objective/*.cu: PredTransform and ProbToMargin of each.
constexpr XgboostObjective kObjectives[] = {
    {"reg:squarederror", kLoss, Transform::identity, Transform::identity},
    {"reg:linear", kLoss, Transform::identity, Transform::identity},
    {"reg:squaredlogerror", kLoss, Transform::identity, Transform::identity},
    {"reg:pseudohubererror", R"(,"pseudo_huber_param":{"huber_slope":"1"})", Transform::identity,
     Transform::identity},
    {"reg:absoluteerror", "", Transform::identity, Transform::identity},
    {"reg:quantileerror", R"(,"quantile_loss_param":{"quantile_alpha":"0.5"})", Transform::identity,
     Transform::identity},
    {"reg:logistic", kLoss, Transform::sigmoid, Transform::sigmoid},
    {"binary:logistic", kLoss, Transform::sigmoid, Transform::sigmoid},
    {"binary:logitraw", kLoss, Transform::identity, Transform::sigmoid},
    {"count:poisson", R"(,"poisson_regression_param":{"max_delta_step":"0.7"})",
     Transform::exponential, Transform::exponential},
    {"reg:gamma", "", Transform::exponential, Transform::exponential},
    {"reg:tweedie", R"(,"tweedie_regression_param":{"tweedie_variance_power":"1.5"})",
     Transform::exponential, Transform::exponential},
    {"survival:cox", "", Transform::exponential, Transform::exponential},
    {"survival:aft",
     R"(,"aft_loss_param":{"aft_loss_distribution":"normal","aft_loss_distribution_scale":"1"})",
     Transform::exponential, Transform::exponential},
    {"rank:pairwise", kRank, Transform::identity, Transform::identity},
    {"rank:ndcg", kRank, Transform::identity, Transform::identity},
    {"rank:map", kRank, Transform::identity, Transform::identity},
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
