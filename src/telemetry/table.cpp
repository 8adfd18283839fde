#include "telemetry/table.h"

#include "telemetry/tags.h"

namespace hvac::telemetry {
namespace {

void append_row(Table& to, const Table& from, std::size_t row) {
  to.source_row.push_back(from.source_row[row]);
  to.recording.push_back(from.recording[row]);
  to.state.push_back(from.state[row]);
  if (!from.time.empty()) to.time.push_back(from.time[row]);
  for (std::size_t tag = 0; tag < from.columns.size(); ++tag) {
    to.columns[tag].push_back(from.columns[tag][row]);
    to.quality[tag].push_back(from.quality[tag][row]);
  }
}

Table empty_like(const Table& table) {
  Table result;
  result.profile = table.profile;
  result.columns.resize(table.columns.size());
  result.quality.resize(table.quality.size());
  return result;
}

}  // namespace

Table merge_duplicates(const Table& table) {
  Table merged = empty_like(table);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (table.state[row] != RowState::duplicate || merged.rows() == 0) {
      append_row(merged, table, row);
      continue;
    }
    for (std::size_t tag = 0; tag < table.columns.size(); ++tag) {
      if (table.quality[tag][row] != Quality::duplicate) continue;
      if (merged.quality[tag].back() != Quality::missing) continue;
      merged.columns[tag].back() = table.columns[tag][row];
      merged.quality[tag].back() = Quality::good;
    }
  }
  return merged;
}

Table select_rows(const Table& table, const std::vector<bool>& keep) {
  Table selected = empty_like(table);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (keep[row]) append_row(selected, table, row);
  }
  return selected;
}

Sample sample_at(const Table& table, std::size_t row) {
  Sample sample;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::string& stands_for = table.profile->tags[i].stands_for;
    const double value = table.columns[i][row];
    const Quality quality = table.quality[i][row];
    if (const auto input = find_input(stands_for)) sample.set(*input, value, quality);
    if (const auto target = find_target(stands_for)) sample.set(*target, value, quality);
  }
  sample.recording = table.recording[row];
  if (!table.time.empty() && table.time[row] != kNoTime) sample.time = table.time[row];
  return sample;
}

}  // namespace hvac::telemetry
