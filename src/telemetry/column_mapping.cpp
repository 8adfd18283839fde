#include "telemetry/column_mapping.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "telemetry/identity_search.h"

namespace hvac::telemetry {
namespace {

constexpr std::array<double, 3> kScales = {1.0, 10.0, 100.0};
constexpr double kInPlaceBonus = 0.7;  // A column most likely holds what it says [nats].
constexpr double kScalePenalty = 1.5;  // And most likely unscaled.
constexpr double kLeastScore = 1.1;    // Better than a tag taken at random by this [nats].
constexpr double kLeastMargin = 0.6;   // Better than the next tag that is free by this.
constexpr double kWorst = -4.0;        // What a single row can say against a tag.
constexpr double kLatticeCost = 4.0;   // Finer steps than the tag has.
constexpr double kCoarseCost = 0.7;    // Only whole numbers where it has finer steps.
constexpr double kPairCost = 3.0;      // Contradicting all anchors.
constexpr double kAgreement = 1.0;     // Moving with all anchors as the tag does.
constexpr double kCorrelated = 0.4;    // From here on a tag is said to move with another.
constexpr std::size_t kLeastAnchors = 3;
constexpr std::size_t kLeastDistinct = 4;
constexpr std::size_t kMostRows = 100;
constexpr double kLeastPresent = 0.5;

/// Probability density of a tag's values [1/unit], from its quantiles, blurred: other seasons and
/// set-points must stay possible.
class Density {
 public:
  Density(const Fingerprint& print, const Tag& tag) : print_(print), tag_(tag) {}

  double at(double x) const {
    const double range = std::max(tag_.high - tag_.low, 1e-9);
    double density = std::isfinite(range) && x >= tag_.low && x <= tag_.high ? 0.1 / range : 0.0;
    if (!print_.known()) return density;
    const auto& q = print_.quantiles;
    const double reach = q.back() - q.front();
    if (x >= q.front() - 0.5 * reach && x <= q.back() + 0.5 * reach && reach > 0.0) {
      density += 0.2 / (2.0 * reach);
    }
    const double step = std::max(print_.lattice, 0.01 * reach);
    const double share = 0.7 / static_cast<double>(q.size() - 1);
    for (std::size_t i = 0; i + 1 < q.size(); ++i) {
      const double low = q[i] - 0.5 * step;
      const double high = q[i + 1] + 0.5 * step;
      if (x >= low && x <= high && high > low) density += share / (high - low);
    }
    return density;
  }

 private:
  const Fingerprint& print_;
  const Tag& tag_;
};

struct Candidate {
  std::size_t column;
  std::size_t tag;
  double scale;
  double score;
};

/// Scores what a column could hold by the look of its values.
class ValueSearch {
 public:
  ValueSearch(const LayoutModel& model, std::span<const std::vector<double>> rows)
      : model_(model), rows_(rows.first(std::min(rows.size(), kMostRows))), all_rows_(rows) {
    const std::size_t size = model.tags.size();
    for (std::size_t tag = 0; tag < size; ++tag) {
      densities_.emplace_back(model.tags[tag], model.profile->tags[tag]);
    }
    for (std::size_t column = 0; column < size; ++column) look_at(column);
    find_anchors();
    correlations_.assign(size, std::vector<double>(size, 0.0));
    for (std::size_t column = 0; column < size; ++column) {
      for (std::size_t anchor = 0; anchor < size; ++anchor) {
        if (!anchors_.test(anchor) || !telling(column)) continue;
        correlations_[column][anchor] = correlation(all_rows_, column, anchor);
      }
    }
  }

  /// Whether the column has enough to go by: present, and more than a state or two.
  bool telling(std::size_t column) const { return columns_[column].telling; }

  /// The scale at which the column fits the tag best, and how well [nats per row].
  Candidate best(std::size_t column, std::size_t tag) const {
    Candidate best = best_by_values(column, tag);
    best.score += kAgreement * agreement(column, tag) - pair_cost(column, tag, best.scale);
    return best;
  }

