#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "drift/reference.h"

/// How far windows depart from the reference when nothing has changed.
namespace hvac::drift {

/// By how much a window departs from a reference, three ways.
struct Departure {
  double psi = 0.0;
  double mean = 0.0;    ///< |Change of the mean| / standard deviation of the reference.
  double spread = 0.0;  ///< |ln of the ratio of standard deviations|.
};

Departure departure(const Moments& reference, const Moments& current, double psi);

/// What is judged of one tag: how many values, and how far they depart.
struct Observed {
  std::uint64_t n = 0;  ///< 0: the tag is not judged.
  Departure departure;
};

/// Above any of these a departure is more than the reference does by itself.
struct Limits {
  double psi_usual = 0.0;  ///< The middle of what psi is when nothing has changed.
  Departure limit;
};

/// The limits of each tag (in the order of `reference.tags`) for a window that is `share` of the
/// reference: in at most `false_alarm_rate` of windows of the same process does any tag exceed any
/// of its limits.
///
/// The window and the reference are drawn anew from the reference's chunks in blocks of a sixteenth
/// of it, the same blocks for all tags, so that correlation in time and between tags stays. Where
/// correlation reaches over blocks the limits grow with it, up to a bound: a series that wanders
/// through its reference a few times only is not excused without end. A window in which three of
/// four tags are closer to the reference than usual has covered the same states, and the limits of
/// the others shrink.
///
/// Source: Kuensch (1989), Annals of Statistics 17:1217 (block bootstrap).
std::vector<Limits> usual_limits(const ModeReference& reference, std::span<const Observed> window,
                                 double share, double false_alarm_rate);

}  // namespace hvac::drift
