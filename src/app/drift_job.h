#pragma once

#include <boost/json.hpp>
#include <filesystem>
#include <string>

#include "app/drift_inputs.h"
#include "base/clock.h"
#include "base/result.h"
#include "drift/compare.h"
#include "drift/options.h"
#include "store/store.h"

/// Making drift reports and keeping them.
namespace hvac::app {

/// A comparison and what is read of it.
struct DriftFinding {
  drift::Comparison comparison;
  boost::json::object report;         ///< As docs/drift.md describes it.
  boost::json::object distributions;  ///< As drift::distributions_json.
};

DriftFinding find_drift(const DriftInputs& inputs, const drift::Options& options, TimePoint now);

/// HOME/monitoring/drift_report.json, the newest report ...
std::filesystem::path drift_report_file(const std::filesystem::path& home);
/// ... and the distributions it was made from.
std::filesystem::path drift_distributions_file(const std::filesystem::path& home);

/// Writes both, and a copy of the report named after the time, drift_report_YYYYMMDD_HHMMSS.json.
/// Returns the copy. Errors: unavailable.
[[nodiscard]] Result<std::filesystem::path> keep_report(const std::filesystem::path& home,
                                                        const boost::json::object& report,
                                                        const boost::json::object& distributions,
                                                        TimePoint now);

/// Where the report lies and what it says, for the store.
store::DriftReport report_record(const std::filesystem::path& file,
                                 const boost::json::object& report, TimePoint now);

/// A reference of all that the store holds of the last days of every asset.
/// Errors: rejected when that is too little; those of the store.
[[nodiscard]] Result<drift::Reference> reference_of_store(const store::Store& store,
                                                          const telemetry::AssetProfile& profile);

/// Makes `reference` what telemetry is compared with until another model becomes current, and says
/// so in the audit trail. Errors: unavailable; those of the store.
[[nodiscard]] Result<void> keep_reference(const std::filesystem::path& home, store::Store& store,
                                          drift::Reference reference, const std::string& actor,
                                          const std::string& note, TimePoint now);

}  // namespace hvac::app
