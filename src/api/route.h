#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "api/http.h"

namespace hvac::api {

class Service;
struct Shared;

/// A request on its way to who answers it.
struct Call {
  Service& service;  ///< Of this thread.
  const Shared& shared;
  const Request& request;
  Response& response;
};

/// One thing that can be asked for.
struct Route {
  Method method = Method::get;  ///< get (HEAD is answered too) or post.
  std::string_view path;        ///< "/api/v1/assets/{asset}": a name in braces stands for one part.
  Role role = Role::viewer;     ///< What the caller must at least be.
  std::size_t body_bytes = 0;   ///< The most a body may have.
  void (*handle)(const Call& call) = nullptr;
};

/// The place of a request's route, or why there is none.
struct RouteMatch {
  std::size_t route = 0;        ///< The number of routes when no path fits.
  bool method_fits = false;     ///< False: the path is known, but not with that method.
  PathParameters parameters{};  ///< As the route names them, in its order.
};

/// Finds the first route of that path, if possible with that method. Does not allocate.
RouteMatch find_route(std::span<const Route> routes, std::string_view path, Method method);

}  // namespace hvac::api
