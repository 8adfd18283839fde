#pragma once

#include "api/http.h"
#include "store/store.h"

/// What is stored of the coolers over HTTP.
namespace hvac::api {

struct Shared;

/// GET /api/v1/stored: the coolers that telemetry is stored of, also when they send nothing now.
void write_stored(const Shared& shared, const Request& request, Response& response);

/// GET /api/v1/assets/{asset}/series: what there is to plot, with units and the time it spans.
void write_series(const Shared& shared, const Request& request, Response& response);

/// GET /api/v1/assets/{asset}/history?series=A,B&from=&to=&points=: the last day where no range is
/// given.
void write_history(const Shared& shared, const Request& request, Response& response);

/// GET /api/v1/assets/{asset}/export?series=&from=&to=: the rows as CSV, as long as they are.
void write_export(const Shared& shared, const Request& request, Response& response);

/// GET /api/v1/findings?asset=&from=&to=&limit=: newest first.
void write_findings(const Shared& shared, const Request& request, Response& response);

}  // namespace hvac::api
