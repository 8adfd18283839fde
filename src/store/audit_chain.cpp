#include "store/audit_chain.h"

#include <fmt/format.h>

#include "store/record_codec.h"

namespace hvac::store {

Result<std::optional<ChainedAudit>> check_audit(const Store& store,
                                                const std::optional<ChainedAudit>& known) {
  constexpr std::size_t kPage = 1000;
  std::optional<ChainedAudit> last;
  for (;;) {
    const std::int64_t next = last ? last->number + 1 : 1;
    const auto page = store.audit(next, kPage);
    if (!page) return fail(page.error());
    for (const ChainedAudit& entry : *page) {
      const std::int64_t number = last ? last->number + 1 : 1;
      if (entry.number != number ||
          entry.hash != chain(entry.entry, number, last ? last->hash : "").hash) {
        return fail(ErrorCode::corrupt,
                    fmt::format("audit entry {} was changed or removed", number));
      }
      if (known && known->number == number && known->hash != entry.hash) {
        return fail(ErrorCode::corrupt,
                    fmt::format("audit entry {} is another than it was before", number));
      }
      last = entry;
    }
    if (page->size() < kPage) break;
  }
  if (known && (!last || last->number < known->number)) {
    return fail(ErrorCode::corrupt, fmt::format("the audit ends at entry {}; there was entry {}",
                                                last ? last->number : 0, known->number));
  }
  return last;
}

}  // namespace hvac::store
