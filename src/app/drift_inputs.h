#pragma once

#include <boost/json/fwd.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/prediction_drift.h"
#include "base/asset_id.h"
#include "base/clock.h"
#include "base/progress.h"
#include "base/result.h"
#include "config/config.h"
#include "drift/compare.h"
#include "drift/options.h"
#include "drift/reference.h"
#include "store/store.h"
#include "telemetry/check.h"
#include "telemetry/profile.h"
#include "twin/model.h"

/// Where drift reports get their two sides from.
namespace hvac::app {

/// What is compared with what.
struct DriftInputs {
  std::shared_ptr<const drift::Reference> reference;
  drift::Window window;
  std::string source;  ///< Of the window, for people.
  AssetId asset;       ///< Empty: a file.
  std::optional<TimePoint> from, to;
  std::vector<std::string> notes;
  std::string too_short;  ///< Why the window cannot be judged, a sentence; empty: it can.
  PredictionErrors errors;
  std::shared_ptr<const twin::Model> model;  ///< Whose errors; none: there are none.
};

drift::Options drift_options(const config::Drift& config);

/// HOME/monitoring/drift_reference.json.
std::filesystem::path rebaselined_file(const std::filesystem::path& home);

/// The reference that was rebaselined while the current model was current, else the one the current
/// model was trained on. Errors: not_found, saying what to do; corrupt, naming the file;
/// unavailable.
[[nodiscard]] Result<std::shared_ptr<const drift::Reference>> reference_in_force(
    const std::filesystem::path& home);

/// The version of the current model; empty when there is none.
std::string current_version(const std::filesystem::path& home);

/// One side of a comparison of files. Errors: as telemetry::check_file; rejected when nothing in
/// `reference` can be used. `model` may be null.
[[nodiscard]] Result<DriftInputs> inputs_of_files(const telemetry::CheckedData& reference,
                                                  const telemetry::CheckedData& current,
                                                  const std::filesystem::path& reference_file,
                                                  const std::filesystem::path& current_file,
                                                  std::shared_ptr<const twin::Model> model);

/// A file against a reference made earlier.
[[nodiscard]] DriftInputs inputs_of_file(std::shared_ptr<const drift::Reference> reference,
                                         const telemetry::CheckedData& current,
                                         const std::filesystem::path& current_file,
                                         std::shared_ptr<const twin::Model> model);

/// What the store holds of an asset in [from, to) against a reference. Too short to be judged when
/// its telemetry does not reach back over nine tenths of that: a morning differs from a year of
/// days, and nothing has drifted. Errors: those of the store.
[[nodiscard]] Result<DriftInputs> inputs_of_store(std::shared_ptr<const drift::Reference> reference,
                                                  const store::Store& store, const AssetId& asset,
                                                  store::TimeRange range,
                                                  const telemetry::AssetProfile& profile,
                                                  std::shared_ptr<const twin::Model> model);

/// The measured rows of the last `span` of each asset, asset after asset. Errors: those of the
/// store.
[[nodiscard]] Result<drift::Rows> stored_rows(const store::Store& store,
                                              std::chrono::milliseconds span,
                                              const telemetry::AssetProfile& profile);

}  // namespace hvac::app
