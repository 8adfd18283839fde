#include "store/engine.h"

#include <array>

namespace hvac::store {
namespace {

constexpr std::array<std::string_view, kTableCount> kNames = {"names",
                                                              "layouts",
                                                              "limits",
                                                              "samples",
                                                              "outcomes",
                                                              "sample_minutes",
                                                              "outcome_minutes",
                                                              "sample_hours",
                                                              "outcome_hours",
                                                              "sample_minute_marks",
                                                              "outcome_minute_marks",
                                                              "sample_hour_marks",
                                                              "outcome_hour_marks",
                                                              "findings",
                                                              "alerts",
                                                              "open_alerts",
                                                              "drift_reports",
                                                              "audit",
                                                              "states",
                                                              "changes"};

}  // namespace

std::string_view name(Table table) { return kNames[static_cast<std::size_t>(table)]; }

}  // namespace hvac::store
