#include "api/service.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "api/json_writer.h"
#include "api/kpi.h"
#include "api/live_metrics.h"
#include "api/live_service.h"
#include "api/pages.h"
#include "api/predict_answer.h"
#include "api/problem.h"
#include "api/replay_guard.h"
#include "api/routes.h"
#include "base/iso_time.h"
#include "store/records.h"

namespace hvac::api {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kOtherBytes = 4 * 1024;  // Enough to read what will be refused anyway.

/// Of the log; it allocates only for a long name of a caller.
using Line = fmt::basic_memory_buffer<char, 512>;

std::string_view allowed(Method method) {
  return method == Method::post ? "Allow: POST\r\n" : "Allow: GET, HEAD\r\n";
}

// The user interface draws its icons from data: addresses and styles its elements one by one.
constexpr std::string_view kDocsPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' "
    "data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

bool says_json(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  const std::string_view trimmed = type.substr(0, type.find_last_not_of(' ') + 1);
  return trimmed.empty() || trimmed == "application/json" ||
         (trimmed.starts_with("application/") && trimmed.ends_with("+json"));
}

// Whether the query says explain=true; nothing when it says neither true nor false.
std::optional<bool> asks_to_explain(std::string_view query) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view item = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (!item.starts_with("explain=")) continue;
    const std::string_view word = item.substr(item.find('=') + 1);
    if (word == "true" || word == "1") return true;
    if (word == "false" || word == "0") return false;
    return std::nullopt;
  }
  return false;
}

double milliseconds(std::chrono::nanoseconds time) {
  return 1e-6 * static_cast<double>(time.count());
}

// "0.0123ms".
void append_milliseconds(Line& text, std::chrono::nanoseconds time) {
  const auto tenths_us =
      static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0) + 50) / 100;
  fmt::format_to(std::back_inserter(text), FMT_COMPILE("{}.{:04}ms"), tenths_us / 10'000,
                 tenths_us % 10'000);
}

std::string_view name(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::other:
      return "other";
  }
  return "other";
}

/// Why the program is not all that it could be; none when it is.
std::vector<std::string> what_is_wrong(const Shared& shared) {
  std::vector<std::string> list;
  if (shared.station) list = shortcomings(shared.station());
  if (const auto fault = shared.model.fault()) list.push_back(*fault);
  return list;
}

void write_words(JsonWriter& json, std::string_view key, const std::vector<std::string>& words) {
  json.key(key).begin_array();
  for (const std::string& word : words) json.text(word);
  json.end_array();
}

}  // namespace

Service::Service(const Shared& shared) : shared_(shared), body_(shared.profile) {}

std::size_t Service::body_limit(std::string_view path) const {
  const std::size_t route = find_route(routes(), path, Method::post).route;
  return route == routes().size() ? kOtherBytes : std::max(kOtherBytes, routes()[route].body_bytes);
}

void Service::handle(const Request& request, Response& response) {
  const Time begin = SteadyClock::now();
  predictions_ = 0;
  inference_ = {};
  const RouteMatch match = find_route(routes(), request.path, request.method);
  Request routed = request;
  routed.parameters = match.parameters;
  try {
    dispatch(match, routed, response);
  } catch (const std::exception& bug) {  // One request is a job: its bug must not end the others.
    response.clear();
    write_problem({500, "server_fault", "internal error", "", "", "", ""}, response);
    shared_.log.add(RequestLog::Level::error, std::string("internal error: ") + bug.what());
  }
  record(match.route, routed, response, begin);
}

void Service::refuse(const Request& request, int status, std::string_view detail,
                     Response& response) {
  predictions_ = 0;
  inference_ = {};
  refuse_with(status, detail, response);
  record(find_route(routes(), request.path, request.method).route, request, response,
         SteadyClock::now());
}

void Service::dispatch(const RouteMatch& match, Request& request, Response& response) {
  if (match.route == routes().size()) {
    return refuse_with(404, "there is nothing at this path; /docs lists what there is", response);
  }
  const Route& route = routes()[match.route];
  if (!match.method_fits) {
    refuse_with(405, "this path does not understand that method", response);
    response.headers = allowed(route.method);
    return;
  }
  if (!admit(route, request, response)) return;
  if (route.method == Method::post && !says_json(request.content_type)) {
    return refuse_with(415, "the body must be application/json", response);
  }
  if (route.method == Method::get || route.role < Role::operator_) {
    return route.handle({*this, shared_, request, response});
  }
  answer(route, request, response);
  audit(fmt::format("POST {}", request.path), request, response);
}

