#include "app/profile.h"

namespace hvac::app {

Result<std::shared_ptr<const telemetry::AssetProfile>> load_profile(const Context& context) {
  if (context.profile.empty()) return telemetry::unit_cooler_profile();
  return fail(ErrorCode::unavailable,
              context.profile.string() + ": profiles of a site's own cannot be read yet");
}

}  // namespace hvac::app
