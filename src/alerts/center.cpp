#include "alerts/center.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "alerts/channels.h"
#include "alerts/grouping.h"
#include "alerts/inbox.h"
#include "alerts/journal.h"
#include "alerts/message.h"
#include "alerts/record.h"
#include "base/file_lock.h"
#include "base/files.h"
#include "base/guarded.h"

namespace hvac::alerts {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostConditions = 10'000;  ///< Waiting for the center's thread.
constexpr std::size_t kMostAssets = 20'000;
constexpr auto kLook = 1s;      ///< The time is looked at that often, also when nothing comes.
constexpr auto kBreath = 50ms;  ///< Between two passes, so that what comes meanwhile goes together.
constexpr auto kPatience = 2s;  ///< For the store, of those who wait.

/// What waits of one asset: only its newest outcome counts.
struct Slot {
  FindingGroups groups;
  std::optional<twin::Outcome> newest;
  bool watched = true;  ///< There is, or may be, something of it that could be gone.
};

/// What comes in, until the center's thread takes it.
struct Intake {
  std::deque<Condition> conditions;
  std::map<AssetId, Slot> assets;
  std::vector<AssetId> changed;  ///< Those whose `newest` is set.
  std::uint64_t dropped = 0;
};

constexpr std::array<std::string_view, 3> kChannels = {"mqtt", "email", "webhook"};

const ChannelOptions& channel_options(const Options& options, std::string_view channel) {
  if (channel == "mqtt") return options.mqtt;
  if (channel == "email") return options.email;
  return options.webhook;
}

/// None for a channel that is not enabled.
std::unique_ptr<Channel> make_channel(const Options& options, std::string_view channel,
                                      mqtt::Publisher* publisher) {
  if (!channel_options(options, channel).enabled) return nullptr;
  const auto timeout = options.retry.timeout;
  if (channel == "email") return make_email(options.email, timeout);
  if (channel == "webhook") return make_webhook(options.webhook, timeout);
  return make_mqtt(options.mqtt, timeout, *publisher);
}

/// Whether the channel is told of that transition.
bool wants(const ChannelOptions& options, std::string_view channel, const Transition& t) {
  if (!options.enabled || t.announce == Announce::nothing) return false;
  if (t.alarm.severity < options.least) return false;
  if (t.announce == Announce::returned && !options.returned) return false;
  // A channel that fails need not say so itself.
  return t.alarm.key.kind != AlarmKind::delivery_failed || t.alarm.key.subject != channel;
}

}  // namespace

struct AlertCenter::State {
  State(const Options& options_, CenterParts parts_)
      : parts(std::move(parts_)), options(possible(options_)) {}

  /// Without a broker nothing can go there.
  Options possible(Options asked) const {
    asked.mqtt.enabled = asked.mqtt.enabled && parts.publisher != nullptr;
    return asked;
  }

  CenterParts parts;
  Guarded<Options> options;
  Descriptor lock;
  std::unique_ptr<Journal> journal;
  Guarded<Intake> intake;
  Guarded<std::vector<Listener>> listeners;

  std::mutex order;         ///< Of changes: what is decided first is written and told first.
  alerts::State machine;    ///< Under `order`.
  bool store_read = false;  ///< Under `order`: the store's open alarms are known.
  Guarded<std::vector<Alarm>> shown;
  Guarded<CenterStatus> counts;

  std::mutex mutex;  ///< Of what follows.
  std::condition_variable_any wake;
  bool work = false;
  std::uint64_t wanted = 0;
  std::uint64_t done = 0;
  std::jthread thread;

  /// By channel. They report: the first to end.
  std::map<std::string, std::unique_ptr<Delivery>, std::less<>> deliveries;

  void poke();
  void report(Condition condition);
  Result<void> start_deliveries();
  void run(const std::stop_token& stop);
  void pass();
  void read_store(TimePoint now);
  std::vector<Condition> take();
  void outcome_conditions(Intake& in, std::vector<Condition>& into);
  void handle(const std::vector<Transition>& transitions, const std::vector<Alarm>& open);
  void show(std::vector<Alarm> open);
  template <class Do>
  Result<Alarm> act(std::string_view action, const Act& act, Do&& do_it);
};

void AlertCenter::State::poke() {
  {
    const std::lock_guard guard(mutex);
    work = true;
  }
  wake.notify_all();
}

