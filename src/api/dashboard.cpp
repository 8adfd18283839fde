#include "api/dashboard.h"

#include "api/routes.h"

namespace hvac::api {
namespace {

// Its own files only; nothing inside the page, nobody's frame, no form to anywhere.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

bool belongs_to_api(const Request& request) {
  if (request.path.starts_with("/api/")) return true;
  return request.path != "/" &&
         find_route(routes(), request.path, request.method).route < routes().size();
}

}  // namespace

const Page* Dashboard::page_of(const Request& request) const {
  if (request.method != Method::get && request.method != Method::head) return nullptr;
  if (belongs_to_api(request)) return nullptr;
  if (const Page* page = find_page(pages_, request.path)) return page;
  const std::string_view last = request.path.substr(request.path.rfind('/') + 1);
  const bool names_a_file = last.find('.') != std::string_view::npos;
  return names_a_file ? nullptr : find_page(pages_, "/");
}

void Dashboard::handle(const Request& request, Response& response) {
  const Page* page = page_of(request);
  if (page == nullptr) return service_.handle(request, response);
  write_page(*page, kPolicy, request, response);
}

}  // namespace hvac::api
