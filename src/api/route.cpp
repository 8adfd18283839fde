#include "api/route.h"

#include <optional>

namespace hvac::api {
namespace {

// Takes the part up to the next '/' off the front, and that '/'.
std::string_view take_part(std::string_view& path) {
  const std::size_t end = path.find('/');
  const std::string_view part = path.substr(0, end);
  path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  return part;
}

// A part that a name in braces stands for is never empty.
std::optional<PathParameters> match(std::string_view pattern, std::string_view path) {
  PathParameters parameters{};
  std::size_t count = 0;
  if (pattern.find('{') == std::string_view::npos) {
    return pattern == path ? std::optional(parameters) : std::nullopt;
  }
  while (!pattern.empty() && !path.empty()) {
    const std::string_view expected = take_part(pattern);
    const std::string_view part = take_part(path);
    if (expected.starts_with('{')) {
      if (part.empty() || count == kMaxPathParameters) return std::nullopt;
      parameters[count++] = {expected.substr(1, expected.size() - 2), part};
    } else if (expected != part) {
      return std::nullopt;
    }
  }
  return pattern.empty() && path.empty() ? std::optional(parameters) : std::nullopt;
}

}  // namespace

RouteMatch find_route(std::span<const Route> routes, std::string_view path, Method method) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);  // "/docs/" is "/docs".
  const Method asked = method == Method::head ? Method::get : method;
  RouteMatch found{routes.size(), false, {}};
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const auto parameters = match(routes[i].path, path);
    if (!parameters) continue;
    const bool fits = routes[i].method == asked;
    if (fits || found.route == routes.size()) found = {i, fits, *parameters};
    if (fits) break;
  }
  return found;
}

}  // namespace hvac::api
