#include "app/program_url.h"

#include <fmt/format.h>

#include "ops/instance.h"

namespace hvac::app {

std::string program_url(const Context& context, const std::string& given, std::int64_t port) {
  if (!given.empty()) return given;
  const std::string noted = ops::api_url(context.home);
  return noted.empty() ? fmt::format("http://127.0.0.1:{}", port) : noted;
}

}  // namespace hvac::app
