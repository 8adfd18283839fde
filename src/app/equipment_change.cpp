#include "app/equipment_change.h"

#include <fmt/format.h>

#include "app/stored_telemetry.h"
#include "base/iso_time.h"
#include "telemetry/fields.h"

namespace hvac::app {

Result<std::int64_t> mark_equipment_change(registry::ProposalBook& book, const std::string& what,
                                           TimePoint at, const std::string& by) {
  return book.open({.kind = registry::ProposalKind::retrain,
                    .trigger = "equipment",
                    .text = fmt::format("equipment was changed: {}", what),
                    .version = std::nullopt,
                    .by = by,
                    .since = iso_text(at)});
}

Result<LearnFrom> learn_from(const registry::ProposalBook& book, std::optional<TimePoint> wanted) {
  if (wanted == TimePoint::min()) return LearnFrom{};
  if (wanted) return LearnFrom{*wanted, "as was asked for"};
  const auto proposals = book.all();
  if (!proposals) return fail(proposals.error());
  const auto change = registry::last_equipment_change(*proposals);
  if (!change) return LearnFrom{};
  const auto since = telemetry::parse_iso_time(change->since);
  if (!since) {
    return fail(ErrorCode::corrupt,
                fmt::format("proposal {}: \"{}\" is no time", change->id, change->since));
  }
  return LearnFrom{*since, change->text};
}

Result<std::string> waits_for(const registry::Proposal& proposal, const store::Store& store,
                              std::int64_t needed) {
  const auto since = telemetry::parse_iso_time(proposal.since);
  if (!since || proposal.state != registry::ProposalState::open) return std::string();
  const auto samples = samples_since(store, *since, needed);
  if (!samples) return fail(samples.error());
  if (*samples >= needed) return std::string();
  return fmt::format("{} of {} samples since {}", *samples, needed, proposal.since);
}

}  // namespace hvac::app
