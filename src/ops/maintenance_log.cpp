#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/files.h"
#include "base/hash.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "ops/maintenance.h"
#include "ops/maintenance_items.h"
#include "telemetry/fields.h"

namespace hvac::ops {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

json::object content_of(const MaintenanceLog& log) {
  json::array items;
  for (const Check& item : log.items) {
    items.push_back(json::object{{"name", item.name},
                                 {"title", item.title},
                                 {"status", name(item.status)},
                                 {"evidence", item.evidence},
                                 {"procedure", item.procedure}});
  }
  return {{"level", name(log.level)},
          {"begun", iso_text(log.begun)},
          {"signed", iso_text(log.signed_at)},
          {"operator", log.operator_name},
          {"passed", log.passed()},
          {"items", std::move(items)},
          {"note", log.note}};
}

std::string signature_over(json::object content) {
  content.erase("signature");
  content.erase("signature_valid");
  return sha256(json_text(content));
}

const char* mark(CheckStatus status) {
  switch (status) {
    case CheckStatus::ok:
      return "✓";
    case CheckStatus::warning:
      return "!";
    case CheckStatus::failed:
      return "✗";
    case CheckStatus::skipped:
      return "-";
  }
  return "?";
}

/// The kept logs, the newest first, each beside its time as text.
Result<std::vector<std::pair<std::string, fs::path>>> log_files(const fs::path& home) {
  std::vector<std::pair<std::string, fs::path>> files;
  std::error_code error;
  for (fs::directory_iterator it(home / "maintenance", error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    const std::size_t dash = name.find('-');
    if (dash == std::string::npos || it->path().extension() != ".json") continue;
    if (parse_level(name.substr(0, dash))) files.emplace_back(name.substr(dash), it->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(ErrorCode::unavailable, (home / "maintenance").string() + ": " + error.message());
  }
  std::sort(files.rbegin(), files.rend());
  return files;
}

/// One of them with "signature_valid" added; nothing when it is no log.
std::optional<json::object> read_log(const fs::path& file) {
  const auto text = read_file(file);
  auto document = text ? parse_json(*text) : Result<json::value>(fail(text.error()));
  if (!document || !document->is_object()) return std::nullopt;
  json::object& object = document->get_object();
  const json::value* signature = object.if_contains("signature");
  object["signature_valid"] = signature != nullptr && signature->is_string() &&
                              signature->get_string() == signature_over(object);
  return std::move(object);
}

}  // namespace

std::string signature_of(const MaintenanceLog& log) { return signature_over(content_of(log)); }

std::string log_json(const MaintenanceLog& log) {
  json::object object = content_of(log);
  object["signature"] = log.signature;
  return json_text(object, JsonLayout::pretty);
}

std::string log_text(const MaintenanceLog& log) {
  const std::string time = iso_text(log.begun);
  std::string text =
      fmt::format("{} maintenance\n\nDate: {}\nOperator: {}\nTime: {} UTC\n\n", name(log.level),
                  time.substr(0, 10), log.operator_name, time.substr(11, 5));
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  for (const Check& item : log.items) {
    text += fmt::format("[ {} ] {}\n      {}\n", mark(item.status), item.title, item.evidence);
    const bool wrong = item.status == CheckStatus::failed || item.status == CheckStatus::warning;
    if (wrong && !item.procedure.empty()) text += "      Follow: " + item.procedure + "\n";
  }
  const std::string note = !log.note.empty() ? log.note
                           : log.passed()    ? "All systems normal"
                                             : "Something failed: follow what is named above";
  return text + fmt::format("\nNotes: {}\n\nSignature: {}, {} (SHA-256 {})\n", note,
                            log.operator_name, iso_text(log.signed_at), log.signature);
}

std::chrono::hours due_after(MaintenanceLevel level) {
  using std::chrono::days;
  switch (level) {
    case MaintenanceLevel::daily:
      return std::chrono::hours(36);
    case MaintenanceLevel::weekly:
      return days(9);
    case MaintenanceLevel::monthly:
      return days(38);
    case MaintenanceLevel::quarterly:
      return days(106);
    case MaintenanceLevel::annual:
      break;
  }
  return days(396);
}

Result<std::optional<TimePoint>> last_signed(const fs::path& home, MaintenanceLevel level) {
  const auto files = log_files(home);
  if (!files) return fail(files.error());
  for (const auto& [when, file] : *files) {
    if (!file.filename().string().starts_with(fmt::format("{}-", name(level)))) continue;
    const auto log = read_log(file);
    if (!log || !log->at("signature_valid").as_bool()) continue;
    const json::value* time = log->if_contains("signed");
    if (time == nullptr || !time->is_string()) continue;
    if (const auto at = telemetry::parse_iso_time(std::string_view(time->get_string()))) return at;
  }
  return std::nullopt;
}

Result<std::vector<std::string>> read_logs(const fs::path& home, std::size_t limit) {
  const auto files = log_files(home);
  if (!files) return fail(files.error());
  std::vector<std::string> logs;
  for (const auto& [when, file] : *files) {
    if (logs.size() >= limit) break;
    if (const auto log = read_log(file)) logs.push_back(json_text(*log, JsonLayout::pretty));
  }
  return logs;
}

}  // namespace hvac::ops
