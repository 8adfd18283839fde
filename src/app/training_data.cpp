#include "app/training_data.h"

#include <boost/json.hpp>

#include "app/data_text.h"
#include "app/profile.h"
#include "base/files.h"
#include "base/json.h"
#include "telemetry/prepare.h"

namespace hvac::app {

std::filesystem::path training_data_file(const Context& context) {
  return context.home / "data" / "training.csv";
}

Result<void> begin_training_data(const Context& context, const std::filesystem::path& file,
                                 const Progress& progress) {
  const std::filesystem::path output = training_data_file(context);
  if (std::filesystem::exists(output)) return {};
  if (auto made = make_folder(output.parent_path()); !made) return made;
  const auto profile = load_profile(context);
  if (!profile) return fail(profile.error());
  telemetry::PrepareOptions options;
  options.least_samples = 0;  // The model is there: its data are what they are.
  const auto prepared = telemetry::prepare({file}, output, *profile, options, progress);
  if (!prepared) return fail(prepared.error());
  const auto provenance = provenance_json(*prepared, output, **profile);
  if (!provenance) return fail(provenance.error());
  return write_file_atomically(telemetry::provenance_file(output),
                               json_text(*provenance, JsonLayout::pretty));
}

}  // namespace hvac::app
