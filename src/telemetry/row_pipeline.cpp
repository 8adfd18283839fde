#include "telemetry/row_pipeline.h"

#include <algorithm>

namespace hvac::telemetry {

RowPipeline::RowPipeline(std::shared_ptr<const AssetProfile> profile, Sink sink)
    : judge_(profile), sink_(std::move(sink)), rows_(kHeld) {
  for (Row& row : rows_) {
    row.values.resize(profile->tags.size());
    row.quality.resize(profile->tags.size());
  }
}

Result<void> RowPipeline::emit_oldest() {
  Row& row = rows_[(newest_ + kHeld - (held_ - 1)) % kHeld];
  --held_;
  row.judged.values = row.values;
  row.judged.quality = row.quality;
  return sink_(row.judged);
}

void RowPipeline::amend(std::span<const Amendment> amendments) {
  for (const Amendment& amendment : amendments) {
    std::size_t back = 0;
    for (std::size_t k = 1; k < held_ && back < amendment.last_back; ++k) {
      Row& row = rows_[(newest_ + kHeld - k) % kHeld];
      if (row.judged.state != RowState::instant) continue;
      if (++back >= amendment.first_back) row.quality[amendment.tag] = amendment.quality;
    }
  }
}

Result<void> RowPipeline::push(const CsvRow& row) {
  if (held_ == kHeld) {
    if (auto emitted = emit_oldest(); !emitted) return emitted;
  }
  newest_ = (newest_ + 1) % kHeld;
  ++held_;
  Row& slot = rows_[newest_];
  std::copy(row.values.begin(), row.values.end(), slot.values.begin());
  if (row.kind == RowKind::blank) {
    judge_.end_recording();
    std::fill(slot.quality.begin(), slot.quality.end(), Quality::missing);
    slot.judged = {row.row, RowState::blank, {}, row.time, {}, {}};
    return {};
  }
  const StreamJudge::Verdict verdict = judge_.push(slot.values, slot.quality, row.time);
  slot.judged = {row.row, verdict.state, verdict.recording, row.time, {}, {}};
  amend(verdict.amendments);
  return {};
}

Result<void> RowPipeline::finish() {
  while (held_ > 0) {
    if (auto emitted = emit_oldest(); !emitted) return emitted;
  }
  return {};
}

}  // namespace hvac::telemetry
