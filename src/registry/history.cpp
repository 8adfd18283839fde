#include "registry/history.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/journal.h"
#include "base/json.h"

namespace hvac::registry {
namespace {

namespace json = boost::json;

std::string line_of(const Event& event) {
  json::object object{
      {"time", event.time}, {"change", name(event.change)}, {"version", text(event.version)}};
  if (event.previous) object["previous"] = text(*event.previous);
  object["by"] = event.provenance.by;
  object["reason"] = event.provenance.reason;
  object["data"] = event.provenance.data;
  object["data_sha256"] = event.provenance.data_sha256;
  if (!event.provenance.parent.empty()) object["parent"] = event.provenance.parent;
  if (!event.manifest_sha256.empty()) object["manifest_sha256"] = event.manifest_sha256;
  return json_text(object);
}

std::string word(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<Change> parse_change(std::string_view text) {
  for (int i = 0; i < kChangeCount; ++i) {
    if (name(static_cast<Change>(i)) == text) return static_cast<Change>(i);
  }
  return std::nullopt;
}

std::optional<Event> parse_event(std::string_view line) {
  const auto document = parse_json(line);
  if (!document || !document->is_object()) return std::nullopt;
  const json::object& object = document->get_object();
  const auto change = parse_change(word(object, "change"));
  const auto version = parse_version(word(object, "version"));
  if (!change || !version) return std::nullopt;
  return Event{word(object, "time"),
               *change,
               *version,
               parse_version(word(object, "previous")),
               {word(object, "by"), word(object, "reason"), word(object, "data"),
                word(object, "data_sha256"), word(object, "parent")},
               word(object, "manifest_sha256")};
}

}  // namespace

std::string_view name(Change change) {
  switch (change) {
    case Change::registered:
      return "registered";
    case Change::promoted:
      return "promoted";
    case Change::rolled_back:
      return "rolled_back";
    case Change::pinned:
      return "pinned";
    case Change::unpinned:
      return "unpinned";
    case Change::archived:
      return "archived";
    case Change::restored:
      return "restored";
    case Change::removed:
      return "removed";
    case Change::shadow_started:
      return "shadow_started";
    case Change::shadow_stopped:
      return "shadow_stopped";
  }
  return "unknown";
}

Result<std::vector<Event>> read_history(const std::filesystem::path& file) {
  const auto lines = read_journal(file);
  if (!lines) return fail(lines.error());
  std::vector<Event> events;
  for (const std::string& line : *lines) {
    auto event = parse_event(line);
    if (!event) {
      return fail(ErrorCode::corrupt,
                  fmt::format("{}: line {} is no event", file.string(), events.size() + 1));
    }
    events.push_back(std::move(*event));
  }
  return events;
}

Result<void> append_history(const std::filesystem::path& file, const Event& event) {
  return append_journal(file, line_of(event));
}

}  // namespace hvac::registry
