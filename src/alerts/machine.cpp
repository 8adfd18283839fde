#include "alerts/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/hash.h"

namespace hvac::alerts {
namespace {

using std::chrono::seconds;

/// How long an alarm must hold after what explained it is gone, at least: a residual needs a while
/// to settle after its sensor works again.
constexpr seconds kSettling{60};
/// After a restart: what is looked at all the time and was not seen for so long is gone.
constexpr std::chrono::minutes kConfirmProgram{10};
constexpr std::chrono::hours kConfirmAsset{24};

/// A kind as the site wants it.
struct Tuned {
  Severity severity;
  seconds on_delay;
  seconds off_delay;
  double deadband;
};

Tuned tuned(AlarmKind kind, const MachineOptions& options) {
  const AlarmDefinition& d = definition(kind);
  const auto found = options.tuning.find(kind);
  const Tuning tuning = found == options.tuning.end() ? Tuning{} : found->second;
  return {tuning.severity.value_or(d.severity), tuning.on_delay.value_or(d.on_delay),
          tuning.off_delay.value_or(d.off_delay), tuning.deadband.value_or(d.deadband)};
}

std::string make_id(const AlarmKey& key, TimePoint raised) {
  constexpr std::size_t kDigits = 12;
  return sha256(fmt::format("{}\n{}\n{}\n{}", key.asset.value, name(key.kind), key.subject,
                            raised.time_since_epoch().count()))
      .substr(0, kDigits);
}

/// Whether the value is back at the limit, but not by the deadband. NaN: no.
bool inside_deadband(const Condition& condition, double deadband) {
  const double band = deadband * std::abs(condition.limit);
  return definition(condition.key.kind).worse == Worse::above
             ? condition.value > condition.limit - band
             : condition.value < condition.limit + band;
}

void remember(Alarm& alarm, Change change) {
  if (alarm.history.size() >= Alarm::kMostChanges) alarm.history.erase(alarm.history.begin() + 1);
  alarm.history.push_back(std::move(change));
}

/// Makes the change of `alarm` since it was in `from` a transition.
Transition record(Alarm& alarm, AlarmState from, TimePoint now, const Act& act) {
  alarm.changed = now;
  remember(alarm, {now, state_of(alarm), act.by, act.note});
  return {alarm, from, state_of(alarm), now, act.by, act.note, Announce::nothing};
}

void take_values(Alarm& alarm, const Condition& condition) {
  alarm.value = condition.value;
  alarm.limit = condition.limit;
  alarm.unit = condition.unit;
  alarm.detail = condition.detail;
  alarm.confidence = condition.confidence;
}

/// One call of `step`.
class Pass {
 public:
  Pass(State& state, TimePoint now, const MachineOptions& options)
      : state_(state), now_(now), options_(options) {
    for (const auto& [key, point] : state.points) open_ += point.alarm ? 1 : 0;
  }

  void see(const Condition& condition);
  void settle_all();
  std::vector<Transition> take() { return std::move(transitions_); }

 private:
  void settle(const AlarmKey& key, Point& point);
  void raise(const AlarmKey& key, Point& point, const Point* cause, const Tuned& kind);
  void explain(Point& point, const Point* cause, TimePoint t, const Tuned& kind);
  void follow(Point& point, TimePoint t, const Tuned& kind);
  bool over(const Alarm& alarm) const;
  bool forgotten(const AlarmKey& key, const Point& point) const;
  const Point* cause_of(const AlarmKey& key) const;
  bool first_of_its_group(const AlarmKey& key) const;
  void emit(Alarm& alarm, AlarmState from, bool was_active);

