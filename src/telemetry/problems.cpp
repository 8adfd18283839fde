#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "telemetry/check.h"

namespace hvac::telemetry {
namespace {

/// From this part of its values on a sensor's errors are worth a word.
constexpr double kWorthTelling = 0.005;
constexpr std::int64_t kHeaderLines = 1;

/// Blocks that are bad in the same way: told of once.
struct Kind {
  const Block* largest = nullptr;
  std::size_t blocks = 0;
  std::int64_t rows = 0;
  std::string places;
};

std::int64_t rows_of(const Block& block) { return block.last_row - block.first_row + 1; }

std::vector<Kind> kinds_of(const std::vector<Block>& blocks) {
  constexpr std::size_t kMostPlaces = 4;
  std::vector<Kind> kinds;
  for (const Block& block : blocks) {
    if (block.verdict == Verdict::good) continue;
    auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& k) {
      return k.largest->verdict == block.verdict && k.largest->mapping == block.mapping;
    });
    if (kind == kinds.end()) kind = kinds.insert(kinds.end(), Kind{&block, 0, 0, ""});
    if (kind->blocks < kMostPlaces) {
      kind->places +=
          fmt::format("{}{} to {}", kind->blocks > 0 ? ", " : "", block.first_row, block.last_row);
    } else if (kind->blocks == kMostPlaces) {
      kind->places += ", ...";
    }
    ++kind->blocks;
    kind->rows += rows_of(block);
    if (rows_of(block) > rows_of(*kind->largest)) kind->largest = &block;
  }
  return kinds;
}

std::string mapping_text(const Block& block) {
  std::string text;
  for (const ColumnMapping& column : block.mapping) {
    text += (text.empty() ? "" : ", ") + column.column + " holds " + column.holds;
    if (column.scale != 1.0) text += fmt::format(" x {:g}", column.scale);
  }
  return text;
}

void tell_blocks(const CheckReport& report, std::vector<std::string>& told) {
  for (const Kind& kind : kinds_of(report.blocks)) {
    const Block& block = *kind.largest;
    const std::string why = block.reasons.empty() ? "" : ": " + block.reasons.front();
    // A row's line in the file is two more: lines count from 1, and the header is the first.
    std::string text = fmt::format("In {} rows ({}) ", kind.rows, kind.places);
    if (block.verdict == Verdict::empty) {
      text += "hardly any column has a value. They are not used.";
    } else if (block.verdict == Verdict::relabelled) {
      text += "the columns do not hold what the header says" + why + ". Most likely " +
              mapping_text(block) +
              ". They are not used; correct the header of that part, or export it again.";
    } else {
      text += "the columns do not hold what the header says" + why +
              ". They are not used; find out what the logger wrote there.";
    }
    told.push_back(std::move(text));
  }
}

void tell_file(const CheckReport& report, const AssetProfile& profile,
               std::vector<std::string>& told) {
  const CsvReport& file = report.summary.file;
  std::int64_t malformed = file.malformed_times;
  for (const std::int64_t count : file.malformed) malformed += count;
  const auto first = [&](bool whole_row) {
    const auto at =
        std::find_if(file.problems.begin(), file.problems.end(),
                     [&](const CsvProblem& p) { return p.column.empty() == whole_row; });
    if (at == file.problems.end()) return std::string("later in the file");
    return fmt::format("line {}{}{}", at->row + kHeaderLines + 1,
                       at->column.empty() ? " " : ", " + at->column + " ", at->what);
  };
  if (malformed > 0) {
    told.push_back(fmt::format(
        "{} field{} no number: {}. Such a field counts as missing; look at the logger's format.",
        malformed, malformed == 1 ? " is" : "s are", first(false)));
  }
  if (file.ragged_rows > 0) {
    told.push_back(fmt::format(
        "{} row{} another number of fields than the header: {}. Nothing of such a row is used{}.",
        file.ragged_rows, file.ragged_rows == 1 ? " has" : "s have", first(true),
        file.truncated ? "; the file ends in the middle of a line, so it was cut off" : ""));
  }
  if (report.summary.usable_rows == 0) {
    told.push_back("No row can be used. The file should have columns such as " +
                   profile.tags.front().name + " with values.");
  }
}

struct Complaint {
  Quality quality;
  const char* what;
  const char* advice;
};
constexpr Complaint kComplaints[] = {
    {Quality::out_of_range, "outside {low:g}..{high:g} {unit}", "check the sensor and its scaling"},
    {Quality::wrapped, "65531..65535, a wrapped negative or a counter's end",
     "read the register as a signed number"},
    {Quality::stuck, "stuck while what they measure must move", "check the sensor"},
    {Quality::spike, "spikes", "check cable and shielding"},
    {Quality::inconsistent, "at odds with what other tags say", "check the sensor"},
};

void tell_tags(const CheckReport& report, const AssetProfile& profile,
               std::vector<std::string>& told) {
  // Where columns are mislabelled the counts per tag say nothing of its sensor.
  const bool mislabelled =
      std::any_of(report.blocks.begin(), report.blocks.end(), [](const Block& block) {
        return block.verdict == Verdict::relabelled || block.verdict == Verdict::unusable;
      });
  if (mislabelled) return;
  for (std::size_t i = 0; i < profile.tags.size(); ++i) {
    const Tag& tag = profile.tags[i];
    const TagCounts& counts = report.summary.tags[i];
    std::int64_t present = 0;
    for (const std::int64_t count : counts.by_quality) present += count;
    present -= counts.of(Quality::missing);
    for (const Complaint& complaint : kComplaints) {
      const std::int64_t count = counts.of(complaint.quality);
      const double part =
          present > 0 ? static_cast<double>(count) / static_cast<double>(present) : 0.0;
      if (count == 0 || part < kWorthTelling) continue;
      told.push_back(
          fmt::format("{}: {} of {} values ({:.1f} %) are {}. They are not used; {}.", tag.name,
                      count, present, 100.0 * part,
                      fmt::format(fmt::runtime(complaint.what), fmt::arg("low", tag.low),
                                  fmt::arg("high", tag.high), fmt::arg("unit", tag.unit)),
                      complaint.advice));
    }
  }
}

}  // namespace

std::vector<std::string> problems(const CheckReport& report, const AssetProfile& profile) {
  std::vector<std::string> told;
  tell_file(report, profile, told);
  tell_blocks(report, told);
  tell_tags(report, profile, told);
  return told;
}

}  // namespace hvac::telemetry
