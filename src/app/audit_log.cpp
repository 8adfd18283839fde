#include "app/audit_log.h"

#include <ostream>

#include "app/operator_name.h"
#include "app/store_of.h"
#include "base/clock.h"

namespace hvac::app {

Result<void> write_audit(const Context& context, std::string_view action, std::string detail) {
  const auto store = open_store(context);
  if (!store) return fail(store.error());
  store::Batch batch;
  batch.audit.push_back(
      {system_clock()(), operator_name(), std::string(action), std::move(detail)});
  const auto written = (*store)->commit(batch);
  if (!written) return fail(written.error());
  return {};
}

Result<bool> in_audit(const Context& context, std::string_view action, std::string_view begin) {
  constexpr std::size_t kAtOnce = 1000;
  const auto store = open_store(context);
  if (!store) return fail(store.error());
  for (std::int64_t from = 1;;) {
    const auto entries = (*store)->audit(from, kAtOnce);
    if (!entries) return fail(entries.error());
    if (entries->empty()) return false;
    for (const store::ChainedAudit& audit : *entries) {
      if (audit.entry.action == action && audit.entry.detail.starts_with(begin)) return true;
    }
    from = entries->back().number + 1;
  }
}

void note_audit(const Context& context, std::string_view action, std::string detail) {
  if (auto written = write_audit(context, action, std::move(detail)); !written) {
    *context.err << "warning: not in the audit: " << written.error().message << "\n";
  }
}

}  // namespace hvac::app