  State& state_;
  TimePoint now_;
  const MachineOptions& options_;
  std::size_t open_ = 0;
  std::map<AlarmKey, Presence> seen_;
  std::vector<Transition> transitions_;
};

void Pass::see(const Condition& condition) {
  Point& point = state_.points[condition.key];
  const auto [earlier, fresh] = seen_.try_emplace(condition.key, condition.presence);
  if (!fresh && earlier->second != condition.presence) {
    settle(condition.key, point);  // It came and went in one call: both count.
    earlier->second = condition.presence;
  }
  const TimePoint t = condition.time.value_or(now_);
  point.clock = condition.time;
  point.unconfirmed = false;
  const bool active = point.alarm && point.alarm->active;
  const bool holds =
      condition.presence == Presence::holds ||
      (active && inside_deadband(condition, tuned(condition.key.kind, options_).deadband));
  if (!holds) {
    point.holding_since.reset();
    if (active && !point.gone_since) point.gone_since = t;
    return;
  }
  point.gone_since.reset();
  if (!point.holding_since) point.holding_since = t;
  if (condition.presence == Presence::gone) return;
  point.last = condition;
  if (point.alarm) take_values(*point.alarm, condition);
}

void Pass::settle_all() {
  for (auto next = state_.points.begin(); next != state_.points.end();) {
    auto& [key, point] = *next;
    settle(key, point);
    const bool idle = !point.alarm && !point.holding_since;
    next = idle ? state_.points.erase(next) : std::next(next);
  }
}

void Pass::settle(const AlarmKey& key, Point& point) {
  const TimePoint t = point.clock.value_or(now_);
  const Tuned kind = tuned(key.kind, options_);
  const Point* cause = cause_of(key);
  if (!point.alarm) {
    if (!point.holding_since || t - *point.holding_since < kind.on_delay) return;
    if (cause != nullptr && !cause->alarm) return;  // The cause is about to become the alarm.
    raise(key, point, cause, kind);
    return;
  }
  Alarm& alarm = *point.alarm;
  const AlarmState from = state_of(alarm);
  const bool was_active = alarm.active;
  if (alarm.shelved_until && now_ >= *alarm.shelved_until) {
    alarm.shelved_until.reset();
    alarm.acknowledged = false;
    alarm.told = false;
  }
  follow(point, t, kind);
  explain(point, cause, t, kind);
  alarm.closed = over(alarm);
  if (state_of(alarm) != from) emit(alarm, from, was_active);
  if (alarm.closed) {
    point.alarm.reset();
    point.gone_since.reset();
    point.cause_gone.reset();
    --open_;
  }
}

void Pass::raise(const AlarmKey& key, Point& point, const Point* cause, const Tuned& kind) {
  if (open_ >= options_.most_alarms) {
    ++state_.refused;
    point.holding_since.reset();  // Looked at again when it is seen again.
    return;
  }
  state_.last_raised = std::max(now_, state_.last_raised + std::chrono::milliseconds(1));
  Alarm alarm;
  alarm.id = make_id(key, state_.last_raised);
  alarm.key = key;
  alarm.severity = kind.severity;
  alarm.raised = state_.last_raised;
  alarm.since = point.last.since.value_or(*point.holding_since);
  if (cause != nullptr) alarm.suppressed_by = cause->alarm->key;
  alarm.first_out = cause == nullptr && first_of_its_group(key);
  take_values(alarm, point.last);
  ++open_;
  point.alarm = std::move(alarm);
  emit(*point.alarm, AlarmState::normal, true);
}

// The condition came back or went away for long enough.
void Pass::follow(Point& point, TimePoint t, const Tuned& kind) {
  Alarm& alarm = *point.alarm;
  if (alarm.active) {
    const bool gone = point.gone_since && t - *point.gone_since >= kind.off_delay;
    if (!gone && !forgotten(alarm.key, point)) return;
    alarm.active = false;
    point.gone_since.reset();
    point.unconfirmed = false;
    return;
  }
  if (!point.holding_since || t - *point.holding_since < kind.on_delay) return;
  alarm.active = true;
  ++alarm.occurrences;
  alarm.since = point.last.since.value_or(*point.holding_since);
  if (alarm.acknowledged) {  // What someone knew of was over: this is news.
    alarm.acknowledged = false;
    alarm.told = false;
  }
}

void Pass::explain(Point& point, const Point* cause, TimePoint t, const Tuned& kind) {
  Alarm& alarm = *point.alarm;
  if (!alarm.active) {
    alarm.suppressed_by.reset();
    point.cause_gone.reset();
  } else if (cause != nullptr) {
    if (cause->alarm) alarm.suppressed_by = cause->alarm->key;
    point.cause_gone.reset();
  } else if (alarm.suppressed_by) {
    if (!point.cause_gone) point.cause_gone = t;
    if (t - *point.cause_gone < std::max(kind.on_delay, kSettling)) return;
    alarm.suppressed_by.reset();
    point.cause_gone.reset();
  }
}

bool Pass::over(const Alarm& alarm) const {
  if (alarm.active || alarm.shelved_until) return false;
  if (!alarm.told) return true;  // Nobody need acknowledge what nobody was told.
  if (definition(alarm.key.kind).latching == Latching::yes) return false;
  if (alarm.acknowledged) return true;
  const bool waits =
      !alarm.history.empty() && alarm.history.back().state == AlarmState::returned_to_normal;
  return waits && now_ - alarm.changed >= options_.returned_kept;
}

bool Pass::forgotten(const AlarmKey& key, const Point& point) const {
  if (!point.unconfirmed || !state_.restored) return false;
  if (definition(key.kind).renewal == Renewal::until_gone) return false;
  const auto patience = key.asset.value.empty() ? std::chrono::minutes(kConfirmProgram)
                                                : std::chrono::minutes(kConfirmAsset);
  return now_ - *state_.restored >= patience;
}

// Of several causes the one that is an alarm already.
const Point* Pass::cause_of(const AlarmKey& key) const {
  const Point* pending = nullptr;
  for (const Dependence& line : dependences()) {
    if (line.effect != key.kind) continue;
    const AssetId asset = line.reach == Reach::everywhere ? AssetId{} : key.asset;
    for (auto at = state_.points.lower_bound({asset, line.cause, ""});
         at != state_.points.end() && at->first.asset == asset && at->first.kind == line.cause;
         ++at) {
      const Point& point = at->second;
      if (!explains(at->first, key)) continue;
      if (point.alarm && point.alarm->active) return &point;
      if (!point.alarm && point.holding_since) pending = &point;
    }
  }
  return pending;
}

bool Pass::first_of_its_group(const AlarmKey& key) const {
  for (auto at = state_.points.lower_bound({key.asset, AlarmKind{}, ""});
       at != state_.points.end() && at->first.asset == key.asset; ++at) {
    const std::optional<Alarm>& other = at->second.alarm;
    if (other && other->active && !other->suppressed_by && at->first != key &&
        definition(at->first.kind).group == definition(key.kind).group) {
      return false;
    }
  }
  return true;
}

void Pass::emit(Alarm& alarm, AlarmState from, bool was_active) {
  const AlarmState to = state_of(alarm);
  Announce announce = Announce::nothing;
  if (to == AlarmState::unacknowledged && !alarm.told) {
    announce = Announce::raised;
    alarm.told = true;
  } else if (was_active && !alarm.active && alarm.told && to != AlarmState::shelved) {
    announce = Announce::returned;
  }
  transitions_.push_back(record(alarm, from, now_, {}));
  transitions_.back().announce = announce;
}

/// The open alarm whose id begins with `id`.
Result<Alarm*> find_open(State& state, std::string_view id) {
  Alarm* found = nullptr;
  for (auto& [key, point] : state.points) {
    if (id.empty() || !point.alarm || !point.alarm->id.starts_with(id)) continue;
    if (found != nullptr) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("several open alerts begin with {}: {} and {}", id, found->id,
                              point.alarm->id));
    }
    found = &*point.alarm;
  }
  if (found == nullptr) {
    return fail(ErrorCode::not_found, fmt::format("no open alert has the id {}", id));
  }
  return found;
}

