#include "alerts/journal.h"

#include <boost/json.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "alerts/record.h"
#include "base/files.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "telemetry/fields.h"

namespace hvac::alerts {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostAudit = 1000;       ///< Entries kept while the store is away.
constexpr std::size_t kMostAtOnce = 500;       ///< Alarms in one commit.
constexpr std::chrono::seconds kFirstWait{1};  ///< Before the store is tried again ...
constexpr std::chrono::seconds kMostWait{30};  ///< ... doubled up to this.

json::object json_of(const store::AuditEntry& entry) {
  return {{"time", iso_text(entry.time)},
          {"actor", entry.actor},
          {"action", entry.action},
          {"detail", entry.detail}};
}

std::string text_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// The items of a list that is there or not, each made by `make`.
template <class Item, class Make>
Result<void> read_list(const json::object& object, std::string_view key, std::vector<Item>& into,
                       Make make) {
  const json::value* list = object.if_contains(key);
  if (list == nullptr || !list->is_array()) return {};
  for (const json::value& value : list->get_array()) {
    Result<Item> item = make(value);
    if (!item) return fail(item.error());
    into.push_back(std::move(*item));
  }
  return {};
}

Result<store::AuditEntry> audit_from(const json::value& value) {
  const json::object* object = value.if_object();
  const auto time =
      object == nullptr ? std::nullopt : telemetry::parse_iso_time(text_at(*object, "time"));
  if (!time) return fail(ErrorCode::corrupt, "an audit entry has no time");
  return store::AuditEntry{*time, text_at(*object, "actor"), text_at(*object, "action"),
                           text_at(*object, "detail")};
}

Result<Outgoing> outgoing_from(const json::value& value) {
  const json::object* object = value.if_object();
  const json::value* message = object == nullptr ? nullptr : object->if_contains("message");
  auto read = message_from(message == nullptr ? json::value() : *message);
  if (!read) return fail(read.error());
  return Outgoing{text_at(*object, "channel"), std::move(*read)};
}

}  // namespace

struct Journal::State {
  struct Unsaved {
    Alarm alarm;
    std::uint64_t number = 0;  ///< Of the change.
  };

  State(store::Store& store_, std::filesystem::path file_, Log log_)
      : store(store_), file(std::move(file_)), log(std::move(log_)) {}

  store::Store& store;
  const std::filesystem::path file;
  const Log log;
  Left left;

  mutable std::mutex mutex;
  std::condition_variable_any wake;
  std::vector<Alarm> open;
  std::map<std::string, Unsaved> unsaved;  ///< By id, the latest.
  std::uint64_t changes = 0;
  std::vector<store::AuditEntry> audit;
  bool committing = false;
  bool store_away = false;
  bool disk_away = false;
  std::jthread worker;

  Result<void> read();
  void write(const std::vector<Outgoing>& outgoing);
  void run(const std::stop_token& stop);
  bool commit_some();
  bool done() const { return unsaved.empty() && audit.empty() && !committing; }
};

Result<void> Journal::State::read() {
  const auto text = read_file(file);
  if (!text && text.error().code == ErrorCode::not_found) return {};
  if (!text) return fail(text.error());
  const auto corrupt = [&](const std::string& what) {
    return fail(ErrorCode::corrupt, file.string() + ": " + what);
  };
  const auto document = parse_json(*text);
  if (!document) return corrupt(document.error().message);
  const json::object* object = document->if_object();
  if (object == nullptr) return corrupt("not an object");
  const auto alarm = [](const json::value& value) { return alarm_from(value); };
  for (const auto& part : {read_list(*object, "alarms", left.alarms, alarm),
                           read_list(*object, "outgoing", left.outgoing, outgoing_from),
                           read_list(*object, "audit", audit, audit_from)}) {
    if (!part) return corrupt(part.error().message);
  }
  return {};
}

// With the lock held.
void Journal::State::write(const std::vector<Outgoing>& outgoing) {
  json::array alarms;
  for (const Alarm& alarm : open) alarms.push_back(alerts::json_of(alarm));
  for (const auto& [id, change] : unsaved) {
    if (change.alarm.closed) alarms.push_back(alerts::json_of(change.alarm));
  }
  json::array messages;
  for (const Outgoing& out : outgoing) {
    messages.push_back({{"channel", out.channel}, {"message", alerts::json_of(out.message)}});
  }
  json::array entries;
  for (const store::AuditEntry& entry : audit) entries.push_back(json_of(entry));
  const auto written = write_file_atomically(file, json_text({{"alarms", std::move(alarms)},
                                                              {"outgoing", std::move(messages)},
                                                              {"audit", std::move(entries)}}));
  if (!written && !disk_away) log(Severity::critical, "alerts: " + written.error().message);
  disk_away = !written;
}