void AlertCenter::State::run(const std::stop_token& stop) {
  std::chrono::steady_clock::duration breath = kBreath;
  for (;;) {
    std::uint64_t serves = 0;
    {
      std::unique_lock guard(mutex);
      wake.wait_for(guard, stop, breath, [&] { return wanted > done; });
      wake.wait_for(guard, stop, kLook, [&] { return work || wanted > done; });
      work = false;
      serves = wanted;
    }
    const auto begin = std::chrono::steady_clock::now();
    pass();
    // Under a flood of alarms it works a fifth of the time.
    breath = std::clamp<std::chrono::steady_clock::duration>(
        4 * (std::chrono::steady_clock::now() - begin), kBreath, kLook);
    {
      const std::lock_guard guard(mutex);
      done = serves;
    }
    wake.notify_all();
    if (stop.stop_requested()) return;
  }
}

// What an earlier run left in the store and not in the folder, e.g. in a new container.
void AlertCenter::State::read_store(TimePoint now) {
  if (store_read) return;
  const auto records = parts.store.open_alerts();
  if (!records) return;  // It is away: later.
  store_read = true;
  std::set<std::string> known;
  for (const Alarm& alarm : journal->left().alarms) known.insert(alarm.id);
  std::vector<Alarm> fresh;
  std::vector<Alarm> superseded;
  for (const store::Alert& record : *records) {
    if (known.contains(record.id)) continue;
    auto alarm = alarm_from(record);
    if (!alarm) {
      parts.log(Severity::warning, "alerts: " + alarm.error().message);
      continue;
    }
    const auto at = machine.points.find(alarm->key);
    if (at == machine.points.end() || !at->second.alarm) {
      fresh.push_back(std::move(*alarm));
    } else if (at->second.alarm->id != alarm->id) {
      alarm->closed = true;
      superseded.push_back(std::move(*alarm));
    }
  }
  restore(machine, fresh, now);
  if (!superseded.empty()) journal->save(open_alarms(machine), superseded, {});
}

void AlertCenter::State::outcome_conditions(Intake& in, std::vector<Condition>& into) {
  for (const AssetId& asset : in.changed) {
    Slot& slot = in.assets[asset];
    const twin::Outcome outcome = std::move(*slot.newest);
    slot.newest.reset();
    std::set<AlarmKey> held;
    for (Condition& condition : slot.groups.conditions(asset, outcome)) {
      held.insert(condition.key);
      into.push_back(std::move(condition));
    }
    slot.watched = !held.empty();
    for (auto at = machine.points.lower_bound({asset, AlarmKind{}, ""});
         at != machine.points.end() && at->first.asset == asset; ++at) {
      slot.watched = true;
      if (held.contains(at->first)) continue;
      if (auto gone = slot.groups.gone(at->first, outcome)) into.push_back(std::move(*gone));
    }
  }
  in.changed.clear();
}

std::vector<Condition> AlertCenter::State::take() {
  std::vector<Condition> all = take_conditions(parts.folder, parts.log);
  return intake.with([&](Intake& in) {
    std::ranges::move(in.conditions, std::back_inserter(all));
    in.conditions.clear();
    outcome_conditions(in, all);
    return all;
  });
}

void AlertCenter::State::pass() {
  const std::lock_guard guard(order);
  const TimePoint now = parts.clock();
  read_store(now);
  const std::vector<Condition> conditions = take();
  const MachineOptions tuning = options.with([](const Options& o) { return o.machine; });
  const std::vector<Transition> transitions = step(machine, conditions, now, tuning);
  counts.with([&](CenterStatus& c) { c.alarms_refused = machine.refused; });
  if (transitions.empty() && conditions.empty()) return;
  std::vector<Alarm> open = open_alarms(machine);
  if (!transitions.empty()) handle(transitions, open);
  show(std::move(open));
}

// Counted here, so that who asks for the status often costs nothing.
void AlertCenter::State::show(std::vector<Alarm> open) {
  std::map<AlarmState, std::size_t> by_state;
  std::map<Severity, std::size_t> by_severity;
  for (const Alarm& alarm : open) {
    const AlarmState where = state_of(alarm);
    ++by_state[where];
    if (alarm.active && where != AlarmState::shelved && where != AlarmState::suppressed) {
      ++by_severity[alarm.severity];
    }
  }
  counts.with([&](CenterStatus& c) {
    c.open = std::move(by_state);
    c.by_severity = std::move(by_severity);
  });
  shown.with([&](std::vector<Alarm>& alarms) { alarms = std::move(open); });
}

