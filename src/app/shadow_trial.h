#pragma once

#include <boost/json/fwd.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "registry/registry.h"
#include "training/shadow.h"

/// The instance's trial of a challenger: what the registry says of it, and its scores in
/// HOME/models/shadow.json, which the running program keeps.
namespace hvac::app {

/// Who runs in shadow beside whom, and the line of the history that began it.
struct ShadowPair {
  registry::Event start;
  registry::Version champion;

  bool same_trial(const ShadowPair& other) const;
};

/// Nothing when no model runs in shadow. Errors: those of the registry.
[[nodiscard]] Result<std::optional<ShadowPair>> shadow_pair(const registry::Registry& models);

/// The trial with the scores that were saved of it, if any. Errors: those of loading the
/// challenger.
[[nodiscard]] Result<training::ShadowTrial> open_trial(const std::filesystem::path& home,
                                                       const registry::Registry& models,
                                                       const ShadowPair& pair);

/// Both of the above: the trial under way as it was saved last; nothing when no model runs in
/// shadow.
[[nodiscard]] Result<std::optional<training::ShadowTrial>> saved_trial(
    const std::filesystem::path& home, const registry::Registry& models);

/// Errors: unavailable when the disk fails.
[[nodiscard]] Result<void> save_trial(const std::filesystem::path& home,
                                      const std::string& trial_json);

/// {running: false}, or both models side by side and what automatic promotion waits for.
boost::json::object shadow_json(const std::optional<training::ShadowTrial>& trial,
                                const config::Config& settings, TimePoint now);
std::string shadow_text(const std::optional<training::ShadowTrial>& trial,
                        const config::Config& settings, TimePoint now);

}  // namespace hvac::app
