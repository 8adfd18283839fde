#include "api/http.h"

#include <boost/beast/http/status.hpp>

namespace hvac::api {

std::string_view reason_phrase(int status) {
  const auto words =
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  return {words.data(), words.size()};
}

}  // namespace hvac::api
