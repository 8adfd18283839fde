#pragma once

#include "api/http.h"

namespace hvac::api {

struct Shared;

/// GET /api/v1/stream[?asset=]: what happens as server-sent events. After a break it goes on after
/// Last-Event-ID (header or ?last_event_id=): from memory, and outcomes that are no longer there
/// from the store, as far as that has them; then some may come again, none is left out.
void write_stream(const Shared& shared, const Request& request, Response& response);

}  // namespace hvac::api
