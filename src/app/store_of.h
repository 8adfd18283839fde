#pragma once

#include <memory>

#include "app/context.h"
#include "base/result.h"
#include "store/store.h"

namespace hvac::app {

/// The instance's store, as its settings say. Errors: as config::read_config and opening it.
[[nodiscard]] Result<std::unique_ptr<store::Store>> open_store(const Context& context);

}  // namespace hvac::app
