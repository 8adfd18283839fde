#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alerts/alarm.h"
#include "base/asset_id.h"
#include "physics/residual.h"
#include "twin/step.h"

/// From what the twin finds to conditions: departures with one likely cause become one.
namespace hvac::alerts {

/// The words of `physics::Cause`.
std::string_view name(physics::Cause cause);

/// What is remembered of one asset. A value.
class FindingGroups {
 public:
  /// Follows the explanation of the departures; cheap. Call it for every outcome.
  void follow(const twin::Outcome& outcome);

  /// The conditions that hold at `outcome`. A departure keeps the cause it began with.
  std::vector<Condition> conditions(const AssetId& asset, const twin::Outcome& outcome);

  /// What `outcome` says of a condition that is not among those: that it is gone, with the value
  /// that its deadband is about; nothing where the outcome does not tell.
  std::optional<Condition> gone(const AlarmKey& key, const twin::Outcome& outcome) const;

 private:
  using Side = std::pair<std::size_t, twin::FindingKind>;  ///< Which target, above or below.
  using Causes = std::map<Side, std::string_view>;
  std::string_view cause_of(std::size_t target) const;
  std::string_view cause_for(const Side& side, const Causes& found) const;
  std::vector<Condition> departures(const AssetId& asset, const twin::Outcome& outcome);
  double share_of(std::size_t target, std::string_view cause) const;
  Condition departure(const AssetId& asset, const twin::Outcome& outcome, std::string_view cause,
                      const std::vector<const twin::Finding*>& findings) const;

  /// [target][cause], means of the absolute parts over about the last twenty outcomes.
  twin::PerTarget<std::array<double, physics::kCauseCount>> parts_{};
  bool explained_ = false;
  Causes departed_;                                     ///< Those of the last outcome.
  std::map<std::string_view, std::vector<Side>> last_;  ///< What each cause last explained.
};

}  // namespace hvac::alerts
