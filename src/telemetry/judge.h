#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "telemetry/identity_rule.h"
#include "telemetry/profile.h"
#include "telemetry/quality.h"
#include "telemetry/sample.h"
#include "telemetry/table.h"

namespace hvac::telemetry {

/// Turns judged values in the order of a profile into a Sample of built-in tags
/// (by Tag::stands_for). Immutable; any thread; does not allocate.
class SampleMaker {
 public:
  explicit SampleMaker(const AssetProfile& profile);
  Sample make(std::span<const double> values, std::span<const Quality> quality) const;

 private:
  struct Place {
    std::size_t tag;  // In the profile.
    std::size_t index;
  };
  std::vector<Place> inputs_;
  std::vector<Place> targets_;
};

/// Judges one instant without history: missing, out of range, wrapped, and the identities between
/// its values. Immutable; any thread; does not allocate after making.
class InstantJudge {
 public:
  /// Requires a profile whose identities are valid (built in or from parse_profile).
  explicit InstantJudge(std::shared_ptr<const AssetProfile> profile);

  /// `values`: one per tag of the profile, NaN where missing, in the site's unit; they leave in
  /// the profile's unit. `quality` receives one per tag.
  void judge(std::span<double> values, std::span<Quality> quality) const;

  /// The same, as a Sample without time and recording.
  Sample sample(std::span<double> values, std::span<Quality> quality) const {
    judge(values, quality);
    return maker_.make(values, quality);
  }

  const AssetProfile& profile() const { return *profile_; }

 private:
  void blame(std::span<const IdentityOutcome> outcomes, std::span<Quality> quality) const;

  std::shared_ptr<const AssetProfile> profile_;
  std::vector<IdentityRule> rules_;
  SampleMaker maker_;
};

/// What later rows revealed about earlier ones.
struct Amendment {
  std::size_t tag = 0;
  std::size_t first_back = 1;  ///< Nearest instant it holds for: 1 = the one before this.
  std::size_t last_back = 1;   ///< Farthest one.
  Quality quality = Quality::good;
};

/// Judges one asset's rows as they come: what InstantJudge sees, and by history stuck sensors,
/// spikes, duplicates, reboots and where recordings end. One thread; does not allocate after the
/// first rows.
class StreamJudge {
 public:
  /// Instants that an amendment can reach back over: duplicates, blanks and reboots do not count.
  static constexpr std::size_t kLookBack = 30;

  explicit StreamJudge(std::shared_ptr<const AssetProfile> profile);

  struct Verdict {
    RowState state = RowState::instant;  ///< Never `blank`.
    RecordingId recording;
    std::span<const Amendment> amendments;  ///< Valid until the next push.
  };

  /// The next row, as in InstantJudge::judge; `time` is kNoTime when unknown.
  Verdict push(std::span<double> values, std::span<Quality> quality, TimePoint time);

  /// The recording ends here, whatever comes next (a blank row in a file).
  void end_recording() { in_recording_ = false; }

  /// What is remembered of the rows so far; fits a judge of the same profile.
  template <class Self, class Archive>
  static void archive(Self& self, Archive& archive) {
    archive(self.last_, self.last_time_, self.in_recording_, self.have_last_, self.recordings_,
            self.runs_, self.jumps_);
  }

 private:
  struct Run {  // Of equal values of a tag that must move.
    std::size_t tag = 0;
    double value = 0.0;
    std::size_t length = 0;
    bool stuck = false;
    std::vector<double> low;  // Of each moving tag while it lasted.
    std::vector<double> high;

    template <class Self, class Archive>
    static void archive(Self& self, Archive& archive) {
      archive(self.tag, self.value, self.length, self.stuck, self.low, self.high);
    }
  };
  struct Jump {
    double before = 0.0;   // Last believed value; NaN when there is none.
    double away = 0.0;     // Value under suspicion; NaN when there is none.
    std::size_t back = 0;  // How many instants ago that was.

    template <class Self, class Archive>
    static void archive(Self& self, Archive& archive) {
      archive(self.before, self.away, self.back);
    }
  };

  void start_recording();
  bool all_zero(std::span<const double> values) const;
  bool repeats(std::span<const double> values, TimePoint time) const;
  void remember(std::span<const double> values, TimePoint time);
  void add_to_last(std::span<const double> values);
  void find_spikes(std::span<const double> values, std::span<Quality> quality);
  void find_stuck(std::span<const double> values, std::span<Quality> quality);
  void extend(Run& run, std::span<const double> values, std::span<const Quality> quality);
  bool others_moved(const Run& run) const;

  InstantJudge instant_;
  std::vector<double> last_;  // Values of the last instant, filled up from its duplicates.
  TimePoint last_time_;
  bool in_recording_ = false;
  bool have_last_ = false;
  std::uint32_t recordings_ = 0;
  std::vector<Run> runs_;
  std::vector<Jump> jumps_;
  std::vector<std::size_t> jumpy_;  // Tags with a greatest step.
  std::vector<Amendment> amendments_;
};

}  // namespace hvac::telemetry