void AlertCenter::State::handle(const std::vector<Transition>& transitions,
                                const std::vector<Alarm>& open) {
  std::vector<Alarm> changed;
  counts.with([&](CenterStatus& c) {
    c.transitions += transitions.size();
    for (const Transition& t : transitions) {
      if (t.from == AlarmState::normal) ++c.raised[t.alarm.key.kind];
    }
  });
  const Options now = options.with([](const Options& o) { return o; });
  std::vector<Outgoing> outgoing;
  std::map<std::string, std::vector<Message>, std::less<>> by_channel;
  for (const Transition& t : transitions) {
    changed.push_back(t.alarm);
    for (const std::string_view channel : kChannels) {
      if (!wants(channel_options(now, channel), channel, t)) continue;
      const Message message = message_of(t.alarm, t.announce, now.site);
      outgoing.push_back({std::string(channel), message});
      by_channel[std::string(channel)].push_back(message);
    }
  }
  // First it is known that they go out, then they go: a restart in between sends them.
  journal->save(open, changed, outgoing);
  for (const auto& [channel, messages] : by_channel) deliveries[channel]->add(messages);
  listeners.with([&](const std::vector<Listener>& all) {
    for (const Listener& listener : all) {
      for (const Transition& t : transitions) listener(t);
    }
  });
}

template <class Do>
Result<Alarm> AlertCenter::State::act(std::string_view action, const Act& act, Do&& do_it) {
  Alarm after;
  {
    const std::lock_guard guard(order);
    const TimePoint now = parts.clock();
    Result<Transition> transition = do_it(now);
    if (!transition) return fail(transition.error());
    after = transition->alarm;
    std::string detail = after.id + " " + text_of(after.key);
    if (!act.note.empty()) detail += ": " + act.note;
    journal->audit({now, act.by, "alert " + std::string(action), detail});
    std::vector<Alarm> open = open_alarms(machine);
    handle({*transition}, open);
    show(std::move(open));
  }
  poke();
  return after;
}

Result<void> AlertCenter::State::start_deliveries() {
  const Options now = options.with([](const Options& o) { return o; });
  for (const std::string_view channel : kChannels) {
    const std::string known(channel);
    Delivery::Parts its{known,
                        parts.folder / ("outbox-" + known + ".json"),
                        now.site,
                        parts.clock,
                        parts.log,
                        [this, known](const std::string& reason) {
                          Condition condition = condition_of(
                              {{}, AlarmKind::delivery_failed, known}, !reason.empty());
                          condition.detail = reason;
                          report(std::move(condition));
                        }};
    auto delivery = Delivery::start(std::move(its), make_channel(now, channel, parts.publisher),
                                    now.rate, now.retry);
    if (!delivery) return fail(delivery.error());
    deliveries[known] = std::move(*delivery);
  }
  for (const Outgoing& out : journal->left().outgoing) {
    const auto delivery = deliveries.find(out.channel);
    if (delivery != deliveries.end()) delivery->second->add({&out.message, 1});
  }
  return {};
}

Result<std::unique_ptr<AlertCenter>> AlertCenter::start(const Options& options, CenterParts parts) {
  if (auto good = check(options); !good) return fail(good.error());
  if (auto made = make_folder(parts.folder); !made) return fail(made.error());
  auto lock = try_lock_file(parts.folder / "lock");
  if (!lock) {
    return fail(lock.error().code, "another process works on the alerts: " + lock.error().message);
  }
  auto state = std::make_unique<State>(options, std::move(parts));
  state->lock = std::move(*lock);
  auto journal =
      Journal::open(state->parts.store, state->parts.folder / "open.json", state->parts.log);
  if (!journal) return fail(journal.error());
  state->journal = std::move(*journal);
  const TimePoint now = state->parts.clock();
  std::vector<Alarm> open;
  for (const Alarm& alarm : state->journal->left().alarms) {
    if (!alarm.closed) open.push_back(alarm);
  }
  restore(state->machine, open, now);
  state->read_store(now);
  state->show(open_alarms(state->machine));
  if (auto started = state->start_deliveries(); !started) return fail(started.error());
  state->thread = std::jthread([s = state.get()](const std::stop_token& stop) { s->run(stop); });
  return std::unique_ptr<AlertCenter>(new AlertCenter(std::move(state)));
}

AlertCenter::AlertCenter(std::unique_ptr<State> state) : state_(std::move(state)) {}

AlertCenter::~AlertCenter() {
  state_->thread.request_stop();
  state_->wake.notify_all();
  state_->thread.join();
}

void AlertCenter::State::report(Condition condition) {
  intake.with([&](Intake& in) {
    if (in.conditions.size() >= kMostConditions) {
      ++in.dropped;
    } else {
      in.conditions.push_back(std::move(condition));
    }
  });
  poke();
}

void AlertCenter::report(Condition condition) { state_->report(std::move(condition)); }

