#include "telemetry/block_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/number.h"
#include "telemetry/column_mapping.h"

namespace hvac::telemetry {
namespace {

constexpr std::size_t kSampleRows = 96;       // Per piece ...
constexpr std::size_t kMostSampled = 512;     // ... and pieces that have a sample.
constexpr std::size_t kLayoutRows = 384;      // Of all pieces of a layout.
constexpr std::size_t kLeastForMapping = 30;  // Rows below which a mapping would be a guess.
constexpr std::size_t kSustained = 8;         // Rows that must look different for a cut.
constexpr std::size_t kLeastChanged = 6;      // Columns that must look different at least ...
constexpr double kChangedPart = 0.25;         // ... and as a part of those with values.
constexpr int kSure = 8;
constexpr double kWorthTelling = 0.2;  // Part of a block's rows a reason must hold for.
constexpr std::size_t kMostReasons = 6;
constexpr std::size_t kLeastMapped = 2;  // Columns; one alone is more likely a sensor.

std::string percent(std::int64_t part, std::int64_t whole) {
  return fmt::format("{:.0f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string shown_values(const Piece& piece, std::size_t tag) {
  std::vector<double> values;
  for (const auto& row : piece.sample) {
    if (!std::isnan(row[tag])) values.push_back(row[tag]);
  }
  if (values.empty()) return "";
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return " (typically " + number_text(*middle) + ")";
}

}  // namespace

BlockBuilder::BlockBuilder(const LayoutModel& model)
    : model_(model), look_(model.tags.size()), sureness_(model.tags.size()) {}

void BlockBuilder::start(RowClass row_class, std::int64_t first) {
  open_ = true;
  piece_ = {};
  piece_.row_class = row_class;
  piece_.first = first;
  std::fill(sureness_.begin(), sureness_.end(), 0);
}

void BlockBuilder::close(std::int64_t end) {
  open_ = false;
  piece_.last = end - 1;
  if (piece_.last < piece_.first) return;
  if (!piece_.sample.empty()) ++sampled_pieces_;
  pieces_.push_back(std::move(piece_));
}

void BlockBuilder::settle() {
  for (const Pending& held : pending_) count(held.row, held.evidence);
  pending_.clear();
}

void BlockBuilder::count(std::span<const double> row, const RowEvidence& evidence) {
  if (evidence.present == 0 || piece_.row_class != RowClass::scrambled) return;
  ++piece_.filled;
  for (std::size_t tag = 0; tag < row.size(); ++tag) {
    piece_.outside[tag] += evidence.outside.test(tag) ? 1 : 0;
    piece_.dead[tag] += evidence.dead.test(tag) ? 1 : 0;
    piece_.off_lattice[tag] += evidence.off_lattice.test(tag) ? 1 : 0;
    const std::uint8_t look = look_of(row[tag]);
    if (look == look_[tag]) {
      sureness_[tag] = std::min(sureness_[tag] + 1, kSure);
    } else if (--sureness_[tag] < 0) {
      look_[tag] = look;
      sureness_[tag] = 0;
    }
  }
  for (std::size_t i = 0; i < model_.identities.size(); ++i) {
    piece_.broken[i] += static_cast<std::int64_t>(evidence.broken >> i & 1);
  }
  if (sampled_pieces_ >= kMostSampled) return;
  if (piece_.sample.size() < kSampleRows) {
    piece_.sample.emplace_back(row.begin(), row.end());
  } else if (const auto slot = random_() % static_cast<std::uint64_t>(piece_.filled);
             slot < kSampleRows) {
    piece_.sample[slot].assign(row.begin(), row.end());
  }
}

bool BlockBuilder::looks_different(std::span<const double> row) const {
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

void BlockBuilder::add(RowClass row_class, std::span<const double> row,
                       const RowEvidence& evidence) {
  if (!open_ || row_class != piece_.row_class) {
    settle();
    if (open_) close(rows_);
    start(row_class, rows_);
  }
  const std::int64_t at = rows_++;
  if (row_class != RowClass::scrambled || evidence.present == 0) return;
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

std::vector<std::string> BlockBuilder::reasons(const Piece& piece) const {
  std::vector<std::pair<std::int64_t, std::string>> found;
  const auto tell = [&](std::int64_t rows, std::string what) {
    if (static_cast<double>(rows) < kWorthTelling * static_cast<double>(piece.filled)) return;
    found.emplace_back(rows,
                       std::move(what) + " in " + percent(rows, piece.filled) + " of the rows");
  };
  for (std::size_t tag = 0; tag < model_.tags.size(); ++tag) {
    const Tag& known = model_.profile->tags[tag];
    const std::string range =
        number_text(known.low) + ".." + number_text(known.high) + " " + known.unit;
    tell(piece.outside[tag], known.name + " is outside " + range + shown_values(piece, tag));
    tell(piece.dead[tag], known.name + " reads zero or a wrapped number, not " + range);
    tell(piece.off_lattice[tag], known.name + " has finer steps than its usual " +
                                     number_text(model_.tags[tag].lattice) + " " + known.unit +
                                     shown_values(piece, tag));
  }
  for (std::size_t i = 0; i < model_.identities.size(); ++i) {
    const Identity& identity = model_.profile->identities[i];
    tell(piece.broken[i], identity.tag + " = " + identity.expression + " does not hold");
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> texts;
  for (auto& [rows, what] : found) {
    if (texts.size() < kMostReasons) texts.push_back(std::move(what));
  }
  if (texts.empty()) {
    texts.push_back(
        "columns contradict each other as exchanged columns do; more than one wrong sensor would "
        "be needed to explain it");
  }
  return texts;
}

std::vector<std::vector<ColumnMapping>> BlockBuilder::mappings() const {
  const std::vector<std::size_t> groups = group_by_look(pieces_);
  std::map<std::size_t, std::vector<std::vector<double>>> rows_of_group;
  std::map<std::size_t, std::int64_t> size_of_group;
  for (std::size_t i = 0; i < pieces_.size(); ++i) size_of_group[groups[i]] += pieces_[i].filled;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    if (piece.sample.empty()) continue;
    // As many rows as its part of the layout, at least a few.
    const double part = static_cast<double>(piece.filled) /
                        static_cast<double>(std::max<std::int64_t>(1, size_of_group[groups[i]]));
    const auto share = static_cast<std::size_t>(part * static_cast<double>(kLayoutRows)) + 4;
    auto& rows = rows_of_group[groups[i]];
    const std::size_t count = std::min(share, piece.sample.size());
    for (std::size_t k = 0; k < count; ++k) {
      rows.push_back(piece.sample[k * piece.sample.size() / count]);
    }
  }
  std::map<std::size_t, std::vector<ColumnMapping>> mapping_of_group;
  for (const auto& [group, rows] : rows_of_group) {
    if (rows.size() < kLeastForMapping) continue;
    auto mapping = find_mapping(model_, rows);
    if (mapping.size() >= kLeastMapped) mapping_of_group[group] = std::move(mapping);
  }
  std::vector<std::vector<ColumnMapping>> result;
  for (const std::size_t group : groups) result.push_back(mapping_of_group[group]);
  return result;
}

Block BlockBuilder::block_of(const Piece& piece, std::vector<ColumnMapping> mapping) const {
  Block block;
  block.first_row = piece.first;
  block.last_row = piece.last;
  if (piece.row_class == RowClass::sparse) {
    block.verdict = Verdict::empty;
    block.reasons = {"hardly any column has a value"};
  } else if (piece.row_class == RowClass::scrambled) {
    block.verdict = mapping.empty() ? Verdict::unusable : Verdict::relabelled;
    block.mapping = std::move(mapping);
    block.reasons = reasons(piece);
  }
  return block;
}

std::vector<Block> BlockBuilder::finish() {
  settle();
  if (open_) close(rows_);
  auto mapping = mappings();
  std::vector<Block> blocks;
  std::int64_t largest = 0;  // Part of the last block: its reasons stand for the whole.
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    Block block = block_of(pieces_[i], std::move(mapping[i]));
    const std::int64_t rows = block.last_row - block.first_row + 1;
    const bool joins = !blocks.empty() && blocks.back().verdict == block.verdict &&
                       blocks.back().mapping == block.mapping;
    if (!joins) {
      largest = rows;
      blocks.push_back(std::move(block));
      continue;
    }
    blocks.back().last_row = block.last_row;
    if (rows <= largest) continue;
    largest = rows;
    blocks.back().reasons = std::move(block.reasons);
  }
  return blocks;
}

}  // namespace hvac::telemetry
