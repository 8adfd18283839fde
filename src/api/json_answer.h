#pragma once

#include <boost/json/fwd.hpp>

#include "api/http.h"

namespace hvac::api {

/// Answers with that document. For what is asked for seldom; JsonWriter is for the rest.
void answer(const boost::json::value& document, Response& response);

}  // namespace hvac::api