 private:
  /// A column's values and how likely each is in a tag taken at random.
  struct Column {
    std::vector<double> values;
    std::vector<double> background;
    bool telling = false;
  };

  void look_at(std::size_t index) {
    Column column;
    for (const auto& row : rows_) {
      if (!std::isnan(row[index])) column.values.push_back(row[index]);
    }
    std::vector<double> distinct = column.values;
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    column.telling = static_cast<double>(column.values.size()) >=
                         kLeastPresent * static_cast<double>(rows_.size()) &&
                     distinct.size() >= kLeastDistinct;
    for (const double value : column.values) {
      double sum = 0.0;
      for (const Density& density : densities_) sum += density.at(value);
      column.background.push_back(sum / static_cast<double>(densities_.size()));
    }
    columns_.push_back(std::move(column));
  }

  Candidate best_by_values(std::size_t column, std::size_t tag) const {
    Candidate best{column, tag, 1.0, -std::numeric_limits<double>::infinity()};
    for (const double scale : kScales) {
      double score = likelihood(column, tag, scale);
      if (scale != 1.0) score -= kScalePenalty;
      if (column == tag && scale == 1.0) score += kInPlaceBonus;
      if (score > best.score) best = {column, tag, scale, score};
    }
    return best;
  }

  // Columns whose values fit their own tag better than any other: what the others are held
  // against. With few of them, they are there by chance.
  void find_anchors() {
    std::size_t telling_columns = 0;
    for (std::size_t column = 0; column < model_.tags.size(); ++column) {
      if (!telling(column)) continue;
      ++telling_columns;
      const double own = best_by_values(column, column).score;
      bool first = own > kInPlaceBonus;
      for (std::size_t tag = 0; first && tag < model_.tags.size(); ++tag) {
        first = tag == column || best_by_values(column, tag).score < own;
      }
      if (first) anchors_.set(column);
    }
    if (anchors_.count() < kLeastAnchors || 4 * anchors_.count() < telling_columns) {
      anchors_.reset();
    }
  }

  double likelihood(std::size_t column, std::size_t tag, double scale) const {
    const Fingerprint& print = model_.tags[tag];
    double sum = 0.0;
    std::size_t off = 0;
    std::size_t whole = 0;
    const Column& known = columns_[column];
    const std::size_t count = known.values.size();
    for (std::size_t i = 0; i < count; ++i) {
      const double x = known.values[i] / scale;
      const double density = densities_[tag].at(x) / scale;
      const double background = known.background[i];
      sum += density > 0.0 && background > 0.0 ? std::max(kWorst, std::log(density / background))
                                               : kWorst;
      if (print.lattice > 0.0 && !on_lattice(x, print.lattice)) ++off;
      if (x == nearest_whole(x)) ++whole;
    }
    if (count == 0) return kWorst;
    double score = sum / static_cast<double>(count);
    if (20 * off > count) score -= kLatticeCost;
    if (print.integer_share < 0.2 && 20 * whole > 19 * count) score -= kCoarseCost;
    return score;
  }

  // Whether the column moves with the anchors as the tag does, in -1..1.
  double agreement(std::size_t column, std::size_t tag) const {
    double sum = 0.0;
    double weight = 0.0;
    for (std::size_t anchor = 0; anchor < model_.tags.size(); ++anchor) {
      if (!anchors_.test(anchor) || anchor == column || anchor == tag) continue;
      const double expected = model_.correlations[tag][anchor];
      if (std::abs(expected) < kCorrelated) continue;
      sum += expected * correlations_[column][anchor];
      weight += std::abs(expected);
    }
    return weight > 0.0 ? sum / weight : 0.0;
  }

