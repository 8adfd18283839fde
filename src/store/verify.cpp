#include "store/verify.h"

#include <fmt/format.h>

#include "store/record_codec.h"
#include "store/rollup.h"
#include "store/row_codec.h"

namespace hvac::store {
namespace {

bool is_row(const Dictionary& dictionary, std::string_view bytes) {
  const auto layout = layout_of(bytes);
  if (!layout || *layout >= dictionary.layouts().size()) return false;
  DecodedRow row;
  return decode_row(bytes, dictionary.layouts()[*layout].series.size(), row);
}

bool is_rollup(std::string_view bytes) {
  Rollup rollup;
  return decode_rollup(bytes, rollup);
}

}  // namespace

Result<void> EntryCheck::push(const Dictionary& dictionary, const Entry& entry) {
  if (table_ == Table::audit && !continues_chain(entry)) {
    return fail(ErrorCode::corrupt,
                fmt::format("audit entry {} was changed, or one before it is missing", entry.key));
  }
  if (makes_sense(dictionary, entry)) return {};
  return fail(ErrorCode::corrupt,
              fmt::format("table {}: entry {} is damaged", name(table_), entry.key));
}

bool EntryCheck::makes_sense(const Dictionary& dictionary, const Entry& entry) {
  switch (table_) {
    case Table::samples:
    case Table::outcomes:
      return is_row(dictionary, entry.value);
    case Table::sample_minutes:
    case Table::outcome_minutes:
    case Table::sample_hours:
    case Table::outcome_hours:
      return is_rollup(entry.value);
    case Table::findings:
      return parse_finding(entry.value, {}).has_value();
    case Table::alerts:
      return parse_alert(entry.value, {}).has_value();
    case Table::drift_reports:
      return parse_drift_report(entry.value, {}).has_value();
    default:
      return true;
  }
}

bool EntryCheck::continues_chain(const Entry& entry) {
  const auto audit = parse_audit(entry.value, entry.key);
  if (!audit || audit->number != last_number_ + 1) return false;
  if (chain(audit->entry, audit->number, last_hash_).hash != audit->hash) return false;
  last_hash_ = audit->hash;
  last_number_ = audit->number;
  return true;
}

}  // namespace hvac::store
