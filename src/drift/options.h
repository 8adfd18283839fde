#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace hvac::drift {

/// Which PSI the thresholds are held against.
enum class JudgedBy : std::uint8_t {
  significance,  ///< One that is more than the reference varies by itself: for reports that nobody
                 ///< asked for, which may become alarms.
  psi,           ///< Any: for somebody who asks how two sets differ.
};

/// When telemetry is called drifted. A value.
struct Options {
  JudgedBy judged_by = JudgedBy::significance;
  double psi_warning = 0.1;
  double psi_critical = 0.2;
  double psi_retrain = 0.5;       ///< A critical feature above it asks for a new model.
  double beyond_warning = 0.005;  ///< Share of values beyond the fences of the reference ...
  double beyond_critical = 0.02;
  double false_alarm_rate = 0.01;     ///< Of whole windows in which nothing has changed.
  std::uint64_t min_samples = 100;    ///< Values of a tag in a mode, below which it is not judged.
  std::vector<std::string> excluded;  ///< Tags not judged, e.g. seasonal ones.
};

/// Errors: out_of_range, naming the option, its value and its limits.
[[nodiscard]] Result<void> check(const Options& options);

}  // namespace hvac::drift
