#pragma once

#include <optional>
#include <string>

#include "api/metrics.h"
#include "api/model_slot.h"
#include "api/request_log.h"
#include "registry/registry.h"

namespace hvac::api {

/// Keeps the model in service what the registry says. One thread; the references outlive it.
class ModelWatcher {
 public:
  /// `selector`: as `registry::load_model`; the slot holds that model already.
  ModelWatcher(const registry::Registry& models, std::string selector, ModelSlot& slot,
               Metrics& metrics, RequestLog& log);

  /// Swaps the model when another one has become current. One that cannot be loaded is logged as
  /// ERROR, once, and the old one goes on.
  void check();

  /// Loads the selected model again, whether it changed or not.
  void reload();

 private:
  std::optional<registry::Version> current();
  void load();

  const registry::Registry& models_;
  std::string selector_;
  ModelSlot& slot_;
  Metrics& metrics_;
  RequestLog& log_;
  std::optional<registry::Version> seen_;
};

}  // namespace hvac::api
