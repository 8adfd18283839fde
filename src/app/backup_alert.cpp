#include "app/backup_alert.h"

#include "alerts/center.h"

namespace hvac::app {

Result<void> tell_of_backup(const std::filesystem::path& home, const Result<void>& done) {
  alerts::Condition condition =
      alerts::condition_of({{}, alerts::AlarmKind::backup_failed, ""}, !done);
  if (!done) condition.detail = done.error().message;
  return alerts::leave_condition(home / "alerts", condition);
}

}  // namespace hvac::app
