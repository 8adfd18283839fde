#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/records.h"

/// Records as JSON text. The parsers take the record's time from its key and return nothing for
/// bytes that are no such record.
namespace hvac::store {

std::string encode(const Finding& finding);
std::string encode(const Alert& alert);
std::string encode(const DriftReport& report);

std::optional<Finding> parse_finding(std::string_view bytes, TimePoint time);
std::optional<Alert> parse_alert(std::string_view bytes, TimePoint raised);
std::optional<DriftReport> parse_drift_report(std::string_view bytes, TimePoint time);

/// The entry that follows the one with the hash `before` (empty for the first).
ChainedAudit chain(const AuditEntry& entry, std::int64_t number, const std::string& before);
std::string encode(const ChainedAudit& audit);
std::optional<ChainedAudit> parse_audit(std::string_view bytes, std::int64_t number);

}  // namespace hvac::store
