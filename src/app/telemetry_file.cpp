#include "app/telemetry_file.h"

#include "app/profile.h"

namespace hvac::app {

Result<training::Dataset> load_telemetry(const Context& context, const std::filesystem::path& file,
                                         const Progress& progress) {
  const auto profile = load_profile(context);
  if (!profile) return fail(profile.error());
  return training::load_dataset(file, *profile, progress);
}

}  // namespace hvac::app
