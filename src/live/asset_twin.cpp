#include "live/asset_twin.h"

#include <algorithm>
#include <utility>

#include "base/archive.h"
#include "store/twin_rows.h"

namespace hvac::live {
namespace {

constexpr std::string_view kKind = "twin state";
constexpr std::uint32_t kVersion = 1;

/// A last sample this far ahead of the clock was stamped wrong ...
constexpr std::chrono::hours kAhead{1};
/// ... when a sender whose clock agrees with ours to this says so.
constexpr std::chrono::minutes kAgrees{5};

bool same(const twin::Finding& a, const twin::Finding& b) {
  return a.kind == b.kind && a.tag == b.tag && a.since == b.since;
}

}  // namespace

Site::Site(std::shared_ptr<const telemetry::AssetProfile> of)
    : profile(std::move(of)),
      maker(*profile),
      instant(profile),
      layout(store::sample_layout(*profile)) {}

Serving::Serving(ModelPointer with)
    : model(std::move(with)),
      identity(model->info().version + "|" + model->info().created + "|" +
               model->info().data_sha256),
      layout(store::outcome_layout(model->info().version)) {}

AssetTwin::AssetTwin(AssetId asset, const Site& site, std::shared_ptr<const Serving> serving)
    : asset_(std::move(asset)),
      site_(site),
      serving_(std::move(serving)),
      judge_(site_.profile),
      state_(*serving_->model),
      values_(site_.profile->tags.size()),
      quality_(site_.profile->tags.size()) {}

void AssetTwin::serve(const std::shared_ptr<const Serving>& serving) {
  if (serving == serving_) return;
  if (serving->identity != serving_->identity) twin::change_model(state_, *serving->model);
  serving_ = serving;
}

void AssetTwin::begin_anew() {
  judge_ = telemetry::StreamJudge(site_.profile);
  state_ = twin::State(*serving_->model);
  known_.clear();
}

void AssetTwin::take(const ingest::RawReading& reading, TimePoint now, Produced& into) {
  if (state_.last && reading.time == *state_.last) {
    ++counts_.duplicates;
    return;
  }
  std::ranges::copy(reading.values, values_.begin());
  if (state_.last && reading.time < *state_.last) {
    if (*state_.last < now + kAhead || reading.time > now + kAgrees) {
      ++counts_.late;
      site_.instant.judge(values_, quality_);
      return keep_sample(reading.time, into);
    }
    begin_anew();
  }
  const auto verdict = judge_.push(values_, quality_, reading.time);
  keep_sample(reading.time, into);
  switch (verdict.state) {
    case telemetry::RowState::duplicate:
      ++counts_.duplicates;
      return;
    case telemetry::RowState::reboot:
      ++counts_.reboots;
      return;
    case telemetry::RowState::instant:
    case telemetry::RowState::blank:
      return step(reading.time, verdict.recording, now, into);
  }
}

void AssetTwin::keep_sample(TimePoint time, Produced& into) const {
  into.samples.push_back({asset_, time, site_.layout, values_, quality_});
}

void AssetTwin::step(TimePoint time, telemetry::RecordingId recording, TimePoint now,
                     Produced& into) {
  auto view = std::make_shared<AssetView>();
  view->sample = site_.maker.make(values_, quality_);
  view->sample.time = time;
  view->sample.recording = recording;
  auto outcome = twin::step(state_, *serving_->model, view->sample);
  if (!outcome) {  // Its time was checked above.
    ++counts_.late;
    return;
  }
  ++counts_.samples;
  view->asset = asset_;
  view->received = now;
  view->outcome = std::move(*outcome);
  view->model_version = serving_->model->info().version;
  view->counts = counts_;
  into.outcomes.push_back(store::outcome_row(asset_, view->outcome, serving_->layout));
  keep_findings(view->outcome, into);
  into.views.push_back(std::move(view));
}

void AssetTwin::keep_findings(const twin::Outcome& outcome, Produced& into) {
  for (const twin::Finding& finding : outcome.findings) {
    const bool stored =
        std::ranges::any_of(known_, [&](const twin::Finding& old) { return same(old, finding); });
    if (!stored) into.findings.push_back(store::stored_finding(asset_, finding));
  }
  known_ = outcome.findings;
}

std::string AssetTwin::bytes() const {
  ArchiveWriter writer;
  writer(site_.profile->name, serving_->identity, counts_, judge_, state_);
  return seal(kKind, kVersion, writer.bytes());
}

Result<void> AssetTwin::restore(std::string_view bytes) {
  begin_anew();
  counts_ = {};
  const auto body = unseal(bytes, kKind, kVersion);
  if (!body) return fail(body.error());
  ArchiveReader reader(*body);
  std::string profile;
  std::string identity;
  reader(profile, identity, counts_, judge_, state_);
  if (!reader.good() || !reader.at_end() || profile != site_.profile->name) {
    begin_anew();
    counts_ = {};
    return fail(ErrorCode::corrupt, "twin state: of the profile '" + profile + "', not of '" +
                                        site_.profile->name + "' as it is now");
  }
  if (identity != serving_->identity) twin::change_model(state_, *serving_->model);
  return {};
}

}  // namespace hvac::live
