#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "drift/options.h"
#include "drift/rows.h"

/// Proof of the detector on series whose truth is known.
namespace hvac::drift {

/// `rows` rows of `tags` independent first-order autoregressions around 20 with standard deviation
/// 3; `correlation` in [0, 1) is that of neighbouring values. Mode unknown. Same seed, same rows.
Rows autoregression(std::size_t rows, std::size_t tags, double correlation, std::uint64_t seed);

/// What the detector said of one kind of series.
struct CaseResult {
  std::string name;
  std::string what;     ///< In words.
  bool drifts = false;  ///< Whether there is something to find.
  std::size_t windows = 0;
  std::size_t alarms = 0;  ///< No drift: windows in which any tag was warned of. Drift: windows in
                           ///< which the tag that drifts was critical.
  double required = 0.0;   ///< The rate may not be above it, or below it where something drifts.

  double rate() const { return static_cast<double>(alarms) / static_cast<double>(windows); }
  bool passed() const { return drifts ? rate() >= required : rate() <= required; }
};

/// All cases, with those options but their excluded tags. Takes a few seconds; same options, same
/// result. Errors: interrupted.
[[nodiscard]] Result<std::vector<CaseResult>> prove(const Options& options,
                                                    const Progress& progress);

}  // namespace hvac::drift
