#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "registry/registry.h"
#include "twin/model.h"

namespace hvac::registry {

/// A model and what its manifest says.
struct LoadedModel {
  std::shared_ptr<const twin::Model> model;
  Manifest manifest;
};

/// As `load_model`, with the manifest.
[[nodiscard]] Result<LoadedModel> load_with_manifest(const Registry& registry,
                                                     std::string_view selector);

/// The model a command's `--model` means: "current", a version ("v3") or a bundle's folder.
/// Errors: not_found (with what to do when no model is there yet), corrupt, unavailable.
[[nodiscard]] Result<std::shared_ptr<const twin::Model>> load_model(const Registry& registry,
                                                                    std::string_view selector);

}  // namespace hvac::registry
