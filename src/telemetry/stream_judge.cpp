#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "telemetry/judge.h"

namespace hvac::telemetry {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Logged again within this time with the same values: the same instant.
constexpr std::chrono::milliseconds kSameInstant{1000};
/// A sensor is stuck only when others moved by this many of their own steps meanwhile.
constexpr double kMovedSteps = 50.0;
/// Values two rows must share before their equality means anything.
constexpr std::size_t kLeastCommon = 3;

}  // namespace

StreamJudge::StreamJudge(std::shared_ptr<const AssetProfile> profile)
    : instant_(profile), last_(profile->tags.size(), kNaN), last_time_(kNoTime) {
  for (std::size_t i = 0; i < profile->tags.size(); ++i) {
    const Tag& tag = profile->tags[i];
    if (!tag.may_hold) runs_.push_back({i, kNaN, 0, false, {}, {}});
    if (tag.max_step < tag.high - tag.low) jumpy_.push_back(i);
  }
  for (Run& run : runs_) {
    run.low.assign(runs_.size(), kNaN);
    run.high.assign(runs_.size(), kNaN);
  }
  jumps_.assign(jumpy_.size(), {kNaN, kNaN, 0});
}

void StreamJudge::start_recording() {
  in_recording_ = true;
  have_last_ = false;
  last_time_ = kNoTime;
  ++recordings_;
  for (Run& run : runs_) run.length = 0;
  std::fill(jumps_.begin(), jumps_.end(), Jump{kNaN, kNaN, 0});
}

StreamJudge::Verdict StreamJudge::push(std::span<double> values, std::span<Quality> quality,
                                       TimePoint time) {
  amendments_.clear();
  instant_.judge(values, quality);
  const bool jumped = time != kNoTime && last_time_ != kNoTime &&
                      (time < last_time_ || time - last_time_ > kLongestGap);
  if (!in_recording_ || jumped) start_recording();
  Verdict verdict{RowState::instant, RecordingId{recordings_ - 1}, {}};
  const bool nothing =
      std::all_of(quality.begin(), quality.end(), [](Quality q) { return q == Quality::missing; });
  if (nothing) return verdict;
  if (all_zero(values)) {
    verdict.state = RowState::reboot;
    std::replace_if(
        quality.begin(), quality.end(), [](Quality q) { return q != Quality::missing; },
        Quality::reboot);
    return verdict;
  }
  if (have_last_ && repeats(values, time)) {
    verdict.state = RowState::duplicate;
    add_to_last(values);
    std::replace(quality.begin(), quality.end(), Quality::good, Quality::duplicate);
    return verdict;
  }
  find_spikes(values, quality);
  find_stuck(values, quality);
  remember(values, time);
  verdict.amendments = amendments_;
  return verdict;
}

// Zero is a valid flow or speed, so a row of zeros is a reboot only when it holds a value that
// cannot be zero.
bool StreamJudge::all_zero(std::span<const double> values) const {
  bool impossible = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    const Tag& tag = instant_.profile().tags[i];
    const double zero = tag.offset;  // What a site's 0 becomes.
    if (values[i] != zero) return false;
    impossible = impossible || zero < tag.low || zero > tag.high;
  }
  return impossible;
}

bool StreamJudge::repeats(std::span<const double> values, TimePoint time) const {
  const bool timed = time != kNoTime && last_time_ != kNoTime;
  if (timed && time == last_time_) return true;
  if (timed && time - last_time_ >= kSameInstant) return false;
  std::size_t common = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i]) || std::isnan(last_[i])) continue;
    if (values[i] != last_[i]) return false;
    ++common;
  }
  return common >= kLeastCommon;
}

void StreamJudge::remember(std::span<const double> values, TimePoint time) {
  std::copy(values.begin(), values.end(), last_.begin());
  last_time_ = time;
  have_last_ = true;
}

void StreamJudge::add_to_last(std::span<const double> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(last_[i])) last_[i] = values[i];
  }
}

// A jump is suspected at once and proved by the value after it: back again, it was a spike; still
// there, it was a real change and the suspicion is taken back.
void StreamJudge::find_spikes(std::span<const double> values, std::span<Quality> quality) {
  for (std::size_t k = 0; k < jumpy_.size(); ++k) {
    const std::size_t tag = jumpy_[k];
    ++jumps_[k].back;
    if (quality[tag] != Quality::good) continue;
    const double greatest = instant_.profile().tags[tag].max_step;
    Jump& jump = jumps_[k];
    const double value = values[tag];
    if (!std::isnan(jump.away) && std::abs(value - jump.away) <= greatest &&
        std::abs(value - jump.before) > greatest) {
      if (jump.back <= kLookBack) {
        amendments_.push_back({tag, jump.back, jump.back, Quality::good});
      }
    } else if (std::abs(value - jump.before) > greatest) {
      quality[tag] = Quality::spike;
      jump.away = value;
      jump.back = 0;
      continue;
    }
    jump = {value, kNaN, 0};
  }
}

bool StreamJudge::others_moved(const Run& run) const {
  std::size_t present = 0;
  std::size_t moved = 0;
  for (std::size_t k = 0; k < runs_.size(); ++k) {
    const double span = run.high[k] - run.low[k];
    if (runs_[k].tag == run.tag || std::isnan(span)) continue;
    ++present;
    if (span > kMovedSteps * instant_.profile().tags[runs_[k].tag].resolution) ++moved;
  }
  return moved > 0 && 2 * moved >= present;
}

void StreamJudge::extend(Run& run, std::span<const double> values,
                         std::span<const Quality> quality) {
  const bool goes_on = run.length > 0 && values[run.tag] == run.value;
  if (!goes_on) {
    run.value = values[run.tag];
    run.length = 0;
    run.stuck = false;
  }
  ++run.length;
  for (std::size_t k = 0; k < runs_.size(); ++k) {
    const double value = quality[runs_[k].tag] == Quality::good ? values[runs_[k].tag] : kNaN;
    run.low[k] = goes_on ? std::fmin(run.low[k], value) : value;
    run.high[k] = goes_on ? std::fmax(run.high[k], value) : value;
  }
}

void StreamJudge::find_stuck(std::span<const double> values, std::span<Quality> quality) {
  for (Run& run : runs_) {
    if (quality[run.tag] != Quality::good) {
      run.length = 0;
      continue;
    }
    extend(run, values, quality);
    if (run.stuck || run.length < kLookBack || !others_moved(run)) continue;
    run.stuck = true;
    amendments_.push_back({run.tag, 1, kLookBack - 1, Quality::stuck});
  }
  for (const Run& run : runs_) {
    if (run.length > 0 && run.stuck) quality[run.tag] = Quality::stuck;
  }
}

}  // namespace hvac::telemetry
