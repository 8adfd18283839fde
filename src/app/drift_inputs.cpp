#include "app/drift_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <limits>

#include "base/files.h"
#include "registry/registry.h"
#include "telemetry/judge.h"
#include "training/drift_rows.h"

namespace hvac::app {
namespace {

using drift::Reference;
using training::DriftRows;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::shared_ptr<const Reference> share(Reference reference) {
  return std::make_shared<const Reference>(std::move(reference));
}

Result<std::shared_ptr<const Reference>> parsed(const std::string& text, const std::string& name) {
  auto reference = drift::parse_reference(text);
  if (!reference) return fail(reference.error().code, name + ": " + reference.error().message);
  return share(std::move(*reference));
}

// Finds the places of the profile's tags, and of others by name, in rows of a layout.
class RowReader {
 public:
  RowReader(const telemetry::AssetProfile& profile, const std::vector<std::string>& tags)
      : profile_(profile), tags_(tags), maker_(profile) {}

  // The row's measured values in the order of the tags; returns its mode.
  std::uint8_t read(const store::Row& row, std::vector<double>& values) {
    if (row.layout != layout_) {
      layout_ = row.layout;
      place_tags();
    }
    values.assign(tags_.size(), kNan);
    for (std::size_t tag = 0; tag < tags_.size(); ++tag) {
      if (const std::size_t at = tag_places_[tag]; measured(row, at)) values[tag] = row.values[at];
    }
    std::vector<double> all(profile_.tags.size(), kNan);
    std::vector<telemetry::Quality> quality(all.size(), telemetry::Quality::missing);
    for (std::size_t tag = 0; tag < all.size(); ++tag) {
      const std::size_t at = profile_places_[tag];
      if (at == kNowhere || !std::isfinite(row.values[at])) continue;
      all[tag] = row.values[at];
      quality[tag] = row.quality.empty() ? telemetry::Quality::good : row.quality[at];
    }
    return training::drift_mode(maker_.make(all, quality));
  }

 private:
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  static bool measured(const store::Row& row, std::size_t at) {
    return at != kNowhere && std::isfinite(row.values[at]) &&
           (row.quality.empty() || training::is_measured(row.quality[at]));
  }

  std::size_t place(const std::string& name) const {
    const std::vector<std::string>& series = layout_->series;
    const auto found = std::find(series.begin(), series.end(), name);
    return found == series.end() ? kNowhere : static_cast<std::size_t>(found - series.begin());
  }

  void place_tags() {
    tag_places_.clear();
    profile_places_.clear();
    for (const std::string& tag : tags_) tag_places_.push_back(place(tag));
    for (const telemetry::Tag& tag : profile_.tags) profile_places_.push_back(place(tag.name));
  }

  const telemetry::AssetProfile& profile_;
  const std::vector<std::string>& tags_;
  telemetry::SampleMaker maker_;
  std::shared_ptr<const store::Layout> layout_;
  std::vector<std::size_t> tag_places_;
  std::vector<std::size_t> profile_places_;
};

// Numbers the recordings that stored rows are of, from one on.
class RecordingCount {
 public:
  std::uint32_t push(TimePoint time) {
    if (!last_ || time - *last_ > telemetry::kLongestGap) ++recording_;
    last_ = time;
    return recording_;
  }
  /// What follows is another cooler's.
  void end() { last_.reset(); }

