#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/alarm.h"
#include "alerts/channel.h"
#include "alerts/delivery.h"
#include "alerts/machine.h"
#include "alerts/options.h"
#include "base/asset_id.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"
#include "twin/step.h"

namespace hvac::mqtt {
class Publisher;
}

namespace hvac::alerts {

/// How the alerts fare; what metrics are made of.
struct CenterStatus {
  std::map<AlarmState, std::size_t> open;         ///< Alarms by state.
  std::map<Severity, std::size_t> by_severity;    ///< Active and not suppressed or shelved.
  std::map<AlarmKind, std::uint64_t> raised;      ///< Since the start.
  std::uint64_t transitions = 0;                  ///< Since the start.
  std::uint64_t conditions_dropped = 0;           ///< The queue was full.
  std::uint64_t alarms_refused = 0;               ///< Beyond the most there may be.
  std::size_t unsaved = 0;                        ///< Changes that the store does not have yet.
  std::map<std::string, ChannelStatus> channels;  ///< "mqtt", "email", "webhook".
};

/// What the center needs of others. All outlive it.
struct CenterParts {
  store::Store& store;
  std::filesystem::path folder;  ///< HOME/alerts: what must survive while the store is away.
  mqtt::Publisher* publisher = nullptr;  ///< None: no delivery over MQTT.
  Clock clock = system_clock();
  /// A line for the program's log, from any thread.
  std::function<void(Severity, const std::string&)> log = [](Severity, const std::string&) {};
};

/// For a process that is not the running program, e.g. a backup: leaves `condition` in
/// `folder` (HOME/alerts) for the program, which takes it within a second, or when it starts next.
/// Errors: unavailable, also when a thousand are waiting there.
[[nodiscard]] Result<void> leave_condition(const std::filesystem::path& folder,
                                           const Condition& condition);

/// Sends a test message on that channel now and says what happened; the alerts have no part in it.
/// Errors: not_found for a channel that is not there or not configured; those of Channel::send.
[[nodiscard]] Result<std::string> test_channel(std::string_view channel, const Options& options,
                                               mqtt::Publisher* publisher, std::string_view by,
                                               TimePoint now);

/// Everything that is wrong, told once: takes conditions and outcomes, keeps the alarms in the
/// store, sends messages. It never makes a caller wait for a disk, the store or a peer, except for
/// what people do (acknowledge, shelve). Resource with threads of its own; all functions may be
/// called from any thread.
class AlertCenter {
 public:
  /// Goes on with the alarms of earlier runs and with the messages they could not deliver.
  /// Errors: invalid_argument for options that cannot work; unavailable when the folder cannot be
  /// written. A store that is away is no error: what it holds is taken up when it is back.
  [[nodiscard]] static Result<std::unique_ptr<AlertCenter>> start(const Options& options,
                                                                  CenterParts parts);
  /// What is not delivered waits on disk.
  ~AlertCenter();
  AlertCenter(const AlertCenter&) = delete;
  AlertCenter& operator=(const AlertCenter&) = delete;

  /// Someone saw that a condition holds or is gone. Say it at every look.
  void report(Condition condition);

  /// What a sample meant: its findings become conditions; what is not among them is gone. The
  /// outcomes of one asset come from one thread, in order.
  void observe(const AssetId& asset, const twin::Outcome& outcome);

  /// Takes new options at once, or none of them. Errors: invalid_argument.
  [[nodiscard]] Result<void> configure(const Options& options);

  /// Called with every change of an alarm, on the center's thread; must not block. Before the
  /// first report.
  using Listener = std::function<void(const Transition&)>;
  void listen(Listener listener);

  /// Errors: those of the functions of the same name in machine.h.
  [[nodiscard]] Result<Alarm> acknowledge(std::string_view id, const Act& act);
  [[nodiscard]] Result<Alarm> shelve(std::string_view id, std::chrono::minutes time,
                                     const Act& act);
  [[nodiscard]] Result<Alarm> unshelve(std::string_view id, const Act& act);

  /// The open alarms, the most severe first, then the latest.
  std::vector<Alarm> open() const;
  /// Open and closed ones, the latest first. Errors: those of the store.
  [[nodiscard]] Result<std::vector<Alarm>> recent(std::size_t limit) const;

  CenterStatus status() const;

  /// Waits until all that was reported so far is dealt with and known to the store or the disk.
  void settle();

 private:
  struct State;
  explicit AlertCenter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hvac::alerts
