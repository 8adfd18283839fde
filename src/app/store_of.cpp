#include "app/store_of.h"

#include "config/config.h"
#include "store/open.h"

namespace hvac::app {

Result<std::unique_ptr<store::Store>> open_store(const Context& context) {
  const auto settings = config::read_config(config::config_file(context.home));
  if (!settings) return fail(settings.error());
  return store::open_store(settings->store.url, context.home / "data" / "telemetry.db");
}

}  // namespace hvac::app
