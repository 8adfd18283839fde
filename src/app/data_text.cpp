#include "app/data_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>

#include "app/context.h"
#include "base/hash.h"
#include "base/iso_time.h"
#include "base/number.h"
#include "telemetry/fields.h"

namespace hvac::app {
namespace {

using boost::json::array;
using boost::json::object;
using telemetry::AssetProfile;
using telemetry::Block;
using telemetry::CheckReport;
using telemetry::Quality;
using telemetry::TagCounts;

// Qualities that a tag is counted by, in the order of the output.
constexpr std::array<Quality, 7> kCounted = {
    Quality::good,  Quality::missing, Quality::out_of_range, Quality::wrapped,
    Quality::stuck, Quality::spike,   Quality::inconsistent};

array blocks_json(const CheckReport& report) {
  array blocks;
  for (const Block& block : report.blocks) {
    array mapping;
    for (const auto& column : block.mapping) {
      mapping.push_back(
          object{{"column", column.column}, {"holds", column.holds}, {"scale", column.scale}});
    }
    blocks.push_back(object{{"first_row", block.first_row},
                            {"last_row", block.last_row},
                            {"verdict", name(block.verdict)},
                            {"reasons", array(block.reasons.begin(), block.reasons.end())},
                            {"mapping", std::move(mapping)}});
  }
  return blocks;
}

object tag_counts_json(const CheckReport& report, const AssetProfile& profile) {
  object tags;
  for (std::size_t i = 0; i < profile.tags.size(); ++i) {
    object counts;
    for (const Quality quality : kCounted) {
      counts[name(quality)] = report.summary.tags[i].of(quality);
    }
    counts["malformed"] = report.summary.tags[i].malformed;
    tags[profile.tags[i].name] = std::move(counts);
  }
  return tags;
}

boost::json::value time_json(TimePoint time) {
  if (time == telemetry::kNoTime) return nullptr;
  return boost::json::string(iso_text(time));
}

std::string role_text(telemetry::Role role) {
  switch (role) {
    case telemetry::Role::input:
      return "input";
    case telemetry::Role::target:
      return "target";
    case telemetry::Role::auxiliary:
      return "auxiliary";
  }
  return "";
}

boost::json::value limit_json(double limit) {
  if (!std::isfinite(limit)) return nullptr;
  return limit;
}

std::string blocks_text(const CheckReport& report) {
  std::string text =
      fmt::format("\n{:>10} {:>10} {:>10}  {}\n", "first row", "last row", "rows", "verdict");
  for (const Block& block : report.blocks) {
    text += fmt::format("{:>10} {:>10} {:>10}  {}\n", block.first_row, block.last_row,
                        block.last_row - block.first_row + 1, name(block.verdict));
  }
  return text;
}

}  // namespace

boost::json::value check_json(const CheckReport& report, const AssetProfile& profile,
                              const std::vector<std::string>& problems) {
  const auto& summary = report.summary;
  const auto& file = summary.file;
  return object{
      {"good", problems.empty()},
      {"rows", summary.rows},
      {"recordings", summary.recordings},
      {"usable_rows", summary.usable_rows},
      {"blank_rows", summary.blank_rows},
      {"duplicate_rows", summary.duplicate_rows},
      {"reboot_rows", summary.reboot_rows},
      {"ragged_rows", file.ragged_rows},
      {"truncated", file.truncated},
      {"delimiter", std::string(1, file.delimiter)},
      {"time_column", file.time_column.empty() ? boost::json::value(nullptr)
                                               : boost::json::value(file.time_column)},
      {"first_time", time_json(summary.first_time)},
      {"last_time", time_json(summary.last_time)},
      {"unknown_columns", array(file.unknown_columns.begin(), file.unknown_columns.end())},
      {"absent_tags", array(file.absent_tags.begin(), file.absent_tags.end())},
      {"problems", array(problems.begin(), problems.end())},
      {"blocks", blocks_json(report)},
      {"tags", tag_counts_json(report, profile)}};
}

std::string check_text(const CheckReport& report, const AssetProfile& profile,
                       const std::vector<std::string>& problems) {
  const auto& summary = report.summary;
  std::string text = fmt::format(
      "{} data rows in {} recordings: {} usable, {} blank, {} logged twice, {} after a controller "
      "reboot, {} ragged.\n\n",
      summary.rows, summary.recordings, summary.usable_rows, summary.blank_rows,
      summary.duplicate_rows, summary.reboot_rows, summary.file.ragged_rows);
  text += fmt::format("{:<10}", "tag");
  for (const Quality quality : kCounted) text += fmt::format(" {:>12}", name(quality));
  text += '\n';
  for (std::size_t i = 0; i < profile.tags.size(); ++i) {
    text += fmt::format("{:<10}", profile.tags[i].name);
    for (const Quality quality : kCounted) {
      const auto count = summary.tags[i].of(quality);
      text += count > 0 ? fmt::format(" {:>12}", count) : fmt::format(" {:>12}", '.');
    }
    text += '\n';
  }
  const auto list = [&](const char* what, const std::vector<std::string>& names) {
    if (names.empty()) return;
    text += fmt::format("\n{}: {}\n", what, fmt::join(names, ", "));
  };
  list("Columns that the profile does not know, not read", summary.file.unknown_columns);
  list("Tags of the profile that the file does not have", summary.file.absent_tags);
  text += blocks_text(report);
  text += problems.empty() ? "\nThe data are good.\n" : "\nProblems:\n";
  for (const std::string& problem : problems) text += "- " + problem + "\n";
  return text;
}

Result<object> provenance_json(const telemetry::Prepared& prepared,
                               const std::filesystem::path& output, const AssetProfile& profile) {
  auto hash = sha256_file(output);
  if (!hash) return fail(hash.error());
  array sources;
  array decisions;
  for (const auto& source : prepared.sources) {
    const auto& summary = source.check.summary;
    sources.push_back(object{{"file", source.path.string()},
                             {"sha256", source.sha256},
                             {"rows", summary.rows},
                             {"recordings", summary.recordings},
                             {"usable_rows", summary.usable_rows},
                             {"used_rows", source.used_rows},
                             {"repeated_rows", source.repeated_rows},
                             {"samples", source.samples},
                             {"first_time", time_json(summary.first_time)},
                             {"last_time", time_json(summary.last_time)},
                             {"blocks", blocks_json(source.check)}});
    const std::string file = source.path.filename().string();
    const auto decide = [&](std::int64_t count, const char* what) {
      if (count > 0)
        decisions.push_back(boost::json::string(fmt::format("{}: {} {}", file, count, what)));
    };
    decide(summary.duplicate_rows, "rows logged twice were merged into the instants they repeat");
    decide(source.repeated_rows, "instants that were there already were left out");
    decide(summary.reboot_rows, "all-zero rows after controller reboots were left out");
    decide(summary.file.ragged_rows, "ragged rows were left out");
    for (const Block& block : source.check.blocks) {
      if (block.verdict == telemetry::Verdict::good) continue;
      decisions.push_back(
          boost::json::string(fmt::format("{}: rows {} to {} were left out: {}", file,
                                          block.first_row, block.last_row, name(block.verdict))));
    }
  }
  object ranges;
  for (std::size_t i = 0; i < profile.tags.size(); ++i) {
    const auto& range = prepared.ranges[i];
    if (range.values == 0) continue;
    ranges[profile.tags[i].name] = object{{"values", range.values},
                                          {"low", range.low},
                                          {"high", range.high},
                                          {"unit", profile.tags[i].unit}};
  }
  return object{{"profile", profile.name},
                {"created", iso_time_now()},
                {"output", output.string()},
                {"sha256", std::move(*hash)},
                {"rows", prepared.rows},
                {"samples", prepared.samples},
                {"recordings", prepared.recordings},
                {"sources", std::move(sources)},
                {"ranges", std::move(ranges)},
                {"decisions", std::move(decisions)}};
}

boost::json::value tags_json(const AssetProfile& profile) {
  array tags;
  for (const auto& tag : profile.tags) {
    tags.push_back(object{{"name", tag.name},
                          {"stands_for", tag.stands_for},
                          {"unit", tag.unit},
                          {"meaning", tag.meaning},
                          {"role", role_text(tag.role)},
                          {"low", limit_json(tag.low)},
                          {"high", limit_json(tag.high)},
                          {"max_step", limit_json(tag.max_step)},
                          {"resolution", tag.resolution},
                          {"may_hold", tag.may_hold},
                          {"scale", tag.scale},
                          {"offset", tag.offset}});
  }
  array identities;
  for (const auto& identity : profile.identities) {
    identities.push_back(object{{"tag", identity.tag},
                                {"expression", identity.expression},
                                {"tolerance", identity.tolerance},
                                {"relative", identity.relative},
                                {"where", identity.where}});
  }
  return object{
      {"profile", profile.name}, {"tags", std::move(tags)}, {"identities", std::move(identities)}};
}

std::string tags_text(const AssetProfile& profile) {
  std::string text = fmt::format("Profile {}\n\n{:<10} {:<13} {:>9} {:>9}  {:<10} {}\n",
                                 profile.name, "tag", "unit", "low", "high", "role", "meaning");
  for (const auto& tag : profile.tags) {
    text +=
        fmt::format("{:<10} {:<13} {:>9} {:>9}  {:<10} {}\n", tag.name, tag.unit,
                    number_text(tag.low), number_text(tag.high), role_text(tag.role), tag.meaning);
  }
  text += "\nWhat holds between tags:\n";
  for (const auto& identity : profile.identities) {
    text += fmt::format("  {} = {}  (within {:g}", identity.tag, identity.expression,
                        identity.tolerance);
    if (identity.relative > 0.0) text += fmt::format(" + {:g} %", 100.0 * identity.relative);
    text += ")";
    if (!identity.where.empty()) text += "  where " + identity.where + " > 0";
    text += '\n';
  }
  return text;
}

}  // namespace hvac::app
