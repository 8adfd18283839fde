#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "alerts/alarm.h"
#include "alerts/channel.h"
#include "base/result.h"
#include "store/store.h"

namespace hvac::alerts {

/// A message and the channel it is for.
struct Outgoing {
  std::string channel;
  Message message;
};

/// What an earlier run left on disk.
struct Left {
  std::vector<Alarm> alarms;       ///< Open ones, and closed ones that the store may not have.
  std::vector<Outgoing> outgoing;  ///< What may not have reached the channels.
};

/// Where alarms outlive the program: at once in a file, soon after in the store. While the store
/// is away the file has all of it. Resource with a thread; any thread.
class Journal {
 public:
  using Log = std::function<void(Severity, const std::string&)>;

  /// Reads what the file has. A damaged one is put aside and said so: the store has most of it.
  /// Errors: unavailable.
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open(store::Store& store,
                                                             const std::filesystem::path& file,
                                                             Log log);
  /// Tries once more to store what the store does not have.
  ~Journal();

  const Left& left() const;

  /// `open`: all that are open now; `changed`: those that changed, closed ones too; `outgoing`:
  /// messages about to be handed to the channels. On disk when it returns, unless the disk is full:
  /// then that is logged and the store gets it all the same.
  void save(const std::vector<Alarm>& open, const std::vector<Alarm>& changed,
            const std::vector<Outgoing>& outgoing);

  /// An entry for the store's audit.
  void audit(store::AuditEntry entry);

  /// Waits until the store has all, not longer than `patience`. Whether it has.
  bool flush(std::chrono::milliseconds patience);

  /// Changes that the store does not have yet.
  std::size_t unsaved() const;

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hvac::alerts