void AlertCenter::observe(const AssetId& asset, const twin::Outcome& outcome) {
  const bool news = state_->intake.with([&](Intake& in) {
    auto at = in.assets.find(asset);
    if (at == in.assets.end()) {
      if (in.assets.size() >= kMostAssets) {
        ++in.dropped;
        return false;
      }
      at = in.assets.try_emplace(asset).first;
    }
    Slot& slot = at->second;
    slot.groups.follow(outcome);
    if (outcome.findings.empty() && !slot.watched) return false;
    const bool first = !slot.newest;
    slot.newest = outcome;
    if (first) in.changed.push_back(asset);
    return first;
  });
  if (news) state_->poke();
}

Result<void> AlertCenter::configure(const Options& options) {
  if (auto good = check(options); !good) return good;
  const Options possible = state_->possible(options);
  state_->options.with([&](Options& current) { current = possible; });
  for (const auto& [channel, delivery] : state_->deliveries) {
    delivery->use(make_channel(possible, channel, state_->parts.publisher), options.rate,
                  options.retry);
  }
  state_->poke();
  return {};
}

void AlertCenter::listen(Listener listener) {
  state_->listeners.with([&](auto& all) { all.push_back(std::move(listener)); });
}

Result<Alarm> AlertCenter::acknowledge(std::string_view id, const Act& act) {
  return state_->act("ack", act, [&](TimePoint now) {
    return alerts::acknowledge(state_->machine, id, act, now);
  });
}

Result<Alarm> AlertCenter::shelve(std::string_view id, std::chrono::minutes time, const Act& act) {
  const MachineOptions tuning = state_->options.with([](const Options& o) { return o.machine; });
  return state_->act("shelve", act, [&](TimePoint now) {
    return alerts::shelve(state_->machine, id, time, act, now, tuning);
  });
}

Result<Alarm> AlertCenter::unshelve(std::string_view id, const Act& act) {
  return state_->act("unshelve", act, [&](TimePoint now) {
    return alerts::unshelve(state_->machine, id, act, now);
  });
}

std::vector<Alarm> AlertCenter::open() const {
  return state_->shown.with([](const std::vector<Alarm>& alarms) { return alarms; });
}

Result<std::vector<Alarm>> AlertCenter::recent(std::size_t limit) const {
  const auto records = state_->parts.store.alerts(
      {TimePoint{}, state_->parts.clock() + std::chrono::hours(24)}, limit);
  if (!records) return fail(records.error());
  // What is open is known better here: the store may not have its last changes yet.
  std::vector<Alarm> alarms = open();
  std::set<std::string> known;
  for (const Alarm& alarm : alarms) known.insert(alarm.id);
  for (const store::Alert& record : *records) {
    if (known.contains(record.id)) continue;
    auto alarm = alarm_from(record);
    if (!alarm) return fail(alarm.error());
    alarms.push_back(std::move(*alarm));
  }
  std::ranges::stable_sort(alarms, std::greater{}, &Alarm::raised);
  if (alarms.size() > limit) alarms.resize(limit);
  return alarms;
}

CenterStatus AlertCenter::status() const {
  CenterStatus status = state_->counts.with([](const CenterStatus& c) { return c; });
  status.conditions_dropped = state_->intake.with([](const Intake& in) { return in.dropped; });
  status.unsaved = state_->journal->unsaved();
  for (const auto& [channel, delivery] : state_->deliveries) {
    status.channels[channel] = delivery->status();
  }
  return status;
}

Result<std::string> test_channel(std::string_view channel, const Options& options,
                                 mqtt::Publisher* publisher, std::string_view by, TimePoint now) {
  if (std::ranges::find(kChannels, channel) == kChannels.end()) {
    return fail(ErrorCode::not_found, "there is no alert channel " + std::string(channel) +
                                          "; there are mqtt, email and webhook");
  }
  if (auto good = check(options); !good) return fail(good.error());
  if (!channel_options(options, channel).enabled || (channel == "mqtt" && publisher == nullptr)) {
    return fail(ErrorCode::not_found,
                "the alert channel " + std::string(channel) + " is not configured");
  }
  return make_channel(options, channel, publisher)->send(test_message(by, now, options.site), {});
}

void AlertCenter::settle() {
  {
    std::unique_lock guard(state_->mutex);
    const std::uint64_t mine = ++state_->wanted;
    state_->wake.notify_all();
    state_->wake.wait(guard, [&] { return state_->done >= mine; });
  }
  state_->journal->flush(kPatience);
}

}  // namespace hvac::alerts
