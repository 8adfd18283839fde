#include "config/change_log.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <map>
#include <optional>

#include "base/file_lock.h"
#include "base/files.h"
#include "base/iso_time.h"
#include "base/journal.h"
#include "base/json.h"
#include "config/edit.h"

namespace hvac::config {
namespace {

namespace json = boost::json;

std::filesystem::path log_file(const std::filesystem::path& home) {
  return home / "config_history.jsonl";
}

std::string line_of(const Change& change) {
  json::array list;
  for (const Difference& d : change.differences) {
    list.push_back({{"key", d.key}, {"before", d.before}, {"after", d.after}});
  }
  return json_text(json::object{{"time", change.time},
                                {"by", change.by},
                                {"reason", change.reason},
                                {"changes", std::move(list)}});
}

std::optional<std::string> word(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<Change> parse_change(std::string_view line) {
  const auto document = parse_json(line);
  if (!document || !document->is_object()) return std::nullopt;
  const json::object& object = document->get_object();
  const json::value* list = object.if_contains("changes");
  const auto time = word(object, "time");
  const auto by = word(object, "by");
  const auto reason = word(object, "reason");
  if (!time || !by || !reason || list == nullptr || !list->is_array()) return std::nullopt;
  Change change{*time, *by, *reason, {}};
  for (const json::value& item : list->get_array()) {
    if (!item.is_object()) return std::nullopt;
    const auto key = word(item.get_object(), "key");
    const auto before = word(item.get_object(), "before");
    const auto after = word(item.get_object(), "after");
    if (!key || !before || !after) return std::nullopt;
    change.differences.push_back({*key, *before, *after, Takes::at_once});
  }
  return change;
}

// Both the file and its log change under this lock.
Result<Descriptor> lock(const std::filesystem::path& home) {
  if (auto made = make_folder(home); !made) return fail(made.error());
  return lock_file(home / ".config.lock");
}

// How `config` differs from what the log says was last.
Result<std::vector<Difference>> unlogged(const std::filesystem::path& home, const Config& config) {
  const auto changes = read_changes(home);
  if (!changes) return fail(changes.error());
  std::map<std::string, std::string, std::less<>> known;
  for (const Change& change : *changes) {
    for (const Difference& d : change.differences) known[d.key] = d.after;
  }
  std::vector<Difference> result;
  const Config defaults;
  for (const Key& key : keys()) {
    const auto logged = known.find(key.name);
    const std::string before = logged == known.end() ? setting_text(key, defaults) : logged->second;
    std::string after = setting_text(key, config);
    if (before != after) result.push_back({std::string(key.name), before, after, key.takes});
  }
  return result;
}

Result<void> append(const std::filesystem::path& home, const Change& change) {
  return append_journal(log_file(home), line_of(change));
}

}  // namespace

Result<std::vector<Change>> read_changes(const std::filesystem::path& home) {
  const auto lines = read_journal(log_file(home));
  if (!lines) return fail(lines.error());
  std::vector<Change> changes;
  for (const std::string& line : *lines) {
    auto change = parse_change(line);
    if (!change) {
      return fail(ErrorCode::corrupt, fmt::format("{}: line {} is no change",
                                                  log_file(home).string(), changes.size() + 1));
    }
    changes.push_back(std::move(*change));
  }
  return changes;
}

Result<std::vector<Difference>> change_setting(const std::filesystem::path& home,
                                               std::string_view key, std::string_view value,
                                               const std::string& by, const std::string& reason,
                                               TimePoint now) {
  const auto found = find_key(key);
  if (!found) return fail(found.error());
  const auto held = lock(home);
  if (!held) return fail(held.error());
  const auto file = config_file(home);
  auto text = read_file(file);
  if (!text && text.error().code != ErrorCode::not_found) return fail(text.error());
  const std::string before = text ? std::move(*text) : std::string();
  const auto old = parse_config(before, file.string());
  if (!old) return fail(old.error());
  if (auto edits = unlogged(home, *old); !edits) {
    return fail(edits.error());
  } else if (!edits->empty()) {  // Of others: theirs, not part of this change.
    const Change change{iso_text(now), "unknown", "found in the file", std::move(*edits)};
    if (auto done = append(home, change); !done) return fail(done.error());
  }

  const auto after = with_setting(before, file.string(), **found, value);
  if (!after) return fail(after.error());
  const auto config = parse_config(*after, file.string());
  if (!config) return fail(config.error());
  auto changed = differences(*old, *config);
  if (changed.empty()) return changed;
  if (auto done = write_file_atomically(file, *after); !done) return fail(done.error());
  if (auto done = append(home, {iso_text(now), by, reason, changed}); !done) {
    return fail(done.error());
  }
  return changed;
}

Result<std::vector<Difference>> log_edits(const std::filesystem::path& home, const std::string& by,
                                          const std::string& reason, TimePoint now) {
  const auto held = lock(home);
  if (!held) return fail(held.error());
  const auto config = read_config(config_file(home));
  if (!config) return fail(config.error());
  auto edits = unlogged(home, *config);
  if (!edits || edits->empty()) return edits;
  if (auto done = append(home, {iso_text(now), by, reason, *edits}); !done) {
    return fail(done.error());
  }
  return edits;
}

}  // namespace hvac::config
