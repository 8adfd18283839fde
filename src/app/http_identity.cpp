#include "app/http_identity.h"

#include <cstdlib>

namespace hvac::app {

api::HttpIdentity http_identity() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  return {variable("HVAC_TWIN_KEY"), variable("HVAC_TWIN_CA")};
}

}  // namespace hvac::app
