#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/progress.h"
#include "base/result.h"
#include "ops/catalog.h"

/// Proof that a backup can be restored: it is, beside, and the restored instance runs and answers.
namespace hvac::ops {

/// Asks a server: the body of its answer to GET, or to POST of a body that is not empty.
/// Errors: unavailable, also for an answer that is no success.
using Ask = std::function<Result<std::string>(const std::string& url, const std::string& body)>;

struct DrillOptions {
  std::optional<Secret> secret;
  std::string by;  ///< Who.
  Ask ask;
  /// Of the PostgreSQL server that holds the instance's store: the drill makes a database of its
  /// own there. Empty where the store is a file.
  std::string connection;
};

struct DrillReport {
  TimePoint time;
  std::string backup;  ///< The last of the chain.
  bool passed = false;
  std::string fault;            ///< What failed; empty when passed.
  double rto_s = 0.0;           ///< From the start until the restored instance answered rightly.
  double rpo_s = 0.0;           ///< How much would have been lost.
  bool digest_matches = false;  ///< Predictions are those of the backed up instance ...
  bool served_matches = false;  ///< ... and so are those that the started program serves.
  std::int64_t samples = 0;     ///< Rows in the restored store.
  std::int64_t expected_samples = 0;
  std::string by;
};

/// Restores the newest backup into a scratch instance below the catalogue, starts it, compares, and
/// records the outcome in drills.jsonl. A drill that fails is a report, not an error.
/// Errors: unavailable when it cannot be recorded; interrupted.
[[nodiscard]] Result<DrillReport> drill(const Catalog& catalog, const DrillOptions& options,
                                        const Clock& clock, const Progress& progress);

/// The drills there were, oldest first. Errors: unavailable.
[[nodiscard]] Result<std::vector<DrillReport>> read_drills(const Catalog& catalog);

/// As JSON text, one object.
std::string drill_text(const DrillReport& report);

}  // namespace hvac::ops