// Says who asks; whoever may not is answered here.
bool Service::admit(const Route& route, Request& request, Response& response) {
  if (shared_.access == nullptr) return true;
  admission_ = shared_.access->admit(request, route.role, fingerprinter_);
  request.caller = admission_.caller;
  request.role = admission_.role;
  if (admission_.status == 0) return true;
  refuse_with(admission_.status, admission_.detail, response);
  if (admission_.status == 401) response.headers = "WWW-Authenticate: Bearer\r\n";
  if (admission_.status == 429) {
    response.headers = fmt::format("Retry-After: {}\r\n", admission_.retry_after_s);
  }
  if (admission_.noteworthy) audit("denied", request, response);
  return false;
}

// What changes something acts once, however often it is sent.
void Service::answer(const Route& route, const Request& request, Response& response) {
  const bool once = shared_.replays != nullptr && !request.idempotency_key.empty();
  if (once &&
      shared_.replays->begin(request, response, SteadyClock::now()) != ReplayGuard::Verdict::act) {
    return;
  }
  try {
    route.handle({*this, shared_, request, response});
  } catch (...) {
    if (once) shared_.replays->forget(request);
    throw;
  }
  if (!once) return;
  if (response.status < 500) {
    shared_.replays->remember(request, response);
  } else {
    shared_.replays->forget(request);
  }
}

void Service::audit(std::string_view action, const Request& request, const Response& response) {
  if (!shared_.audit) return;
  const auto now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  shared_.audit({now, std::string(request.caller), std::string(action),
                 fmt::format("{} {} from {}: {}", request.method_text, request.path, request.remote,
                             response.status)});
}

// One line per request: never a body, a query or a header, which may hold secrets.
void Service::record(std::size_t route, const Request& request, const Response& response,
                     Time begin) {
  const std::chrono::nanoseconds duration = SteadyClock::now() - begin;
  shared_.metrics.count_request(route, response.status, duration);
  if (predictions_ > 0) shared_.metrics.count_predictions(predictions_, inference_);
  Line line;
  const auto out = std::back_inserter(line);
  fmt::format_to(out, FMT_COMPILE("remote={} method={} route={} status={} bytes={} duration="),
                 request.remote, name(request.method),
                 route < routes().size() ? std::string_view(routes()[route].path) : "other",
                 response.status, response.body.size());
  append_milliseconds(line, duration);
  if (request.caller != "local") fmt::format_to(out, FMT_COMPILE(" caller={}"), request.caller);
  if (predictions_ > 0) {
    fmt::format_to(out, FMT_COMPILE(" predictions={} inference_time="), predictions_);
    append_milliseconds(line, inference_);
  }
  shared_.log.add(response.status >= 500 ? RequestLog::Level::error : RequestLog::Level::info,
                  {line.data(), line.size()});
}

void Service::health(const Request&, Response& response) {
  const ModelPointer model = shared_.model.model();
  const auto fault = shared_.model.fault();
  const bool draining = shared_.draining();
  response.content_type = "application/json";
  JsonWriter json(response.body);
  json.begin_object();
  const std::vector<std::string> wrong = what_is_wrong(shared_);
  json.key("status").text(draining ? "draining" : wrong.empty() ? "healthy" : "degraded");
  json.key("model_type").text(model->info().model_type);
  json.key("models_loaded").begin_array();
  for (const std::string_view target : telemetry::kTargetNames) json.text(target);
  json.end_array();
  json.key("version").text(shared_.program_version);
  json.key("model_version").text(model->info().version);
  json.key("model_origin").text(model->info().origin);
  json.key("model_created").text(model->info().created);
  if (fault) json.key("fault").text(*fault);
  if (!wrong.empty()) write_words(json, "wrong", wrong);
  if (shared_.station) {
    const StationStatus station = shared_.station();
    json.key("started").text(iso_text(station.started)).key("demo").boolean(station.demo);
    write_words(json, "roles", station.roles);
    json.key("store").text(station.store_failure.empty() ? "up" : "away");
    if (station.incoming) {
      json.key("broker").text(station.incoming->subscribed ? "connected" : "away");
    }
  }
  if (shared_.kpis != nullptr) json.key("kpis").text(name(overall(shared_.kpis->kpis())));
  json.end_object();
}

