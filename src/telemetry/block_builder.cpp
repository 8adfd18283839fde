#include "telemetry/block_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/number.h"
#include "telemetry/column_mapping.h"

namespace hvac::telemetry {
namespace {

constexpr std::size_t kSampleRows = 256;
constexpr std::size_t kLeastForMapping = 30;  // Rows below which a mapping would be a guess.
constexpr std::size_t kSustained = 8;         // Rows that must look different for a cut.
constexpr std::size_t kLeastChanged = 6;      // Columns that must look different at least ...
constexpr double kChangedPart = 0.25;         // ... and as a part of those with values.
constexpr int kSure = 8;
constexpr double kWorthTelling = 0.2;  // Part of a block's rows a reason must hold for.
constexpr std::size_t kMostReasons = 6;
constexpr std::size_t kLeastMapped = 2;  // Columns; one alone is more likely a sensor.

/// A coarse class of values: machines switch between few, columns with other contents differ in it.
std::uint8_t look_of(double value) {
  if (std::isnan(value)) return 0;
  if (value == 0.0) return 1;
  if (value < 0.0) return 2;
  constexpr std::array<double, 9> kLimits = {1, 5, 60, 105, 300, 700, 1500, 3000, 7000};
  const auto at = std::upper_bound(kLimits.begin(), kLimits.end(), value) - kLimits.begin();
  const bool whole = value == std::round(value);
  return static_cast<std::uint8_t>(3 + 2 * at + (whole ? 1 : 0));
}

std::string percent(std::int64_t part, std::int64_t whole) {
  return fmt::format("{:.0f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace

BlockBuilder::BlockBuilder(const LayoutModel& model)
    : model_(model), look_(model.tags.size()), sureness_(model.tags.size()) {}

void BlockBuilder::start(RowClass row_class, std::int64_t first) {
  open_ = true;
  class_ = row_class;
  first_ = first;
  filled_ = 0;
  outside_.fill(0);
  dead_.fill(0);
  off_lattice_.fill(0);
  broken_.fill(0);
  sample_.clear();
  std::fill(sureness_.begin(), sureness_.end(), 0);
}

void BlockBuilder::count(std::span<const double> row, const RowEvidence& evidence) {
  if (evidence.present == 0) return;
  ++filled_;
  for (std::size_t tag = 0; tag < row.size(); ++tag) {
    outside_[tag] += evidence.outside.test(tag) ? 1 : 0;
    dead_[tag] += evidence.dead.test(tag) ? 1 : 0;
    off_lattice_[tag] += evidence.off_lattice.test(tag) ? 1 : 0;
    const Look look = look_of(row[tag]);
    if (look == look_[tag]) {
      sureness_[tag] = std::min(sureness_[tag] + 1, kSure);
    } else if (--sureness_[tag] < 0) {
      look_[tag] = look;
      sureness_[tag] = 0;
    }
  }
  for (std::size_t i = 0; i < model_.identities.size(); ++i) {
    broken_[i] += static_cast<std::int64_t>(evidence.broken >> i & 1);
  }
  if (sample_.size() < kSampleRows) {
    sample_.emplace_back(row.begin(), row.end());
  } else {
    const auto slot = random_() % static_cast<std::uint64_t>(filled_);
    if (slot < kSampleRows) sample_[slot].assign(row.begin(), row.end());
  }
}

bool BlockBuilder::looks_different(std::span<const double> row) {
  std::size_t changed = 0;
  std::size_t sure = 0;
  for (std::size_t tag = 0; tag < row.size(); ++tag) {
    if (sureness_[tag] < kSure / 2) continue;
    ++sure;
    if (look_of(row[tag]) != look_[tag]) ++changed;
  }
  return changed >= kLeastChanged &&
         static_cast<double>(changed) >= kChangedPart * static_cast<double>(sure);
}

void BlockBuilder::settle() {
  for (const Pending& held : pending_) count(held.row, held.evidence);
  pending_.clear();
}

void BlockBuilder::add(RowClass row_class, std::span<const double> row,
                       const RowEvidence& evidence) {
  if (!open_ || row_class != class_) {
    settle();
    if (open_) close(rows_);
    start(row_class, rows_);
  }
  const std::int64_t at = rows_++;
  if (class_ != RowClass::scrambled || evidence.present == 0) return count(row, evidence);
  if (!looks_different(row)) {
    settle();
    return count(row, evidence);
  }
  if (pending_.empty()) pending_first_ = at;
  pending_.push_back({{row.begin(), row.end()}, evidence});
  if (pending_.size() < kSustained) return;
  close(pending_first_);
  start(RowClass::scrambled, pending_first_);
  settle();
}

std::vector<std::string> BlockBuilder::reasons() const {
  std::vector<std::pair<std::int64_t, std::string>> found;
  const auto tell = [&](std::int64_t rows, std::string what) {
    if (static_cast<double>(rows) < kWorthTelling * static_cast<double>(filled_)) return;
    found.emplace_back(rows, std::move(what) + " in " + percent(rows, filled_) + " of the rows");
  };
  for (std::size_t tag = 0; tag < model_.tags.size(); ++tag) {
    const Tag& known = model_.profile->tags[tag];
    const std::string range =
        number_text(known.low) + ".." + number_text(known.high) + " " + known.unit;
    tell(outside_[tag], known.name + " is outside " + range + shown_values(tag));
    tell(dead_[tag], known.name + " reads zero or a wrapped number, not " + range);
    tell(off_lattice_[tag], known.name + " has finer steps than " +
                                number_text(model_.tags[tag].lattice) + " " + known.unit +
                                shown_values(tag));
  }
  for (std::size_t i = 0; i < model_.identities.size(); ++i) {
    const Identity& identity = model_.profile->identities[i];
    tell(broken_[i], identity.tag + " = " + identity.expression + " does not hold");
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> texts;
  for (auto& [rows, what] : found) {
    if (texts.size() < kMostReasons) texts.push_back(std::move(what));
  }
  if (texts.empty()) {
    texts.push_back(
        "the columns contradict each other as columns that were exchanged do, and more than one "
        "wrong sensor would be needed to explain it");
  }
  return texts;
}

std::string BlockBuilder::shown_values(std::size_t tag) const {
  std::vector<double> values;
  for (const auto& row : sample_) {
    if (!std::isnan(row[tag])) values.push_back(row[tag]);
  }
  if (values.empty()) return "";
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return " (typically " + number_text(*middle) + ")";
}

void BlockBuilder::close(std::int64_t end) {
  open_ = false;
  Block block;
  block.first_row = first_;
  block.last_row = end - 1;
  if (class_ == RowClass::sparse) {
    block.verdict = Verdict::empty;
    block.reasons = {"hardly any column has a value"};
  } else if (class_ == RowClass::scrambled) {
    if (sample_.size() >= kLeastForMapping) block.mapping = find_mapping(model_, sample_);
    if (block.mapping.size() < kLeastMapped) block.mapping.clear();
    block.verdict = block.mapping.empty() ? Verdict::unusable : Verdict::relabelled;
    block.reasons = reasons();
  }
  if (block.last_row < block.first_row) return;
  const bool joins = !blocks_.empty() && blocks_.back().verdict == block.verdict &&
                     blocks_.back().mapping == block.mapping;
  if (joins) {
    const bool larger =
        block.last_row - block.first_row > blocks_.back().last_row - blocks_.back().first_row;
    if (larger) blocks_.back().reasons = std::move(block.reasons);
    blocks_.back().last_row = block.last_row;
  } else {
    blocks_.push_back(std::move(block));
  }
}

std::vector<Block> BlockBuilder::finish() {
  settle();
  if (open_) close(rows_);
  return std::move(blocks_);
}

}  // namespace hvac::telemetry
