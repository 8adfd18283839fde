#include "api/json_answer.h"

#include <boost/json.hpp>

#include "base/json.h"

namespace hvac::api {

void answer(const boost::json::value& document, Response& response) {
  response.content_type = "application/json";
  response.body = json_text(document);
}

}  // namespace hvac::api
