#pragma once

#include <boost/json/fwd.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "registry/version.h"

/// What the gate last said of a version: models/verdicts/vN.json, beside the bundle, which never
/// changes.
namespace hvac::registry {

/// Errors: unavailable.
[[nodiscard]] Result<void> save_verdict(const std::filesystem::path& models, Version version,
                                        std::string_view json);

/// As JSON text; nothing when the gate never judged it. Errors: unavailable.
[[nodiscard]] Result<std::optional<std::string>> read_verdict(const std::filesystem::path& models,
                                                              Version version);

/// Whether the gate accepted `version` in place of `current`.
bool accepted_against(const std::filesystem::path& models, Version version, Version current);

}  // namespace hvac::registry
