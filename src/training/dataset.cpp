#include "training/dataset.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/iso_time.h"
#include "telemetry/check.h"
#include "telemetry/prepare.h"
#include "training/drift_rows.h"

namespace hvac::training {
namespace {

std::string iso(TimePoint time) {
  return time == telemetry::kNoTime ? std::string() : iso_text(time);
}

bool holds_a_duplicate(const telemetry::Table& table, std::size_t row) {
  return std::ranges::any_of(table.quality, [row](const auto& column) {
    return column[row] == telemetry::Quality::duplicate;
  });
}

/// Usable instants and the rows that say them again, as visit_usable counts them.
std::int64_t samples_of(const telemetry::CheckedData& data) {
  std::int64_t samples = 0;
  bool usable = false;  // The instant that duplicates repeat.
  for (std::size_t row = 0; row < data.table.rows(); ++row) {
    const bool again = data.table.state[row] == telemetry::RowState::duplicate;
    if (!again) usable = data.row_usable(row);
    samples += usable && (!again || holds_a_duplicate(data.table, row)) ? 1 : 0;
  }
  return samples;
}

std::string why_nothing_is_usable(const telemetry::CheckedData& data) {
  for (const telemetry::Block& block : data.blocks) {
    if (!block.reasons.empty()) {
      return fmt::format("rows {}..{} are {}: {}", block.first_row, block.last_row,
                         telemetry::name(block.verdict), block.reasons.front());
    }
  }
  return "every row is blank, a duplicate or a controller reboot";
}

}  // namespace

Result<Dataset> load_dataset(const std::filesystem::path& file,
                             const std::shared_ptr<const telemetry::AssetProfile>& profile,
                             const Progress& progress) {
  const auto checked = telemetry::check_file(file, profile, progress);
  if (!checked) return fail(checked.error());
  auto hash = sha256_file(file);
  if (!hash) return fail(hash.error());

  Dataset data;
  data.source = file.filename().string();
  data.sha256 = std::move(*hash);
  data.rows = checked->summary.rows;
  for (const telemetry::Block& block : checked->blocks) {
    if (block.verdict != telemetry::Verdict::good) {
      data.refused += block.last_row - block.first_row + 1;
    }
  }
  const auto known = telemetry::known_samples(file, data.sha256);
  data.usable_rows = known ? known->samples : samples_of(*checked);
  data.first_time = iso(checked->summary.first_time);
  data.last_time = iso(checked->summary.last_time);

  const telemetry::Table usable = telemetry::usable_instants(*checked);
  data.samples.reserve(usable.rows());
  for (std::size_t row = 0; row < usable.rows(); ++row) {
    data.samples.push_back(telemetry::sample_at(usable, row));
  }
  if (data.samples.empty()) {
    return fail(ErrorCode::rejected,
                fmt::format("{}: none of its {} rows can be used; {}", file.string(), data.rows,
                            why_nothing_is_usable(*checked)));
  }
  if (auto reference = drift::make_reference(drift_rows(*checked, DriftRows::usable))) {
    reference->source = data.source;
    data.drift_reference = std::make_shared<const drift::Reference>(std::move(*reference));
  }
  return data;
}

}  // namespace hvac::training
