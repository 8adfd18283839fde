#pragma once

#include "api/http.h"

/// The program itself over HTTP.
namespace hvac::api {

struct Shared;

/// GET /api/v1/system: what runs where since when, what it uses and how its parts fare.
void write_system(const Shared& shared, const Request& request, Response& response);

/// GET /api/v1/audit?limit=: who did what, newest first.
void write_audit(const Shared& shared, const Request& request, Response& response);

/// GET /api/v1/logs?lines=&log=api|monitor: the newest lines, oldest first.
void write_logs(const Shared& shared, const Request& request, Response& response);

}  // namespace hvac::api
