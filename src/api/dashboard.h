#pragma once

#include <span>
#include <string_view>

#include "api/http.h"
#include "api/pages.h"
#include "api/service.h"

namespace hvac::api {

/// The dashboard's listener: its files, and everything of the API under the same origin, answered
/// by a service of its own. A path that is neither is the page's own business: it gets the page.
class Dashboard : public Handler {
 public:
  Dashboard(const Shared& shared, std::span<const Page> pages) : service_(shared), pages_(pages) {}

  std::size_t body_limit(std::string_view path) const override { return service_.body_limit(path); }
  void handle(const Request& request, Response& response) override;
  void refuse(const Request& request, int status, std::string_view detail,
              Response& response) override {
    service_.refuse(request, status, detail, response);
  }

 private:
  const Page* page_of(const Request& request) const;

  Service service_;
  std::span<const Page> pages_;
};

}  // namespace hvac::api