 private:
  std::uint32_t recording_ = 0;
  std::optional<TimePoint> last_;
};

// The errors that the twin stored with its outcomes.
Result<PredictionErrors> stored_errors(const store::Store& store, const AssetId& asset,
                                       store::TimeRange range) {
  PredictionErrors errors;
  std::shared_ptr<const store::Layout> layout;
  std::vector<std::array<std::ptrdiff_t, 3>> places;
  std::ptrdiff_t regime = -1;
  const auto visited = store.visit(
      store::Stream::outcomes, asset, range, [&](const store::Row& row) -> Result<void> {
        const auto place = [&](const std::string& name) {
          const auto& series = row.layout->series;
          const auto found = std::find(series.begin(), series.end(), name);
          return found == series.end() ? std::ptrdiff_t{-1} : found - series.begin();
        };
        if (row.layout != layout) {
          layout = row.layout;
          places.clear();
          for (const std::string_view target : telemetry::kTargetNames) {
            const std::string name(target);
            places.push_back(
                {place(name + ".measured"), place(name + ".predicted"), place(name + ".tracked")});
          }
          regime = place("regime");
        }
        const auto value = [&](std::ptrdiff_t at) {
          return at < 0 ? kNan : row.values[static_cast<std::size_t>(at)];
        };
        if (value(regime) != static_cast<double>(features::Regime::fan_on)) return {};
        for (std::size_t t = 0; t < telemetry::kTargetCount; ++t) {
          if (!std::isfinite(value(places[t][0]))) continue;
          errors[t].measured.push_back(value(places[t][0]));
          errors[t].predicted.push_back(value(places[t][1]));
          errors[t].tracked.push_back(value(places[t][2]));
        }
        return {};
      });
  if (!visited) return fail(visited.error());
  return errors;
}

PredictionErrors file_errors(const telemetry::CheckedData& current, const twin::Model* model) {
  if (model == nullptr) return {};
  const telemetry::Table usable = telemetry::usable_instants(current);
  std::vector<telemetry::Sample> samples;
  for (std::size_t row = 0; row < usable.rows(); ++row) {
    samples.push_back(telemetry::sample_at(usable, row));
  }
  return prediction_errors(*model, samples);
}

std::string note_on_rows(const telemetry::CheckedData& data, const std::string& file) {
  for (const telemetry::Block& block : data.blocks) {
    if (block.verdict == telemetry::Verdict::good || block.reasons.empty()) continue;
    return fmt::format("{}: rows {}..{} are {}: {}", file, block.first_row, block.last_row,
                       telemetry::name(block.verdict), block.reasons.front());
  }
  return {};
}

DriftInputs with_window(std::shared_ptr<const Reference> reference,
                        const telemetry::CheckedData& current, DriftRows which,
                        const std::filesystem::path& file,
                        std::shared_ptr<const twin::Model> model) {
  drift::Window window(reference);
  window.add(training::drift_rows(current, which));
  DriftInputs inputs{std::move(reference),
                     std::move(window),
                     file.filename().string(),
                     {},
                     {},
                     {},
                     {},
                     {},
                     file_errors(current, model.get()),
                     model};
  const std::string note = note_on_rows(current, inputs.source);
  if (!note.empty()) {
    inputs.notes.push_back(note + (which == DriftRows::all ? "; compared all the same" : ""));
  }
  if (current.summary.first_time != telemetry::kNoTime) inputs.from = current.summary.first_time;
  if (current.summary.last_time != telemetry::kNoTime) inputs.to = current.summary.last_time;
  return inputs;
}

// A sentence when telemetry from `first` on is too short for a window of `range`; else empty.
std::string too_short(const AssetId& asset, store::TimeRange range, TimePoint first) {
  constexpr double kLeastShare = 0.9;
  using Hours = std::chrono::duration<double, std::ratio<3600>>;
  const double whole = Hours(range.to - range.from).count();
  const double there = Hours(range.to - first).count();
  if (there >= kLeastShare * whole) return "";
  return fmt::format(
      "{} has {:.1f} h of telemetry in the window of {:.1f} h; drift is judged from {:.1f} h on.",
      asset.value, there, whole, kLeastShare * whole);
}

}  // namespace

drift::Options drift_options(const config::Drift& config) {
  drift::Options options;
  options.psi_warning = config.psi_warning;
  options.psi_critical = config.psi_critical;
  options.psi_retrain = config.psi_retrain;
  options.false_alarm_rate = config.false_alarm_rate;
  options.min_samples = static_cast<std::uint64_t>(config.min_samples);
  options.excluded = config.excluded_tags;
  return options;
}

std::filesystem::path rebaselined_file(const std::filesystem::path& home) {
  return home / "monitoring" / "drift_reference.json";
}

std::string current_version(const std::filesystem::path& home) {
  const auto version = registry::Registry(home / "models").current();
  return version && *version ? registry::text(**version) : std::string();
}

Result<std::shared_ptr<const Reference>> reference_in_force(const std::filesystem::path& home) {
  const registry::Registry models(home / "models");
  const auto version = models.current();
  if (!version) return fail(version.error());
  const std::filesystem::path file = rebaselined_file(home);
  if (const auto text = read_file(file)) {
    auto reference = parsed(*text, file.string());
    if (!reference) return reference;
    if (!*version || (*reference)->model_version == registry::text(**version)) return reference;
  } else if (text.error().code != ErrorCode::not_found) {
    return fail(text.error());
  }
  constexpr std::string_view kAdvice =
      "give --reference FILE, or make one with `hvac-twin drift rebaseline --data FILE`";
  if (!*version) {
    return fail(ErrorCode::not_found, fmt::format("there is no drift reference yet: {}", kAdvice));
  }
  const auto bundle = models.read(**version);
  if (!bundle) return fail(bundle.error());
  const auto found = bundle->files.find("drift_reference.json");
  if (found == bundle->files.end()) {
    return fail(ErrorCode::not_found, fmt::format("model {} has no drift reference: {}",
                                                  registry::text(**version), kAdvice));
  }
  auto read = drift::parse_reference(found->second);
  if (!read) {
    return fail(read.error().code, (models.folder_of(**version) / found->first).string() + ": " +
                                       read.error().message);
  }
  read->model_version = registry::text(**version);
  read->created = bundle->manifest.created;
  return share(std::move(*read));
}

Result<DriftInputs> inputs_of_files(const telemetry::CheckedData& reference,
                                    const telemetry::CheckedData& current,
                                    const std::filesystem::path& reference_file,
                                    const std::filesystem::path& current_file,
                                    std::shared_ptr<const twin::Model> model) {
  const training::DriftChoice choice = training::choose_rows(reference, current);
  auto made = drift::make_reference(training::drift_rows(reference, choice.reference));
  if (!made) {
    return fail(made.error().code, reference_file.string() + ": " + made.error().message);
  }
  made->source = reference_file.filename().string();
  DriftInputs inputs =
      with_window(share(std::move(*made)), current, choice.current, current_file, std::move(model));
  if (const std::string note = note_on_rows(reference, inputs.reference->source); !note.empty()) {
    inputs.notes.push_back(note);
  }
  return inputs;
}

DriftInputs inputs_of_file(std::shared_ptr<const Reference> reference,
                           const telemetry::CheckedData& current,
                           const std::filesystem::path& current_file,
                           std::shared_ptr<const twin::Model> model) {
  // A reference was made of usable rows: of a file that has next to none all are compared.
  const bool usable = 2 * current.summary.usable_rows >=
                      current.summary.rows - current.summary.blank_rows -
                          current.summary.duplicate_rows - current.summary.reboot_rows;
  return with_window(std::move(reference), current, usable ? DriftRows::usable : DriftRows::all,
                     current_file, std::move(model));
}

Result<DriftInputs> inputs_of_store(std::shared_ptr<const Reference> reference,
                                    const store::Store& store, const AssetId& asset,
                                    store::TimeRange range, const telemetry::AssetProfile& profile,
                                    std::shared_ptr<const twin::Model> model) {
  drift::Window window(reference);
  const std::vector<std::string> modes = training::drift_modes();
  RowReader reader(profile, reference->tags);
  std::vector<double> values;
  RecordingCount recording;
  TimePoint first = range.to;
  const auto visited =
      store.visit(store::Stream::samples, asset, range, [&](const store::Row& row) -> Result<void> {
        first = std::min(first, row.time);
        const std::uint8_t mode = reader.read(row, values);
        window.push(modes[mode], recording.push(row.time), values);
        return {};
      });
  if (!visited) return fail(visited.error());
  auto errors = stored_errors(store, asset, range);
  if (!errors) return fail(errors.error());
  return DriftInputs{std::move(reference),
                     std::move(window),
                     "telemetry of " + asset.value,
                     asset,
                     range.from,
                     range.to,
                     {},
                     too_short(asset, range, first),
                     std::move(*errors),
                     std::move(model)};
}

Result<drift::Rows> stored_rows(const store::Store& store, std::chrono::milliseconds span,
                                const telemetry::AssetProfile& profile) {
  drift::Rows rows;
  rows.modes = training::drift_modes();
  for (const telemetry::Tag& tag : profile.tags) rows.tags.push_back(tag.name);
  rows.columns.resize(rows.tags.size());
  const auto assets = store.assets();
  if (!assets) return fail(assets.error());
  std::vector<double> values;
  RecordingCount recording;
  for (const store::AssetSummary& asset : *assets) {
    recording.end();
    RowReader reader(profile, rows.tags);
    const store::TimeRange range{asset.last - span, asset.last + std::chrono::milliseconds(1)};
    const auto visited = store.visit(store::Stream::samples, asset.asset, range,
                                     [&](const store::Row& row) -> Result<void> {
                                       rows.mode.push_back(reader.read(row, values));
                                       rows.recording.push_back(recording.push(row.time));
                                       for (std::size_t tag = 0; tag < values.size(); ++tag) {
                                         rows.columns[tag].push_back(values[tag]);
                                       }
                                       return {};
                                     });
    if (!visited) return fail(visited.error());
  }
  return rows;
}

}  // namespace hvac::app