  // What the anchors say against the tag's standing in this column.
  double pair_cost(std::size_t column, std::size_t tag, double scale) const {
    std::size_t tested = 0;
    std::size_t broken = 0;
    for (const PairRule& pair : model_.pairs) {
      if (pair.tag() != tag || !anchors_.test(pair.given()) || pair.given() == column) continue;
      for (const auto& row : rows_) {
        if (std::isnan(row[pair.given()]) || std::isnan(row[column])) continue;
        ++tested;
        const std::size_t bin = model_.tags[pair.given()].bin_of(row[pair.given()]);
        if (!pair.allows(bin, row[column] / scale)) ++broken;
      }
    }
    return tested == 0 ? 0.0
                       : kPairCost * static_cast<double>(broken) / static_cast<double>(tested);
  }

  const LayoutModel& model_;
  std::span<const std::vector<double>> rows_;
  std::span<const std::vector<double>> all_rows_;
  std::vector<Density> densities_;
  std::vector<Column> columns_;
  TagSet anchors_;
  std::vector<std::vector<double>> correlations_;  // [column][anchor]
};

/// Columns and tags given to each other so far.
struct Assignment {
  std::vector<std::optional<std::size_t>> tag_of_column;
  std::vector<double> scale_of_column;
  TagSet taken_tags;

  explicit Assignment(std::size_t size) : tag_of_column(size), scale_of_column(size, 1.0) {}

  bool free(std::size_t column, std::size_t tag) const {
    return !tag_of_column[column] && !taken_tags.test(tag);
  }
  bool has(std::size_t column, std::size_t tag, double scale) const {
    return tag_of_column[column] == tag && scale_of_column[column] == scale;
  }
  void give(std::size_t column, std::size_t tag, double scale) {
    tag_of_column[column] = tag;
    scale_of_column[column] = scale;
    taken_tags.set(tag);
  }
};

void assign_by_identities(const std::vector<IdentityMatch>& matches, Assignment& assignment) {
  for (const IdentityMatch& match : matches) {
    const bool consistent =
        std::all_of(match.parts.begin(), match.parts.end(), [&](const IdentityPart& part) {
          return assignment.free(part.column, part.tag) ||
                 assignment.has(part.column, part.tag, part.scale);
        });
    if (!consistent) continue;
    for (const IdentityPart& part : match.parts) {
      assignment.give(part.column, part.tag, part.scale);
    }
  }
}

void assign_by_values(const ValueSearch& search, std::size_t size, Assignment& assignment) {
  std::vector<Candidate> candidates;
  for (std::size_t column = 0; column < size; ++column) {
    if (assignment.tag_of_column[column] || !search.telling(column)) continue;
    for (std::size_t tag = 0; tag < size; ++tag) {
      if (!assignment.taken_tags.test(tag)) candidates.push_back(search.best(column, tag));
    }
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  for (const Candidate& candidate : candidates) {
    if (candidate.score < kLeastScore) break;
    if (!assignment.free(candidate.column, candidate.tag)) continue;
    const bool doubtful = candidate.column != candidate.tag &&
                          std::any_of(candidates.begin(), candidates.end(), [&](const auto& c) {
                            return c.column == candidate.column && c.tag != candidate.tag &&
                                   !assignment.taken_tags.test(c.tag) &&
                                   c.score > candidate.score - kLeastMargin;
                          });
    if (!doubtful) assignment.give(candidate.column, candidate.tag, candidate.scale);
  }
}

}  // namespace

std::vector<ColumnMapping> find_mapping(const LayoutModel& model,
                                        std::span<const std::vector<double>> rows) {
  const std::size_t size = model.tags.size();
  Assignment assignment(size);
  assign_by_identities(find_identities(model, rows), assignment);
  if (model.reference_rows > 0) {
    assign_by_values(ValueSearch(model, rows), size, assignment);
  }
  std::vector<ColumnMapping> mapping;
  for (std::size_t column = 0; column < size; ++column) {
    const auto tag = assignment.tag_of_column[column];
    const double scale = assignment.scale_of_column[column];
    if (!tag || (*tag == column && scale == 1.0)) continue;
    mapping.push_back({model.profile->tags[column].name, model.profile->tags[*tag].name, scale});
  }
  return mapping;
}

}  // namespace hvac::telemetry
