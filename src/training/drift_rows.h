#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "drift/reference.h"
#include "drift/rows.h"
#include "telemetry/check.h"
#include "telemetry/sample.h"

/// Telemetry as drift compares it: within fan on, fan off and unknown; every value that was
/// measured counts, also a believed wrong one (stuck, out of range): wrong is what drift is about.
namespace hvac::training {

/// Names of the modes, in the order of `drift_mode`.
std::vector<std::string> drift_modes();

/// Which mode the sample is in, by the consensus of the fan's signals.
std::uint8_t drift_mode(const telemetry::Sample& sample);

/// Whether a value of that quality was measured at all.
bool is_measured(telemetry::Quality quality);

/// Which rows of a file count.
enum class DriftRows : std::uint8_t {
  usable,  ///< Those in blocks whose columns hold what the header says.
  all,     ///< All instants.
};

/// One row per instant. Tags without any value are left out.
drift::Rows drift_rows(const telemetry::CheckedData& data, DriftRows which);

/// What to compare two files by: usable rows, unless the reference has next to none, or clearly
/// more of the current file is unusable than of the reference. Then all rows of the side that lacks
/// them: columns that no longer hold what they should are drift too.
struct DriftChoice {
  DriftRows reference = DriftRows::usable;
  DriftRows current = DriftRows::usable;
};
DriftChoice choose_rows(const telemetry::CheckedData& reference,
                        const telemetry::CheckedData& current);

}  // namespace hvac::training
