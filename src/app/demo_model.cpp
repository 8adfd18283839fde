#include "app/demo_model.h"

#include <ostream>
#include <string>

#include "app/operator_name.h"
#include "app/plant_text.h"
#include "app/training_data.h"
#include "base/files.h"
#include "plant/plant.h"
#include "training/train.h"

namespace hvac::app {
namespace {

// Enough for a sensible demo after some ten seconds, not for the best model there could be.
constexpr std::size_t kInstants = 8'000;
// Many and short ones: what is seldom, such as the heater or a hot room, must have been seen.
constexpr plant::HistoryPlan kHistory{.coolers = 10, .recordings = 16, .pause_s = 5.0 * 3600.0};
constexpr int kTreesPerTarget = 40;

// The same kind of file as a real controller writes, so that it takes the same way in.
Result<void> write_history(const std::filesystem::path& file) {
  std::string text = telemetry_header();
  std::uint32_t recording = 0;
  bool first = true;
  for (const plant::PlantReading& reading : plant::simulated_history({}, kInstants, kHistory)) {
    if (!first && reading.recording != recording) text += blank_row();
    first = false;
    recording = reading.recording;
    text += telemetry_row(reading);
  }
  return write_file_atomically(file, text);
}

}  // namespace

Result<void> ensure_demo_model(const Context& context, registry::Registry& models,
                               const std::shared_ptr<const telemetry::AssetProfile>& profile) {
  const auto current = models.current();
  if (!current) return fail(current.error());
  if (*current) return {};

  *context.err << "no model yet: training one on simulated telemetry, once\n";
  const std::filesystem::path file = context.home / "data" / "simulated_history.csv";
  if (auto written = write_history(file); !written) return written;
  const Progress progress = progress_bar(context);
  const auto data = training::load_dataset(file, profile, part_of(progress, 0.0, 0.05));
  if (!data) return fail(data.error());
  training::FitOptions fit;
  fit.trees.rounds = kTreesPerTarget;
  const auto trained =
      training::train(*data, "simulated", iso_time_now(), fit, part_of(progress, 0.05, 1.0));
  if (!trained) return fail(trained.error());
  const auto files = twin::bundle_files(trained->parts);
  if (!files) return fail(files.error());
  const auto version = models.register_candidate(
      *files,
      {operator_name(), "trained on simulated telemetry for the demo", data->source, data->sha256});
  if (!version) return fail(version.error());
  return begin_training_data(context, file, no_progress());
}

}  // namespace hvac::app
