#include "store/record_codec.h"

#include <array>
#include <boost/json.hpp>
#include <initializer_list>
#include <utility>

#include "base/hash.h"
#include "base/json.h"

namespace hvac::store {
namespace {

namespace json = boost::json;

using Field = std::pair<const char*, const std::string*>;
using Place = std::pair<const char*, std::string*>;

json::object object_of(std::initializer_list<Field> fields) {
  json::object object;
  for (const auto& [key, text] : fields) object[key] = *text;
  return object;
}

// Fills in the places from the texts of a JSON object; nothing when one of them is not there.
std::optional<json::object> read_texts(std::string_view bytes,
                                       std::initializer_list<Place> places) {
  auto document = parse_json(bytes);
  if (!document || !document->is_object()) return std::nullopt;
  json::object object = std::move(document->get_object());
  for (const auto& [key, text] : places) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    *text = value->get_string();
  }
  return object;
}

json::object object_of(const AuditEntry& entry) {
  json::object object =
      object_of({{"actor", &entry.actor}, {"action", &entry.action}, {"detail", &entry.detail}});
  object["time_ms"] = entry.time.time_since_epoch().count();
  return object;
}

}  // namespace

std::string encode(const Finding& finding) {
  return json_text(object_of({{"asset", &finding.asset.value},
                              {"kind", &finding.kind},
                              {"subject", &finding.subject},
                              {"text", &finding.text},
                              {"data", &finding.data}}));
}

std::optional<Finding> parse_finding(std::string_view bytes, TimePoint time) {
  Finding finding;
  finding.time = time;
  const auto read = read_texts(bytes, {{"asset", &finding.asset.value},
                                       {"kind", &finding.kind},
                                       {"subject", &finding.subject},
                                       {"text", &finding.text},
                                       {"data", &finding.data}});
  return read ? std::optional(std::move(finding)) : std::nullopt;
}

std::string encode(const Alert& alert) {
  json::object object = object_of({{"id", &alert.id},
                                   {"asset", &alert.asset.value},
                                   {"severity", &alert.severity},
                                   {"text", &alert.text},
                                   {"data", &alert.data}});
  object["state"] = alert.state == AlertState::open ? "open" : "closed";
  return json_text(object);
}

std::optional<Alert> parse_alert(std::string_view bytes, TimePoint raised) {
  Alert alert;
  alert.raised = raised;
  std::string state;
  const auto read = read_texts(bytes, {{"id", &alert.id},
                                       {"asset", &alert.asset.value},
                                       {"severity", &alert.severity},
                                       {"text", &alert.text},
                                       {"data", &alert.data},
                                       {"state", &state}});
  if (!read || (state != "open" && state != "closed")) return std::nullopt;
  alert.state = state == "open" ? AlertState::open : AlertState::closed;
  return alert;
}

std::string encode(const DriftReport& report) {
  return json_text(object_of(
      {{"file", &report.file}, {"status", &report.status}, {"summary", &report.summary}}));
}

std::optional<DriftReport> parse_drift_report(std::string_view bytes, TimePoint time) {
  DriftReport report;
  report.time = time;
  const auto read = read_texts(
      bytes, {{"file", &report.file}, {"status", &report.status}, {"summary", &report.summary}});
  return read ? std::optional(std::move(report)) : std::nullopt;
}

ChainedAudit chain(const AuditEntry& entry, std::int64_t number, const std::string& before) {
  const std::string text = json_text(object_of(entry));
  return {number, entry, sha256(before + "\n" + std::to_string(number) + "\n" + text)};
}

std::string encode(const ChainedAudit& audit) {
  json::object object = object_of(audit.entry);
  object["hash"] = audit.hash;
  return json_text(object);
}

std::optional<ChainedAudit> parse_audit(std::string_view bytes, std::int64_t number) {
  ChainedAudit audit;
  audit.number = number;
  const auto object = read_texts(bytes, {{"actor", &audit.entry.actor},
                                         {"action", &audit.entry.action},
                                         {"detail", &audit.entry.detail},
                                         {"hash", &audit.hash}});
  if (!object) return std::nullopt;
  const json::value* time = object->if_contains("time_ms");
  if (time == nullptr || !time->is_int64()) return std::nullopt;
  audit.entry.time = TimePoint(std::chrono::milliseconds(time->get_int64()));
  return audit;
}

}  // namespace hvac::store