/// Commits what is unsaved, as far as it fits one batch. False when the store is away.
bool Journal::State::commit_some() {
  store::Batch batch;
  std::vector<std::pair<std::string, std::uint64_t>> taken;
  std::size_t entries = 0;
  {
    const std::lock_guard lock(mutex);
    for (const auto& [id, change] : unsaved) {
      if (taken.size() == kMostAtOnce) break;
      taken.emplace_back(id, change.number);
      batch.alerts.push_back(record_of(change.alarm));
    }
    batch.audit = audit;
    entries = audit.size();
    committing = true;
  }
  const auto committed = store.commit(batch);
  const bool hopeless = !committed && committed.error().code == ErrorCode::invalid_argument;
  const std::lock_guard lock(mutex);
  committing = false;
  if (!committed && (hopeless || !store_away)) {
    log(Severity::warning, "alerts cannot be stored: " + committed.error().message);
  }
  store_away = !committed && !hopeless;
  if (store_away) return false;
  for (const auto& [id, number] : taken) {
    const auto at = unsaved.find(id);
    if (at != unsaved.end() && at->second.number == number) unsaved.erase(at);
  }
  audit.erase(audit.begin(), audit.begin() + static_cast<std::ptrdiff_t>(entries));
  if (entries > 0) write({});  // An entry must not be made twice.
  return true;
}

void Journal::State::run(const std::stop_token& stop) {
  std::chrono::seconds wait = kFirstWait;
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex);
      wake.wait(lock, stop, [&] { return !unsaved.empty() || !audit.empty(); });
      if (stop.stop_requested()) break;
    }
    if (commit_some()) {
      wait = kFirstWait;
      wake.notify_all();
      continue;
    }
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, wait, [] { return false; });
    wait = std::min(2 * wait, kMostWait);
  }
  while (!done() && commit_some()) {
  }
}

Result<std::unique_ptr<Journal>> Journal::open(store::Store& store,
                                               const std::filesystem::path& file, Log log) {
  auto state = std::make_unique<State>(store, file, std::move(log));
  if (auto made = make_folder(file.parent_path()); !made) return fail(made.error());
  if (auto read = state->read(); !read) {
    if (read.error().code != ErrorCode::corrupt) return fail(read.error());
    state->log(Severity::critical, "alerts: " + read.error().message + "; it is put aside");
    std::error_code error;
    std::filesystem::rename(file, file.string() + ".damaged", error);
    state->left = {};
    state->audit.clear();
  }
  for (const Alarm& alarm : state->left.alarms) {
    state->unsaved[alarm.id] = {alarm, ++state->changes};
    if (!alarm.closed) state->open.push_back(alarm);
  }
  state->worker = std::jthread([s = state.get()](const std::stop_token& stop) { s->run(stop); });
  return std::unique_ptr<Journal>(new Journal(std::move(state)));
}

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}

Journal::~Journal() = default;

const Left& Journal::left() const { return state_->left; }

void Journal::save(const std::vector<Alarm>& open, const std::vector<Alarm>& changed,
                   const std::vector<Outgoing>& outgoing) {
  const std::lock_guard lock(state_->mutex);
  state_->open = open;
  for (const Alarm& alarm : changed) state_->unsaved[alarm.id] = {alarm, ++state_->changes};
  state_->write(outgoing);
  state_->wake.notify_all();
}

void Journal::audit(store::AuditEntry entry) {
  const std::lock_guard lock(state_->mutex);
  if (state_->audit.size() >= kMostAudit) {
    state_->log(Severity::critical, "alerts: the store is away for too long, not in the audit: " +
                                        entry.actor + " " + entry.action + " " + entry.detail);
    return;
  }
  state_->audit.push_back(std::move(entry));
  state_->wake.notify_all();
}

bool Journal::flush(std::chrono::milliseconds patience) {
  std::unique_lock lock(state_->mutex);
  return state_->wake.wait_for(lock, patience, [&] { return state_->done(); });
}

std::size_t Journal::unsaved() const {
  const std::lock_guard lock(state_->mutex);
  return state_->unsaved.size() + state_->audit.size();
}

}  // namespace hvac::alerts
