#pragma once

#include <memory>
#include <string>

#include "store/engine.h"

namespace hvac::store {

/// Tables in the schema `hvac_twin` of a PostgreSQL database; connects again after the server was
/// away. Errors: as open_postgres.
[[nodiscard]] Result<std::unique_ptr<Engine>> make_postgres_engine(const std::string& connection);

}  // namespace hvac::store
