#include "telemetry/identity_rule.h"

#include <cmath>
#include <stdexcept>

namespace hvac::telemetry {

IdentityOutcome IdentityRule::test(std::span<const double> row) const {
  constexpr double kTrivial = 3.0;  // Times what is allowed.
  const double value = right.evaluate(row);
  const double error = std::abs(row[left] - value);
  if (std::isnan(error)) return IdentityOutcome::untestable;
  if (where && !(where->evaluate(row) > 0.0)) return IdentityOutcome::untestable;
  const double allowed = tolerance + relative * std::abs(value);
  if (error > allowed) return IdentityOutcome::broken;
  return std::abs(value) > kTrivial * allowed ? IdentityOutcome::holds : IdentityOutcome::trivial;
}

std::vector<IdentityRule> compile_identities(const AssetProfile& profile) {
  std::vector<IdentityRule> rules;
  const auto resolve = [&](std::string_view tag) { return profile.find(tag); };
  for (const Identity& identity : profile.identities) {
    const auto left = profile.find(identity.tag);
    auto right = Expression::parse(identity.expression, resolve);
    if (!left || !right) throw std::logic_error("identity of " + identity.tag + " is not valid");
    IdentityRule rule{*left, std::move(*right), std::nullopt, identity.tolerance, identity.relative,
                      {}};
    if (!identity.where.empty()) {
      auto where = Expression::parse(identity.where, resolve);
      if (!where) throw std::logic_error("condition of " + identity.tag + " is not valid");
      rule.where = std::move(*where);
    }
    rule.columns = rule.right.columns();
    rule.columns.push_back(*left);
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace hvac::telemetry
