#include "api/routes.h"

#include <concepts>

#include "api/alert_service.h"
#include "api/drift_service.h"
#include "api/history_service.h"
#include "api/kpi.h"
#include "api/live_service.h"
#include "api/model_service.h"
#include "api/ops_service.h"
#include "api/problem.h"
#include "api/service.h"
#include "api/shared.h"
#include "api/stream_service.h"
#include "api/system_service.h"

namespace hvac::api {
namespace {

constexpr std::size_t kPredictBytes = 64 * 1024;
constexpr std::size_t kBatchBytes = 8 * 1024 * 1024;
constexpr std::size_t kFormBytes = 16 * 1024;  // A note and a few values.

/// Answers a route with a topic's `Write(*shared.Part, [request,] response)`; 404 where that part
/// does not run.
template <auto Part, auto Write>
void use(const Call& call) {
  if (call.shared.*Part == nullptr) {
    return refuse_with(404, "that part of the program does not run here", call.response);
  }
  auto& part = *(call.shared.*Part);
  if constexpr (std::invocable<decltype(Write), decltype(part), Response&>) {
    Write(part, call.response);
  } else {
    Write(part, call.request, call.response);
  }
}

/// Answers a route with a function that needs several parts.
template <auto Write>
void all(const Call& call) {
  Write(call.shared, call.request, call.response);
}

/// Answers a route with one of the service's own functions.
template <auto Function>
void own(const Call& call) {
  (call.service.*Function)(call.request, call.response);
}

void switch_demo_fault(const DemoControl& demo, const Request& request, Response& response) {
  switch_fault(demo, request.body, response);
}

// Looked through from the top: what must be fast stands first.
constexpr Route kRoutes[] = {
    {Method::post, "/predict", Role::viewer, kPredictBytes, own<&Service::predict>},
    {Method::post, "/predict/batch", Role::viewer, kBatchBytes, own<&Service::predict_batch>},
    {Method::get, "/health", Role::anyone, 0, own<&Service::health>},
    {Method::get, "/health/live", Role::anyone, 0, own<&Service::live>},
    {Method::get, "/health/ready", Role::anyone, 0, own<&Service::ready>},
    {Method::get, "/metrics", Role::viewer, 0, own<&Service::metrics>},

    {Method::get, "/api/v1/me", Role::viewer, 0, own<&Service::me>},
    {Method::get, "/api/v1/assets", Role::viewer, 0, own<&Service::assets>},
    {Method::get, "/api/v1/assets/{asset}", Role::viewer, 0, use<&Shared::fleet, write_asset>},
    {Method::get, "/api/v1/assets/{asset}/series", Role::viewer, 0, all<write_series>},
    {Method::get, "/api/v1/assets/{asset}/history", Role::viewer, 0, all<write_history>},
    {Method::get, "/api/v1/assets/{asset}/export", Role::viewer, 0, all<write_export>},
    {Method::get, "/api/v1/stored", Role::viewer, 0, all<write_stored>},
    {Method::get, "/api/v1/stream", Role::viewer, 0, all<write_stream>},
    {Method::get, "/api/v1/findings", Role::viewer, 0, all<write_findings>},
    {Method::get, "/api/v1/kpis", Role::viewer, 0, use<&Shared::kpis, write_kpis>},
    {Method::get, "/api/v1/system", Role::viewer, 0, all<write_system>},
    {Method::get, "/api/v1/audit", Role::viewer, 0, all<write_audit>},
    {Method::get, "/api/v1/logs", Role::viewer, 0, all<write_logs>},
    {Method::get, "/api/v1/backups", Role::viewer, 0, use<&Shared::upkeep, write_backups>},
    {Method::get, "/api/v1/maintenance", Role::viewer, 0, use<&Shared::upkeep, write_maintenance>},
    {Method::post, "/api/v1/maintenance/{level}", Role::operator_, kFormBytes,
     use<&Shared::upkeep, start_maintenance>},
    {Method::get, "/api/v1/demo/faults", Role::viewer, 0, use<&Shared::demo, write_faults>},
    {Method::post, "/api/v1/demo/faults", Role::operator_, kFormBytes,
     use<&Shared::demo, switch_demo_fault>},

    {Method::get, "/api/v1/alerts", Role::viewer, 0, use<&Shared::alerts, write_alerts>},
    {Method::get, "/api/v1/alert-channels", Role::viewer, 0,
     use<&Shared::alerts, write_alert_channels>},
    {Method::post, "/api/v1/alerts/{id}/ack", Role::operator_, kFormBytes,
     use<&Shared::alerts, acknowledge_alert>},
    {Method::post, "/api/v1/alerts/{id}/shelve", Role::operator_, kFormBytes,
     use<&Shared::alerts, shelve_alert>},
    {Method::post, "/api/v1/alerts/{id}/unshelve", Role::operator_, kFormBytes,
     use<&Shared::alerts, unshelve_alert>},
    {Method::get, "/api/v1/drift", Role::viewer, 0, use<&Shared::drift, write_drift>},
    {Method::get, "/api/v1/drift/reports", Role::viewer, 0,
     use<&Shared::drift, write_drift_reports>},
    {Method::get, "/api/v1/drift/distributions", Role::viewer, 0,
     use<&Shared::drift, write_drift_distributions>},
    {Method::post, "/api/v1/drift/rebaseline", Role::admin, kFormBytes,
     use<&Shared::drift, write_drift_rebaseline>},
    {Method::post, "/api/v1/drift/exclude", Role::admin, kFormBytes,
     use<&Shared::drift, write_drift_exclude>},
    {Method::get, "/api/v1/models", Role::viewer, 0, use<&Shared::models, write_models>},
    {Method::get, "/api/v1/models/history", Role::viewer, 0,
     use<&Shared::models, write_model_history>},
    {Method::get, "/api/v1/models/{version}", Role::viewer, 0, use<&Shared::models, write_model>},
    {Method::post, "/api/v1/models/promote", Role::admin, kFormBytes,
     use<&Shared::models, promote_model>},
    {Method::post, "/api/v1/models/rollback", Role::admin, kFormBytes,
     use<&Shared::models, roll_model_back>},
    {Method::get, "/api/v1/shadow", Role::viewer, 0, use<&Shared::models, write_shadow>},
    {Method::get, "/api/v1/proposals", Role::viewer, 0, use<&Shared::models, write_proposals>},
    {Method::post, "/api/v1/proposals/{id}/accept", Role::admin, kFormBytes,
     use<&Shared::models, accept_proposal>},
    {Method::post, "/api/v1/proposals/{id}/reject", Role::admin, kFormBytes,
     use<&Shared::models, reject_proposal>},

    {Method::get, "/openapi.json", Role::anyone, 0, own<&Service::page>},
    {Method::get, "/docs", Role::anyone, 0, own<&Service::page>},
    {Method::get, "/docs/{file}", Role::anyone, 0, own<&Service::page>},
    {Method::get, "/", Role::anyone, 0, own<&Service::root>},
};

}  // namespace

std::span<const Route> routes() { return kRoutes; }

std::vector<std::string> route_labels() {
  std::vector<std::string> labels;
  for (const Route& route : kRoutes) labels.emplace_back(route.path);
  labels.emplace_back("other");
  return labels;
}

}  // namespace hvac::api
