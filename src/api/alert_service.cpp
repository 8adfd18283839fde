#include "api/alert_service.h"

#include <array>
#include <boost/json.hpp>
#include <chrono>

#include "alerts/center.h"
#include "alerts/record.h"
#include "api/json_answer.h"
#include "api/problem.h"
#include "api/request_values.h"
#include "base/json.h"

namespace hvac::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t kUsualAlerts = 1000;
constexpr std::int64_t kMostAlerts = 10'000;
constexpr std::int64_t kMostMinutes = 366 * 24 * 60;  // The center's own limit is below it.

void answer(const Result<alerts::Alarm>& alarm, Response& response) {
  if (!alarm) return write_problem(problem_of(alarm.error()), response);
  answer(alerts::described(*alarm), response);
}

/// Who asks for it, with the note in the body.
alerts::Act act_of(const Request& request, BodyValues& body) {
  return {std::string(request.caller), body.text("note")};
}

}  // namespace

void write_alerts(const alerts::AlertCenter& center, const Request& request, Response& response) {
  constexpr std::array<std::string_view, 2> kStates = {"open", "all"};
  RequestValues values(request);
  const std::string_view state = values.choice("state", kStates);
  const auto limit =
      static_cast<std::size_t>(values.integer("limit", kUsualAlerts, 1, kMostAlerts));
  if (values.refused(response)) return;
  Result<std::vector<alerts::Alarm>> alarms =
      state == "open" ? Result<std::vector<alerts::Alarm>>(center.open()) : center.recent(limit);
  if (!alarms) return write_problem(problem_of(alarms.error()), response);
  json::array list;
  for (const alerts::Alarm& alarm : *alarms) {
    if (list.size() == limit) break;
    list.push_back(alerts::described(alarm));
  }
  answer(json::object{{"alerts", std::move(list)}}, response);
}

void write_alert_channels(const alerts::AlertCenter& center, Response& response) {
  json::object channels;
  for (const auto& [name, status] : center.status().channels) {
    channels[name] = {{"enabled", status.enabled},      {"waiting", status.waiting},
                      {"delivered", status.delivered},  {"digests", status.digests},
                      {"failures", status.failures},    {"dropped", status.dropped},
                      {"last_error", status.last_error}};
  }
  answer(json::object{{"channels", std::move(channels)}}, response);
}

void acknowledge_alert(alerts::AlertCenter& center, const Request& request, Response& response) {
  RequestValues values(request);
  BodyValues body(request);
  const std::string id = values.path("id");
  const alerts::Act act = act_of(request, body);
  if (values.refused(response) || body.refused(response)) return;
  answer(center.acknowledge(id, act), response);
}

void shelve_alert(alerts::AlertCenter& center, const Request& request, Response& response) {
  RequestValues values(request);
  BodyValues body(request);
  const std::string id = values.path("id");
  const alerts::Act act = act_of(request, body);
  const std::chrono::minutes time(body.integer("minutes", 1, kMostMinutes));
  if (values.refused(response) || body.refused(response)) return;
  answer(center.shelve(id, time, act), response);
}

void unshelve_alert(alerts::AlertCenter& center, const Request& request, Response& response) {
  RequestValues values(request);
  BodyValues body(request);
  const std::string id = values.path("id");
  const alerts::Act act = act_of(request, body);
  if (values.refused(response) || body.refused(response)) return;
  answer(center.unshelve(id, act), response);
}

}  // namespace hvac::api
