#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "drift/options.h"
#include "drift/reference.h"
#include "drift/window.h"

namespace hvac::drift {

enum class Status : std::uint8_t {
  insufficient,  ///< Too few values to say.
  stable,
  warning,
  critical,
};
std::string_view name(Status status);  ///< "insufficient_data", "stable", ...

/// One tag in one mode, window against reference.
struct ModeDrift {
  std::string mode;
  std::string reference_mode;  ///< Mode of the reference it is compared with.
  Status status = Status::insufficient;
  std::string
      reason;  ///< For an operator; when stable, why a high PSI is none of concern, or empty.
  Status psi_status = Status::insufficient;  ///< What the thresholds alone make of PSI.
  std::uint64_t reference_n = 0;
  std::uint64_t current_n = 0;
  std::size_t bins = 0;
  bool by_value = false;
  double psi = 0.0;
  double psi_expected = 0.0;  ///< When nothing has changed and values are independent.
  double psi_usual = 0.0;     ///< When nothing has changed, as the reference varies by itself ...
  double psi_limit = 0.0;     ///< ... and what it hardly ever exceeds then.
  bool significant = false;   ///< More than the reference varies by itself.
  double ks = 0.0;
  double wasserstein = 0.0;  ///< [unit of the tag]
  double mean_reference = 0.0;
  double mean_current = 0.0;
  double sd_reference = 0.0;
  double sd_current = 0.0;
  double beyond = 0.0;  ///< Share of values beyond the fences of the reference.
};

struct FeatureDrift {
  std::string tag;
  Status status = Status::insufficient;
  bool excluded = false;         ///< Not judged because the configuration says so.
  std::vector<ModeDrift> modes;  ///< Those that have values of the tag.
  std::size_t worst = 0;         ///< Which of them decides; none when there are none.
  std::string reason;            ///< As of that mode.

  /// Of the mode that decides; 0 when there is none.
  double psi() const { return modes.empty() ? 0.0 : modes[worst].psi; }
};

/// What a window says of an asset. A value.
struct Comparison {
  Status overall = Status::insufficient;
  std::vector<FeatureDrift> features;  ///< In the order of Reference::tags.
  std::uint64_t reference_rows = 0;
  std::uint64_t current_rows = 0;
  std::vector<std::string> unmatched_modes;  ///< Of the window, with rows but nothing in the
                                             ///< reference to compare them with.
  std::string withheld;                      ///< Why nothing is judged; empty when it is.

  std::size_t count(Status status) const;  ///< Of features that are not excluded.
  std::vector<std::string> to_retrain(const Options& options) const;  ///< Tags.

  /// Greatest PSI of the judged tags, without those whose PSI is large and yet no drift.
  double largest_psi() const;
};

/// Compares each tag within each mode. A tag has drifted when its PSI reaches a threshold and
/// (unless it is judged by PSI alone) it departs from the reference by more than the reference does
/// by itself; or when values lie beyond the reference; or when it holds one value and never did
/// before.
Comparison compare(const Window& window, const Options& options);

/// Takes every verdict back: the window cannot tell, because of `reason` (a sentence).
void withhold(Comparison& result, std::string reason);

}  // namespace hvac::drift