void Service::live(const Request&, Response& response) {
  response.content_type = "application/json";
  JsonWriter(response.body).begin_object().key("status").text("alive").end_object();
}

void Service::ready(const Request&, Response& response) {
  if (shared_.draining()) return refuse_with(503, "the server is stopping", response);
  response.content_type = "application/json";
  const std::vector<std::string> wrong = what_is_wrong(shared_);
  JsonWriter json(response.body);
  json.begin_object().key("status").text(wrong.empty() ? "ready" : "degraded");
  if (!wrong.empty()) write_words(json, "wrong", wrong);
  json.end_object();
}

void Service::me(const Request& request, Response& response) {
  response.content_type = "application/json";
  JsonWriter json(response.body);
  json.begin_object().key("name").text(request.caller).key("role").text(access::name(request.role));
  json.end_object();
}

void Service::assets(const Request&, Response& response) {
  if (shared_.fleet != nullptr) return write_assets(*shared_.fleet, response);
  response.content_type = "application/json";
  response.body = "[]";
}

void Service::page(const Request& request, Response& response) {
  const Page* page = find_page(docs_pages(), request.path);
  if (page == nullptr) return refuse_with(404, "there is no such page", response);
  write_page(*page, kDocsPolicy, request, response);
}

void Service::root(const Request&, Response& response) {
  response.status = 302;
  response.headers = "Location: /docs\r\n";
}

void Service::metrics(const Request&, Response& response) {
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  shared_.metrics.write(response.body, shared_.model.model()->info(), shared_.program_version,
                        shared_.log.dropped());
  write_live_metrics(shared_, response.body);
}

Result<twin::PerTarget<twin::TargetContributions>> Service::explain(
    const ModelPointer& model, const telemetry::Sample& sample) {
  if (explained_ != model) {
    auto made = twin::Contributions::make(model);
    if (!made) return fail(made.error());
    contributions_.emplace(std::move(*made));
    explained_ = model;
  }
  features::FeatureBuilder builder = model->builder();
  return contributions_->explain(builder.push(features::InputView(sample)));
}

void Service::predict(const Request& request, Response& response) {
  const std::optional<bool> asked = asks_to_explain(request.query);
  if (!asked) {
    return write_problem(
        {422, "wrong_query", "explain must be true or false", "explain", "", "true or false", ""},
        response);
  }
  const ModelPointer model = shared_.model.model();
  JsonWriter json(response.body);
  std::optional<Error> unexplained;
  const auto answer = [&](const SentInstant& instant) {
    const Time begin = SteadyClock::now();
    const twin::Prediction prediction = model->predict(instant.sample);
    inference_ = SteadyClock::now() - begin;
    predictions_ = 1;
    if (!*asked) {
      return write_prediction(json, *model, instant, body_.profile(), prediction,
                              milliseconds(inference_));
    }
    const auto why = explain(model, instant.sample);
    if (!why) {
      unexplained = why.error();
      return;
    }
    write_prediction(json, *model, instant, body_.profile(), prediction, milliseconds(inference_),
                     &*why);
  };
  if (const auto problem = body_.read_one(request.body, std::cref(answer))) {
    return write_problem(*problem, response);
  }
  if (unexplained) return write_problem(problem_of(*unexplained), response);
  response.content_type = "application/json";
}

void Service::predict_batch(const Request& request, Response& response) {
  const ModelPointer model = shared_.model.model();
  JsonWriter json(response.body);
  json.begin_array();
  const auto answer = [&](const SentInstant& instant) {
    const Time begin = SteadyClock::now();
    const twin::Prediction prediction = model->predict(instant.sample);
    const std::chrono::nanoseconds time = SteadyClock::now() - begin;
    inference_ += time;
    ++predictions_;
    write_prediction(json, *model, instant, body_.profile(), prediction, milliseconds(time));
  };
  if (const auto problem = body_.read_many(request.body, std::cref(answer))) {
    predictions_ = 0;  // None of them is answered.
    return write_problem(*problem, response);
  }
  json.end_array();
  response.content_type = "application/json";
}

}  // namespace hvac::api
