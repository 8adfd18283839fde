#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/asset_id.h"
#include "base/clock.h"
#include "telemetry/quality.h"

/// What a store keeps. Values.
namespace hvac::store {

/// The columns of rows and what they come from; shared by all rows of a kind.
struct Layout {
  std::string origin;               ///< Samples: the profile's name. Outcomes: the model's version.
  std::vector<std::string> series;  ///< Samples: tags of the profile. Outcomes: "UCAOT.predicted".

  friend bool operator==(const Layout&, const Layout&) = default;
};

/// One instant of one asset. Of two rows with the same asset and time the first one is kept.
struct Row {
  AssetId asset;
  TimePoint time;  ///< 1970 or later.
  std::shared_ptr<const Layout> layout;
  std::vector<double> values{};  ///< One per series; NaN means missing.
  /// One per series; none at all means `good` where there is a value and `missing` where not.
  std::vector<telemetry::Quality> quality{};
};

/// The two kinds of rows.
enum class Stream : std::uint8_t {
  samples,   ///< What was measured; values are kept exactly.
  outcomes,  ///< What the twin made of it; values are kept as floats.
};
inline constexpr std::size_t kStreamCount = 2;

/// What the twin found out about an asset. The same asset, time, kind and subject are kept once.
struct Finding {
  AssetId asset;
  TimePoint time;
  std::string kind;     ///< E.g. "coil_fouling".
  std::string subject;  ///< Tag or part it is about; may be empty.
  std::string text;     ///< For the operator.
  std::string data;     ///< JSON, or empty.

  friend bool operator==(const Finding&, const Finding&) = default;
};

enum class AlertState : std::uint8_t { open, closed };

/// The latest state of one alert. Writing it again (same id, same `raised`) replaces it.
struct Alert {
  std::string id;
  AssetId asset;  ///< Empty for an alert of the program itself.
  TimePoint raised;
  AlertState state = AlertState::open;
  std::string severity;
  std::string text;
  std::string data;  ///< JSON, or empty: whatever the alert's owner needs to go on.

  friend bool operator==(const Alert&, const Alert&) = default;
};

/// Who did what. Never changed, never deleted.
struct AuditEntry {
  TimePoint time;
  std::string actor;
  std::string action;
  std::string detail;

  friend bool operator==(const AuditEntry&, const AuditEntry&) = default;
};

/// An audit entry in its chain: `hash` = SHA-256 over the entry and the hash before it.
struct ChainedAudit {
  std::int64_t number = 0;  ///< 1, 2, 3, ...
  AuditEntry entry;
  std::string hash;
};

/// Where a drift report lies and what it says in one word.
struct DriftReport {
  TimePoint time;
  std::string file;
  std::string status;
  std::string summary;  ///< JSON, or empty.

  friend bool operator==(const DriftReport&, const DriftReport&) = default;
};

/// A value kept under a name, e.g. the twin's state of one asset; the last one counts.
struct StateEntry {
  std::string name;
  std::string bytes;
};

/// What is stored together or not at all.
struct Batch {
  std::vector<Row> samples{};
  std::vector<Row> outcomes{};
  std::vector<Finding> findings{};
  std::vector<Alert> alerts{};
  std::vector<AuditEntry> audit{};
  std::vector<DriftReport> drift_reports{};
  std::vector<StateEntry> states{};
};

/// What became of a batch's rows of one stream.
struct RowCounts {
  std::int64_t stored = 0;
  std::int64_t repeated = 0;  ///< Asset and time were there already.
  std::int64_t refused = 0;   ///< Older than what retention keeps, before 1970 or after 2248.

  friend bool operator==(const RowCounts&, const RowCounts&) = default;
};

/// How many a store holds of each.
struct RecordCounts {
  std::int64_t samples = 0;
  std::int64_t outcomes = 0;
  std::int64_t findings = 0;
  std::int64_t alerts = 0;
  std::int64_t drift_reports = 0;
  std::int64_t audit = 0;

  friend bool operator==(const RecordCounts&, const RecordCounts&) = default;
};

struct CommitReport {
  RowCounts samples;
  RowCounts outcomes;
};

}  // namespace hvac::store
