#include "training/drift_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "features/cooler_inputs.h"
#include "features/features.h"

namespace hvac::training {
namespace {

using features::Regime;
using telemetry::Quality;
using telemetry::RowState;
using telemetry::Table;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Table instants(const telemetry::CheckedData& data, DriftRows which) {
  if (which == DriftRows::usable) return telemetry::usable_instants(data);
  std::vector<bool> keep;
  for (const RowState state : data.table.state) keep.push_back(state != RowState::reboot);
  return telemetry::merge_duplicates(telemetry::select_rows(data.table, keep));
}

std::int64_t instant_count(const telemetry::CheckedData& data) {
  return std::count(data.table.state.begin(), data.table.state.end(), RowState::instant);
}

double usable_share(const telemetry::CheckedData& data) {
  return static_cast<double>(data.summary.usable_rows) /
         static_cast<double>(std::max<std::int64_t>(1, instant_count(data)));
}

}  // namespace

std::vector<std::string> drift_modes() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < features::kRegimeCount; ++i) {
    names.emplace_back(features::name(static_cast<Regime>(i)));
  }
  return names;
}

std::uint8_t drift_mode(const telemetry::Sample& sample) {
  const features::FanVotes votes = features::fan_votes(features::InputView(sample));
  const Regime regime = votes.present == 0                   ? Regime::unknown
                        : 2 * votes.running >= votes.present ? Regime::fan_on
                                                             : Regime::fan_off;
  return static_cast<std::uint8_t>(regime);
}

bool is_measured(Quality quality) {
  switch (quality) {
    case Quality::good:
    case Quality::out_of_range:
    case Quality::stuck:
    case Quality::spike:
    case Quality::inconsistent:
      return true;
    case Quality::missing:
    case Quality::wrapped:
    case Quality::duplicate:
    case Quality::reboot:
      return false;
  }
  return false;
}

drift::Rows drift_rows(const telemetry::CheckedData& data, DriftRows which) {
  const Table table = instants(data, which);
  drift::Rows rows;
  rows.modes = drift_modes();
  for (std::size_t row = 0; row < table.rows(); ++row) {
    rows.mode.push_back(drift_mode(telemetry::sample_at(table, row)));
    rows.recording.push_back(table.recording[row].value);
  }
  for (std::size_t tag = 0; tag < table.columns.size(); ++tag) {
    std::vector<double> column = table.columns[tag];
    for (std::size_t row = 0; row < column.size(); ++row) {
      if (!is_measured(table.quality[tag][row])) column[row] = kNan;
    }
    if (std::none_of(column.begin(), column.end(), [](double v) { return std::isfinite(v); })) {
      continue;
    }
    rows.tags.push_back(table.profile->tags[tag].name);
    rows.columns.push_back(std::move(column));
  }
  return rows;
}

DriftChoice choose_rows(const telemetry::CheckedData& reference,
                        const telemetry::CheckedData& current) {
  constexpr double kClearly = 0.1;
  DriftChoice choice;
  const bool enough =
      reference.summary.usable_rows >= static_cast<std::int64_t>(drift::kLeastReference);
  if (!enough) choice.reference = DriftRows::all;
  const double reference_share = enough ? usable_share(reference) : 1.0;
  if (usable_share(current) < reference_share - kClearly) choice.current = DriftRows::all;
  return choice;
}

}  // namespace hvac::training
