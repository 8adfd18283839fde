#include "app/backup_alert.h"

#include "alerts/center.h"

namespace hvac::app {

Result<void> tell_of_backup(const std::filesystem::path& home, const Result<void>& done) {
  alerts::Condition condition;
  condition.key = {{}, alerts::AlarmKind::backup_failed, ""};
  condition.presence = done ? alerts::Presence::gone : alerts::Presence::holds;
  if (!done) condition.detail = done.error().message;
  return alerts::leave_condition(home / "alerts", condition);
}

}  // namespace hvac::app
