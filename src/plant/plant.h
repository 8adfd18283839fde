#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "plant/faults.h"
#include "plant/logger.h"
#include "plant/process.h"

/// A simulated unit cooler in its loop and room, whose telemetry looks and fails like a real one.
/// No I/O; the same options give the same readings.
namespace hvac::plant {

/// How its telemetry is marred, as on a real site.
struct Quirks {
  double interval_jitter = 0.2;    ///< Spread of the sampling interval, as a share of it.
  double duplicate_chance = 0.05;  ///< How often an instant is logged twice.
  double missing_chance = 0.001;   ///< How often a value is lost.
  double gaps_per_day = 0.5;       ///< Losses of connection, of minutes to an hour.
  double reboots_per_day = 0.2;    ///< Reboots of the controller: rows of zeros.
};

/// Clean telemetry: every value at every instant, once.
inline constexpr Quirks kNoQuirks{0.0, 0.0, 0.0, 0.0, 0.0};

struct PlantOptions {
  std::uint64_t seed = 1;
  TimePoint start{std::chrono::sys_days{std::chrono::year{2025} / 7 / 1}};
  double interval_s = 10.0;  ///< Between samples, > 0.
  std::vector<Fault> faults;
  Quirks quirks;
  Dimensions dimensions;
};

/// A fault that is there at that instant.
struct ActiveFault {
  std::string name;
  double severity;
};

struct PlantReading {
  TimePoint time;
  std::uint32_t recording;  ///< Counts up after each gap.
  TagValues values;         ///< In the order of kTags; NaN where missing.
  Truth truth;              ///< What is so in truth.
  std::vector<ActiveFault> faults;
};

/// One thread.
class Plant {
 public:
  /// `options.interval_s` must be above 0 (std::logic_error).
  explicit Plant(PlantOptions options);
  ~Plant();
  Plant(Plant&&) noexcept;
  Plant& operator=(Plant&&) noexcept;

  /// Goes on to the next sample.
  PlantReading step();

  /// From now on there is this fault too. Its onset is taken from now.
  void inject(Fault fault);

  /// Ends every fault of that name. Returns whether there was one.
  bool clear(std::string_view fault_name);

  /// Time simulated so far [s].
  double elapsed_s() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// How a history is cut: `coolers` of them, spread over the seasons of the year before
/// `options.start`, give `recordings` each, the first after an hour, the next after `pause_s`.
struct HistoryPlan {
  std::size_t coolers = 24;
  std::size_t recordings = 1;
  double pause_s = 0.0;
};

/// `samples` readings for training, in several recordings, each of another day, set-point and load.
/// A room takes days to become as warm as it gets: rare states need pauses.
std::vector<PlantReading> simulated_history(const PlantOptions& options, std::size_t samples,
                                            const HistoryPlan& plan = {});

}  // namespace hvac::plant
