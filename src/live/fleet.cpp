#include "live/fleet.h"

namespace hvac::live {

/// What `push` keeps of one asset.
struct Fleet::Twin {
  Twin(std::shared_ptr<const telemetry::AssetProfile> profile, ModelPointer with)
      : judge(std::move(profile)), model(std::move(with)), state(*model) {}

  telemetry::StreamJudge judge;
  ModelPointer model;
  twin::State state;
  ReadingCounts counts;
};

Fleet::Fleet(std::shared_ptr<const telemetry::AssetProfile> profile, ModelPointer model)
    : profile_(std::move(profile)),
      maker_(*profile_),
      quality_(profile_->tags.size()),
      model_(std::move(model)) {}

Fleet::~Fleet() = default;

void Fleet::listen(Listener listener) { listeners_.push_back(std::move(listener)); }

void Fleet::use(ModelPointer model) {
  model_.with([&](ModelPointer& current) { current = std::move(model); });
}

Fleet::Twin& Fleet::twin_of(const AssetId& asset, const ModelPointer& model) {
  auto& twin = twins_[asset];
  if (!twin) twin = std::make_unique<Twin>(profile_, model);
  if (twin->model != model) {
    twin::change_model(twin->state, *model);
    twin->model = model;
  }
  return *twin;
}

void Fleet::push(const AssetId& asset, TimePoint time, std::span<double> values) {
  Twin& twin = twin_of(asset, model_.with([](const ModelPointer& model) { return model; }));
  if (twin.state.last && time <= *twin.state.last) {
    ++(time == *twin.state.last ? twin.counts.duplicates : twin.counts.late);
    return;
  }
  const auto verdict = twin.judge.push(values, quality_, time);
  if (verdict.state == telemetry::RowState::duplicate) {
    ++twin.counts.duplicates;
    return;
  }
  if (verdict.state == telemetry::RowState::reboot) {
    ++twin.counts.reboots;
    return;
  }
  auto view = std::make_shared<AssetView>();
  view->sample = maker_.make(values, quality_);
  view->sample.time = time;
  view->sample.recording = verdict.recording;
  auto outcome = twin::step(twin.state, *twin.model, view->sample);
  if (!outcome) {  // Its time was checked above.
    ++twin.counts.late;
    return;
  }
  ++twin.counts.samples;
  view->asset = asset;
  view->outcome = std::move(*outcome);
  view->model_version = twin.model->info().version;
  view->counts = twin.counts;
  const std::shared_ptr<const AssetView> done = std::move(view);
  views_.with([&](auto& views) { views[asset] = done; });
  for (const Listener& listener : listeners_) listener(done);
}

std::vector<std::shared_ptr<const AssetView>> Fleet::views() const {
  return views_.with([](const auto& views) {
    std::vector<std::shared_ptr<const AssetView>> all;
    for (const auto& [asset, view] : views) all.push_back(view);
    return all;
  });
}

Result<std::shared_ptr<const AssetView>> Fleet::view(const AssetId& asset) const {
  return views_.with([&](const auto& views) -> Result<std::shared_ptr<const AssetView>> {
    const auto found = views.find(asset);
    if (found != views.end()) return found->second;
    std::string known;
    for (const auto& [id, view] : views) known += (known.empty() ? "" : ", ") + id.value;
    return fail(ErrorCode::not_found, "asset " + asset.value + " has sent nothing" +
                                          (known.empty() ? "" : "; there are " + known));
  });
}

}  // namespace hvac::live
