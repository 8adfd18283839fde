#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "registry/proposals.h"
#include "store/store.h"

/// Sensors and coolers are exchanged: what was measured before does not tell how they behave now.
namespace hvac::app {

/// Proposes retraining because the equipment was changed at `at`: `what`, as `by` says. Returns the
/// proposal's number. Errors: those of registry::ProposalBook::open.
[[nodiscard]] Result<std::int64_t> mark_equipment_change(registry::ProposalBook& book,
                                                         const std::string& what, TimePoint at,
                                                         const std::string& by);

/// From when on telemetry is learned from, and why.
struct LearnFrom {
  TimePoint since = TimePoint::min();  ///< Then all of it.
  std::string why{};

  bool limited() const { return since != TimePoint::min(); }
};

/// From `wanted` on, or else from the last change of the equipment.
/// Errors: those of registry::ProposalBook::all.
[[nodiscard]] Result<LearnFrom> learn_from(const registry::ProposalBook& book,
                                           std::optional<TimePoint> wanted);

/// How far what an open proposal waits for is there, "312 of 10000 samples since 2026-11-24T08:15";
/// empty when it waits for nothing: no equipment was changed, or `needed` samples from after that
/// are stored. Errors: those of the store.
[[nodiscard]] Result<std::string> waits_for(const registry::Proposal& proposal,
                                            const store::Store& store, std::int64_t needed);

}  // namespace hvac::app
