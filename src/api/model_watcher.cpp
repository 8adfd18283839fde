#include "api/model_watcher.h"

#include "registry/load_model.h"

namespace hvac::api {

ModelWatcher::ModelWatcher(const registry::Registry& models, std::string selector, ModelSlot& slot,
                           Metrics& metrics, RequestLog& log)
    : models_(models),
      selector_(std::move(selector)),
      slot_(slot),
      metrics_(metrics),
      log_(log),
      seen_(current()) {}

// A `current` that cannot be read is no reason to change anything; verifying the registry tells.
std::optional<registry::Version> ModelWatcher::current() {
  const auto now = models_.current();
  return now ? *now : seen_;
}

void ModelWatcher::check() {
  if (selector_ != "current") return;
  const auto now = current();
  if (now == seen_) return;
  seen_ = now;
  load();
}

void ModelWatcher::reload() {
  seen_ = current();
  load();
}

void ModelWatcher::load() {
  auto model = registry::load_model(models_, selector_);
  if (!model) {
    slot_.set_fault(model.error().message);
    metrics_.count_model_fault();
    log_.add(RequestLog::Level::error, "model not swapped: " + model.error().message);
    return;
  }
  const std::string version = (*model)->info().version;
  slot_.swap(std::move(*model));
  metrics_.count_model_swap();
  log_.add(RequestLog::Level::info, "model in service: " + version);
}

}  // namespace hvac::api
