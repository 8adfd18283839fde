#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "api/ops_service.h"
#include "app/context.h"
#include "app/live_config.h"
#include "app/schedule.h"
#include "base/guarded.h"
#include "store/store.h"

namespace hvac::app {

/// What a running program does for its own upkeep: it keeps itself backed up, and does maintenance
/// that is asked for over HTTP. Any thread.
class Upkeep {
 public:
  enum class Backups { automatic, none };

  /// `store` and `config` must outlive this. `report` is told of backups that fail and work again.
  Upkeep(const Context& context, store::Store& store, const LiveConfig& config, Backups backups,
         Schedule::Report report);
  ~Upkeep();

  const api::UpkeepDesk& desk() const { return desk_; }

 private:
  Result<void> maintain(ops::MaintenanceLevel level, const std::string& operator_name,
                        const std::string& note);

  const std::filesystem::path home_;
  Schedule schedule_;  ///< Of its own: nothing else may hold up what limits a loss.
  Guarded<std::string> under_way_;
  Guarded<std::jthread> maintenance_;
  api::UpkeepDesk desk_;
};

}  // namespace hvac::app
