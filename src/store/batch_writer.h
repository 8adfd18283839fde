#pragma once

#include "base/result.h"
#include "store/dictionary.h"
#include "store/engine.h"
#include "store/folding.h"
#include "store/records.h"

namespace hvac::store {

/// Whether every row fits its layout and every record has its names and a time that can be stored.
/// Errors: invalid_argument, naming the record.
[[nodiscard]] Result<void> check(const Batch& batch);

/// Writes one batch into a transaction, without committing it. Requires a batch that is checked and
/// a dictionary that has caught up.
class BatchWriter {
 public:
  BatchWriter(Writer& writer, Dictionary& dictionary, Folding& folding)
      : writer_(writer), dictionary_(dictionary), folding_(folding) {}

  [[nodiscard]] Result<CommitReport> write(const Batch& batch);

 private:
  Result<std::vector<Entry>> encode_rows(Stream stream, const std::vector<Row>& rows,
                                         RowCounts& counts);
  Result<RowCounts> write_rows(Stream stream, const std::vector<Row>& rows);
  Result<void> write_findings(const std::vector<Finding>& findings);
  Result<void> write_alerts(const std::vector<Alert>& alerts);
  Result<void> write_drift_reports(const std::vector<DriftReport>& reports);
  Result<void> write_audit(const std::vector<AuditEntry>& entries);
  Result<void> write_states(const std::vector<StateEntry>& states);

  Writer& writer_;
  Dictionary& dictionary_;
  Folding& folding_;
};

/// From when on rows of a stream are kept [ms since 1970]; 0 when retention never took any.
[[nodiscard]] Result<std::int64_t> kept_from(Reader& reader, Stream stream);
[[nodiscard]] Result<void> keep_from(Writer& writer, Stream stream, std::int64_t from_ms);

}  // namespace hvac::store
