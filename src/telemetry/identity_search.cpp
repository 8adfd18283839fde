#include "telemetry/identity_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace hvac::telemetry {
namespace {

constexpr std::array<double, 2> kOtherScales = {100.0, 10.0};
constexpr std::size_t kMostRows = 120;
constexpr std::size_t kLeastTelling = 20;  // Rows in which the left side is not simply 0.
constexpr double kLeastHolds = 0.95;
constexpr double kMostChance = 0.6;    // Rows in which it holds with another row's left side.
constexpr double kMostBlur = 0.15;     // Tolerance as a part of the left side's spread.
constexpr double kInPlaceBonus = 0.3;  // Per column that stands where it should.
constexpr double kScalePenalty = 0.2;
constexpr double kLeastInRange = 0.95;
constexpr std::size_t kMostSearched = 3;  // Tags of an identity.

/// Tries one identity on choices of columns.
class Search {
 public:
  Search(const LayoutModel& model, std::size_t identity, std::span<const std::vector<double>> rows)
      : model_(model),
        rule_(model.identities[identity]),
        tight_(model.tight[identity]),
        rows_(rows.first(std::min(rows.size(), kMostRows))),
        scratch_(model.tags.size(), std::numeric_limits<double>::quiet_NaN()) {}

  std::vector<IdentityMatch> run() {
    const auto& tags = rule_.columns;
    chosen_.assign(tags.size(), {});
    for (std::size_t i = 0; i < tags.size(); ++i) chosen_[i].tag = tags[i];
    if (tags.size() > kMostSearched) {
      for (IdentityPart& part : chosen_) part.column = part.tag;
      try_chosen();
      return std::move(matches_);
    }
    for (const std::size_t tag : tags) options_.push_back(options_for(tag));
    choose(0, false);
    return std::move(matches_);
  }

 private:
  // Columns, and scales, whose values the tag can have.
  std::vector<IdentityPart> options_for(std::size_t tag) const {
    std::vector<IdentityPart> options;
    const Tag& known = model_.profile->tags[tag];
    for (std::size_t column = 0; column < model_.tags.size(); ++column) {
      for (const double scale : {1.0, kOtherScales[0], kOtherScales[1]}) {
        std::size_t present = 0;
        std::size_t inside = 0;
        std::size_t telling = 0;
        for (const auto& row : rows_) {
          if (std::isnan(row[column])) continue;
          const double x = row[column] / scale;
          ++present;
          if (x >= known.low && x <= known.high) ++inside;
          if (x != 0.0) ++telling;
        }
        if (telling < kLeastTelling) continue;
        if (static_cast<double>(inside) < kLeastInRange * static_cast<double>(present)) continue;
        options.push_back({tag, column, scale});
      }
    }
    return options;
  }

  void choose(std::size_t at, bool scaled) {
    if (at == chosen_.size()) return try_chosen();
    for (const IdentityPart& option : options_[at]) {
      const bool used =
          std::any_of(chosen_.begin(), chosen_.begin() + static_cast<std::ptrdiff_t>(at),
                      [&](const IdentityPart& part) { return part.column == option.column; });
      if (used || (scaled && option.scale != 1.0)) continue;  // At most one is scaled.
      chosen_[at] = option;
      choose(at + 1, scaled || option.scale != 1.0);
    }
  }

  const IdentityPart& left() const { return chosen_.back(); }

  double right(const std::vector<double>& row) {
    for (const IdentityPart& part : chosen_) scratch_[part.tag] = row[part.column] / part.scale;
    return rule_.right.evaluate(scratch_);
  }

  bool holds(double left_value, double right_value) const {
    return std::abs(left_value - right_value) <= tight_ + 0.002 * std::abs(right_value);
  }

  // Whether the left side varies enough for the tolerance to mean something.
  bool sharp() const {
    std::vector<double> values;
    for (const auto& row : rows_) {
      const double value = row[left().column] / left().scale;
      if (!std::isnan(value) && value != 0.0) values.push_back(value);
    }
    if (values.size() < kLeastTelling) return false;
    std::sort(values.begin(), values.end());
    const double spread = values[values.size() * 9 / 10] - values[values.size() / 10];
    return tight_ <= kMostBlur * spread;
  }

  void try_chosen() {
    std::size_t telling = 0;
    std::size_t held = 0;
    std::size_t missed = 0;
    std::size_t chance = 0;
    const auto most_missed =
        static_cast<std::size_t>((1.0 - kLeastHolds) * static_cast<double>(rows_.size()));
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const double left_value = rows_[i][left().column] / left().scale;
      const double right_value = right(rows_[i]);
      if (std::isnan(left_value) || std::isnan(right_value)) continue;
      if (left_value == 0.0 && right_value == 0.0) continue;
      ++telling;
      if (holds(left_value, right_value)) {
        ++held;
      } else if (++missed > most_missed) {
        return;
      }
      const auto& other = rows_[(i + rows_.size() / 2) % rows_.size()];
      const double other_left = other[left().column] / left().scale;
      if (std::isnan(other_left) || holds(other_left, right_value)) ++chance;
    }
    const auto count = static_cast<double>(telling);
    if (telling < kLeastTelling || static_cast<double>(held) < kLeastHolds * count) return;
    if (static_cast<double>(chance) > kMostChance * count || !sharp()) return;
    IdentityMatch match{chosen_,
                        static_cast<double>(held) / count - static_cast<double>(chance) / count};
    for (const IdentityPart& part : chosen_) {
      if (part.column == part.tag) match.score += kInPlaceBonus;
      if (part.scale != 1.0) match.score -= kScalePenalty;
    }
    matches_.push_back(std::move(match));
  }

  const LayoutModel& model_;
  const IdentityRule& rule_;
  double tight_;
  std::span<const std::vector<double>> rows_;
  std::vector<double> scratch_;
  std::vector<std::vector<IdentityPart>> options_;
  std::vector<IdentityPart> chosen_;
  std::vector<IdentityMatch> matches_;
};

// A choice that others of other identities agree with is more likely.
void reward_agreement(std::vector<IdentityMatch>& matches) {
  std::vector<double> rewards(matches.size(), 0.0);
  for (std::size_t i = 0; i < matches.size(); ++i) {
    for (std::size_t k = 0; k < matches.size(); ++k) {
      if (i == k) continue;
      for (const IdentityPart& a : matches[i].parts) {
        for (const IdentityPart& b : matches[k].parts) {
          const bool same = a.tag == b.tag && a.column == b.column && a.scale == b.scale;
          const bool other_identity = matches[i].parts.back().tag != matches[k].parts.back().tag;
          if (same && other_identity) rewards[i] = std::max(rewards[i], 0.25 + 0.1 * rewards[i]);
        }
      }
    }
  }
  for (std::size_t i = 0; i < matches.size(); ++i) matches[i].score += rewards[i];
}

}  // namespace

std::vector<IdentityMatch> find_identities(const LayoutModel& model,
                                           std::span<const std::vector<double>> rows) {
  constexpr std::size_t kMostMatches = 200;
  std::vector<IdentityMatch> matches;
  for (std::size_t i = 0; i < model.identities.size(); ++i) {
    std::vector<IdentityMatch> found = Search(model, i, rows).run();
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a.score > b.score; });
    if (found.size() > kMostMatches) found.resize(kMostMatches);
    std::move(found.begin(), found.end(), std::back_inserter(matches));
  }
  reward_agreement(matches);
  std::stable_sort(matches.begin(), matches.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
  return matches;
}

}  // namespace hvac::telemetry