Transition act_on(State& state, Alarm& alarm, AlarmState from, const Act& act, TimePoint now) {
  Transition transition = record(alarm, from, now, act);
  if (!alarm.closed) return transition;
  const auto at = state.points.find(transition.alarm.key);
  at->second.alarm.reset();
  if (!at->second.holding_since) state.points.erase(at);
  return transition;
}

}  // namespace

std::vector<Transition> step(State& state, std::span<const Condition> conditions, TimePoint now,
                             const MachineOptions& options) {
  Pass pass(state, now, options);
  for (const Condition& condition : conditions) pass.see(condition);
  pass.settle_all();
  return pass.take();
}

void restore(State& state, std::span<const Alarm> alarms, TimePoint now) {
  state.restored = now;
  for (const Alarm& alarm : alarms) {
    Point& point = state.points[alarm.key];
    point.alarm = alarm;
    point.unconfirmed = true;
    point.last.key = alarm.key;
    state.last_raised = std::max(state.last_raised, alarm.raised);
  }
}

Result<Transition> acknowledge(State& state, std::string_view id, const Act& act, TimePoint now) {
  const auto found = find_open(state, id);
  if (!found) return fail(found.error());
  Alarm& alarm = **found;
  const AlarmState from = state_of(alarm);
  if (alarm.active && alarm.acknowledged) {
    return fail(ErrorCode::conflict, fmt::format("alert {} is already acknowledged", alarm.id));
  }
  alarm.acknowledged = true;
  if (!alarm.active && !alarm.shelved_until) alarm.closed = true;
  return act_on(state, alarm, from, act, now);
}

Result<Transition> shelve(State& state, std::string_view id, std::chrono::minutes time,
                          const Act& act, TimePoint now, const MachineOptions& options) {
  const auto found = find_open(state, id);
  if (!found) return fail(found.error());
  if (time < std::chrono::minutes(1) || time > options.longest_shelf) {
    return fail(ErrorCode::out_of_range,
                fmt::format("an alert can be shelved for 1 to {} minutes, not for {}",
                            options.longest_shelf.count(), time.count()));
  }
  Alarm& alarm = **found;
  const AlarmState from = state_of(alarm);
  alarm.shelved_until = now + time;
  return act_on(state, alarm, from, act, now);
}

Result<Transition> unshelve(State& state, std::string_view id, const Act& act, TimePoint now) {
  const auto found = find_open(state, id);
  if (!found) return fail(found.error());
  Alarm& alarm = **found;
  if (!alarm.shelved_until) {
    return fail(ErrorCode::conflict, fmt::format("alert {} is not shelved", alarm.id));
  }
  const AlarmState from = state_of(alarm);
  alarm.shelved_until.reset();
  if (!alarm.active) alarm.closed = true;
  return act_on(state, alarm, from, act, now);
}

std::vector<Alarm> open_alarms(const State& state) {
  std::vector<const Alarm*> order;  // An alarm is large: the order first, then one copy of each.
  for (const auto& [key, point] : state.points) {
    if (point.alarm) order.push_back(&*point.alarm);
  }
  std::ranges::stable_sort(order, [](const Alarm* a, const Alarm* b) {
    return a->severity != b->severity ? a->severity > b->severity : a->raised > b->raised;
  });
  std::vector<Alarm> all;
  all.reserve(order.size());
  for (const Alarm* alarm : order) all.push_back(*alarm);
  return all;
}

}  // namespace hvac::alerts
