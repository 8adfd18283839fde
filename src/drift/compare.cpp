#include "drift/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "drift/measures.h"
#include "drift/usual.h"

namespace hvac::drift {
namespace {

// A cell with more than a tenth of all values holds one that the tag rests at: others are
// percentiles.
constexpr std::uint64_t kRestingPlaces = 10;

// Where so much of a window lies in the tails of the reference it is somewhere else, whatever the
// reference does by itself.
constexpr double kElsewhere = 0.9;

bool judged(const ModeWindow& mode, std::size_t tag, const Options& options) {
  return mode.reference != nullptr && mode.reference->tags[tag].bins > 0 &&
         mode.tags[tag].moments.n >= options.min_samples;
}

bool excluded(const std::string& tag, const Options& options) {
  return std::find(options.excluded.begin(), options.excluded.end(), tag) != options.excluded.end();
}

// Whether `n` values in a row of `value` are news: the reference moved in every chunk of it, and
// that value is none it rests at.
bool never_held(const TagReference& reference, double value, std::uint64_t n) {
  if (2 * n * kChunks < reference.moments.n) return false;  // Chunks are longer than the window.
  const std::uint64_t there = reference.cells[reference.cell_of(value)];
  if (kRestingPlaces * there > reference.moments.n) return false;
  return std::none_of(reference.chunks.begin(), reference.chunks.end(), [](const Chunk& chunk) {
    return chunk.moments.n > 0 && chunk.moments.low == chunk.moments.high;
  });
}

Status by_thresholds(double psi, const Options& options) {
  return psi >= options.psi_critical  ? Status::critical
         : psi >= options.psi_warning ? Status::warning
                                      : Status::stable;
}

void judge(const TagReference& reference, const Tally& current, const Departure& limit,
           const Departure& seen, const Options& options, ModeDrift& drift) {
  const auto raise = [&](Status status, std::string reason) {
    if (status <= drift.status) return;
    drift.status = status;
    drift.reason = std::move(reason);
  };
  drift.status = Status::stable;
  drift.psi_status = by_thresholds(drift.psi, options);
  drift.significant = seen.psi > limit.psi || seen.mean > limit.mean ||
                      seen.spread > limit.spread ||
                      share_in_tails(reference, current) >= kElsewhere;
  const double least =
      drift.beyond >= options.beyond_critical ? options.beyond_critical : options.beyond_warning;
  if (drift.beyond >= least) {
    raise(least == options.beyond_critical ? Status::critical : Status::warning,
          fmt::format("{:.1f} % of the values lie beyond what the reference reaches ({:.4g} .. "
                      "{:.4g}); limit {:.1f} %",
                      100.0 * drift.beyond, reference.moments.low, reference.moments.high,
                      100.0 * least));
  }
  if (current.moments.low == current.moments.high &&
      never_held(reference, current.moments.low, current.moments.n)) {
    raise(Status::critical,
          fmt::format("holds {:.6g} without moving, which the reference never did",
                      current.moments.mean));
  }
  if (drift.psi_status == Status::stable) return;
  if (drift.significant || options.judged_by == JudgedBy::psi) {
    const bool critical = drift.psi_status == Status::critical;
    std::string why = fmt::format(
        "PSI {:.3f} is at least {:g}; mean {:.4g} -> {:.4g}, standard deviation {:.4g} -> {:.4g}",
        drift.psi, critical ? options.psi_critical : options.psi_warning, drift.mean_reference,
        drift.mean_current, drift.sd_reference, drift.sd_current);
    if (!drift.significant) {
      why += fmt::format(
          "; but parts of the reference differ by up to {:.3f}: this may be no change at all",
          drift.psi_limit);
    }
    raise(drift.psi_status, std::move(why));
  } else if (drift.status == Status::stable) {
    drift.reason = fmt::format(
        "PSI {:.3f} alone would be {}, but parts of the reference differ from each other by up to "
        "{:.3f}: this may be no change at all",
        drift.psi, name(drift.psi_status), drift.psi_limit);
  }
}

ModeDrift measured(const ModeWindow& mode, std::size_t tag) {
  const Tally& current = mode.tags[tag];
  ModeDrift drift;
  drift.mode = mode.name;
  drift.current_n = current.moments.n;
  drift.mean_current = current.moments.mean;
  drift.sd_current = current.moments.sd();
  if (mode.reference == nullptr) return drift;
  const TagReference& reference = mode.reference->tags[tag];
  drift.reference_mode = mode.reference->name;
  drift.reference_n = reference.moments.n;
  if (reference.bins == 0) return drift;
  drift.mean_reference = reference.moments.mean;
  drift.sd_reference = reference.moments.sd();
  drift.bins = reference.bins;
  drift.by_value = reference.by_value;
  if (current.moments.n == 0) return drift;
  drift.psi = psi(reference.bin_counts(reference.cells), reference.bin_counts(current.cells));
  drift.psi_expected = expected_psi(reference.bins, reference.moments.n, current.moments.n);
  drift.ks = kolmogorov_smirnov(reference, current);
  drift.wasserstein = wasserstein(reference, current);
  drift.beyond = share_beyond(reference, current);
  return drift;
}

std::string too_few(const ModeDrift& drift, const Options& options) {
  if (drift.reference_n < kLeastReference) {
    return fmt::format("the reference has {} values in mode {}, at least {} are needed",
                       drift.reference_n, drift.mode, kLeastReference);
  }
  return fmt::format("{} values in mode {}, at least {} are needed", drift.current_n, drift.mode,
                     options.min_samples);
}

// How much of the reference the window is, in rows or in recordings, whichever is less: a day
// without a break is one recording, and tells less than as many rows of many days.
double share_of_reference(const ModeWindow& mode) {
  const auto ratio = [](std::uint64_t part, std::uint64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  const double of_rows = ratio(mode.rows, mode.reference->rows);
  if (mode.recordings == 0 || mode.reference->recordings == 0) return of_rows;
  return std::min(of_rows, ratio(mode.recordings, mode.reference->recordings));
}

// All tags of one mode.
void compare_mode(const ModeWindow& mode, const Options& options, double false_alarm_rate,
                  std::vector<FeatureDrift>& features) {
  std::vector<Observed> observed(features.size());
  std::vector<ModeDrift> drifts;
  for (std::size_t tag = 0; tag < features.size(); ++tag) {
    drifts.push_back(mode.tags.empty() ? ModeDrift{} : measured(mode, tag));
    if (features[tag].excluded || !judged(mode, tag, options)) continue;
    observed[tag] = {
        mode.tags[tag].moments.n,
        departure(mode.reference->tags[tag].moments, mode.tags[tag].moments, drifts.back().psi)};
  }
  if (mode.reference == nullptr) return;
  const std::vector<Limits> limits =
      usual_limits(*mode.reference, observed, share_of_reference(mode), false_alarm_rate);
  for (std::size_t tag = 0; tag < features.size(); ++tag) {
    ModeDrift& drift = drifts[tag];
    if (observed[tag].n > 0) {
      drift.psi_usual = limits[tag].psi_usual;
      drift.psi_limit = limits[tag].limit.psi;
      judge(mode.reference->tags[tag], mode.tags[tag], limits[tag].limit, observed[tag].departure,
            options, drift);
    } else {
      drift.reason = too_few(drift, options);
    }
    if (drift.current_n > 0) features[tag].modes.push_back(std::move(drift));
  }
}

void conclude(FeatureDrift& feature) {
  if (feature.excluded) {
    feature.reason = "excluded by the configuration (drift.excluded)";
  } else if (feature.modes.empty()) {
    feature.reason = "no values to compare";
  }
  if (feature.modes.empty()) return;
  const auto worst = std::max_element(
      feature.modes.begin(), feature.modes.end(), [](const ModeDrift& a, const ModeDrift& b) {
        return std::pair(a.status, a.psi) < std::pair(b.status, b.psi);
      });
  feature.worst = static_cast<std::size_t>(worst - feature.modes.begin());
  if (feature.excluded) return;
  feature.status = worst->status;
  feature.reason = worst->reason;
}

}  // namespace

std::string_view name(Status status) {
  switch (status) {
    case Status::insufficient:
      return "insufficient_data";
    case Status::stable:
      return "stable";
    case Status::warning:
      return "warning";
    case Status::critical:
      return "critical";
  }
  return "insufficient_data";
}

std::size_t Comparison::count(Status status) const {
  return static_cast<std::size_t>(std::count_if(
      features.begin(), features.end(),
      [&](const FeatureDrift& feature) { return !feature.excluded && feature.status == status; }));
}

std::vector<std::string> Comparison::to_retrain(const Options& options) const {
  std::vector<std::string> tags;
  for (const FeatureDrift& feature : features) {
    if (feature.status == Status::critical && feature.psi() > options.psi_retrain) {
      tags.push_back(feature.tag);
    }
  }
  return tags;
}

double Comparison::largest_psi() const {
  double largest = 0.0;
  for (const FeatureDrift& feature : features) {
    if (feature.excluded || feature.status == Status::insufficient) continue;
    const bool counts = feature.status > Status::stable ||
                        feature.modes[feature.worst].psi_status == Status::stable;
    if (counts) largest = std::max(largest, feature.psi());
  }
  return largest;
}

void withhold(Comparison& result, std::string reason) {
  result.overall = Status::insufficient;
  for (FeatureDrift& feature : result.features) {
    if (feature.excluded) continue;
    feature.status = Status::insufficient;
    feature.reason = reason;
    for (ModeDrift& mode : feature.modes) {
      mode.status = Status::insufficient;
      mode.reason = reason;
    }
  }
  result.withheld = std::move(reason);
}

Comparison compare(const Window& window, const Options& options) {
  const Reference& reference = window.reference();
  Comparison result;
  result.current_rows = window.rows();
  result.reference_rows = reference.modes.empty() ? 0 : reference.modes.back().rows;
  for (const std::string& tag : reference.tags) {
    result.features.push_back({tag, Status::insufficient, excluded(tag, options), {}, 0, ""});
  }
  std::size_t judged_modes = 0;
  for (const ModeWindow& mode : window.modes()) {
    if (mode.rows >= options.min_samples && mode.reference != nullptr) ++judged_modes;
    if (mode.rows > 0 && mode.reference == nullptr) result.unmatched_modes.push_back(mode.name);
  }
  for (const ModeWindow& mode : window.modes()) {
    compare_mode(
        mode, options,
        options.false_alarm_rate / static_cast<double>(std::max<std::size_t>(1, judged_modes)),
        result.features);
  }
  for (FeatureDrift& feature : result.features) {
    conclude(feature);
    if (!feature.excluded) result.overall = std::max(result.overall, feature.status);
  }
  return result;
}

}  // namespace hvac::drift
