#include "api/live_service.h"

#include <boost/json.hpp>

#include "api/json_writer.h"
#include "api/problem.h"
#include "api/request_values.h"
#include "api/view_json.h"
#include "base/json.h"

namespace hvac::api {
namespace {

void refuse(int status, std::string_view kind, std::string detail, std::string field,
            std::string value, Response& response) {
  write_problem({status, kind, std::move(detail), std::move(field), std::move(value), "", ""},
                response);
}

std::string text_field(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

void write_assets(const live::Fleet& fleet, Response& response) {
  response.content_type = "application/json";
  JsonWriter json(response.body);
  json.begin_array();
  const TimePoint now = system_clock()();
  for (const auto& view : fleet.views()) write_view(json, *view, now);
  json.end_array();
}

void write_asset(const live::Fleet& fleet, const Request& request, Response& response) {
  RequestValues values(request);
  const AssetId asset{values.path("asset")};
  if (values.refused(response)) return;
  const auto view = fleet.view(asset);
  if (!view) return write_problem(problem_of(view.error()), response);
  response.content_type = "application/json";
  JsonWriter json(response.body);
  write_view(json, **view, system_clock()());
}

void write_faults(const DemoControl& demo, Response& response) {
  response.content_type = "application/json";
  JsonWriter json(response.body);
  json.begin_object().key("active").begin_array();
  for (const std::string& fault : demo.active()) json.text(fault);
  json.end_array().end_object();
}

void switch_fault(const DemoControl& demo, std::string_view body, Response& response) {
  const auto document = parse_json(body);
  if (!document) return refuse(400, "bad_json", document.error().message, "", "", response);
  const boost::json::object* object = document->if_object();
  const std::string fault = object != nullptr ? text_field(*object, "fault") : std::string();
  const std::string action = object != nullptr ? text_field(*object, "action") : std::string();
  if (fault.empty()) {
    return refuse(422, "missing_field", "fault must name a fault", "fault", "", response);
  }
  if (action != "start" && action != "stop") {
    return refuse(422, "wrong_value", "action must be start or stop", "action", action, response);
  }
  const Result<void> done = action == "start" ? demo.start(fault) : demo.stop(fault);
  if (!done) {
    return refuse(http_status(done.error().code), "wrong_value", done.error().message, "fault",
                  fault, response);
  }
  write_faults(demo, response);
}

}  // namespace hvac::api
