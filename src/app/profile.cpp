#include "app/profile.h"

#include <string>

#include "base/files.h"

namespace hvac::app {

Result<std::shared_ptr<const telemetry::AssetProfile>> load_profile(const Context& context) {
  if (context.profile.empty()) return telemetry::unit_cooler_profile();
  const Result<std::string> text = read_file(context.profile);
  if (!text) return fail(text.error());
  Result<telemetry::AssetProfile> profile =
      telemetry::parse_profile(*text, context.profile.string());
  if (!profile) return fail(profile.error());
  return std::make_shared<const telemetry::AssetProfile>(std::move(*profile));
}

}  // namespace hvac::app
