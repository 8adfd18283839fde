#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "mqtt/client.h"

namespace hvac::app {

/// What the broker knows a client of this instance by: the same at every start.
std::string client_name(const config::Mqtt& options, const std::filesystem::path& home,
                        std::string_view part);

/// How this instance connects to the broker of its settings. `part` tells its clients apart.
/// Errors: invalid_argument for the URL; not_found, unavailable for the password's file.
[[nodiscard]] Result<mqtt::ClientOptions> broker_client(const config::Mqtt& options,
                                                        const std::filesystem::path& home,
                                                        std::string_view part);

}  // namespace hvac::app
