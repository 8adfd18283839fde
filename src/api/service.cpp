#include "api/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>

#include "api/json_writer.h"
#include "api/pages.h"
#include "api/predict_answer.h"
#include "api/problem.h"

namespace hvac::api {
namespace {

using SteadyClock = std::chrono::steady_clock;

enum Route : std::size_t {
  kHealth,
  kLive,
  kReady,
  kPredict,
  kPredictBatch,
  kAssets,
  kDemoFaults,
  kSwitchDemoFault,
  kMetrics,
  kOpenApi,
  kDocs,
  kRoot,
  kRouteCount,
};

constexpr std::array<RouteName, kRouteCount> kRoutes = {{{Method::get, "/health"},
                                                         {Method::get, "/health/live"},
                                                         {Method::get, "/health/ready"},
                                                         {Method::post, "/predict"},
                                                         {Method::post, "/predict/batch"},
                                                         {Method::get, "/api/v1/assets"},
                                                         {Method::get, "/api/v1/demo/faults"},
                                                         {Method::post, "/api/v1/demo/faults"},
                                                         {Method::get, "/metrics"},
                                                         {Method::get, "/openapi.json"},
                                                         {Method::get, "/docs"},
                                                         {Method::get, "/"}}};

constexpr std::size_t kPredictBytes = 64 * 1024;
constexpr std::size_t kBatchBytes = 8 * 1024 * 1024;
constexpr std::size_t kOtherBytes = 4 * 1024;

/// The route of that path; of two, the one that understands the method.
std::size_t route_of(std::string_view path, Method method) {
  std::size_t found = kRouteCount;
  for (std::size_t i = 0; i < kRoutes.size(); ++i) {
    if (kRoutes[i].path != path) continue;
    if (found == kRouteCount || kRoutes[i].method == method) found = i;
  }
  if (found != kRouteCount) return found;
  // The files that /docs consists of.
  return path.starts_with("/docs/") ? std::size_t{kDocs} : std::size_t{kRouteCount};
}

std::string_view allowed(Method method) {
  return method == Method::post ? "Allow: POST\r\n" : "Allow: GET, HEAD\r\n";
}

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

std::string_view kind_of(int status) {
  switch (status) {
    case 404:
      return "no_such_route";
    case 405:
      return "wrong_method";
    case 408:
      return "too_slow";
    case 413:
    case 414:
    case 431:
      return "too_large";
    case 415:
      return "wrong_content_type";
    case 503:
      return "busy";
    default:
      return "bad_request";
  }
}

void refuse_with(int status, std::string_view detail, Response& response) {
  write_problem({status, kind_of(status), std::string(detail), "", "", "", ""}, response);
}

std::string_view method_name(Method method) {
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

}  // namespace

std::span<const RouteName> routes() { return kRoutes; }

std::vector<std::string> route_labels() {
  std::vector<std::string> labels;
  for (const RouteName& route : kRoutes) labels.emplace_back(route.path);
  labels.emplace_back("other");
  return labels;
}

Service::Service(const Shared& shared) : shared_(shared), body_(shared.profile) {}

std::size_t Service::body_limit(std::string_view path) const {
  if (path == kRoutes[kPredict].path) return kPredictBytes;
  if (path == kRoutes[kPredictBatch].path) return kBatchBytes;
  return kOtherBytes;
}

void Service::handle(const Request& request, Response& response) {
  const Time begin = SteadyClock::now();
  predictions_ = 0;
  inference_ = {};
  const std::size_t route = route_of(request.path, request.method);
  try {
    dispatch(route, request, response);
  } catch (const std::exception& bug) {  // One request is a job: its bug must not end the others.
    response.clear();
    write_problem({500, "server_fault", "internal error", "", "", "", ""}, response);
    shared_.log.add(RequestLog::Level::error, std::string("internal error: ") + bug.what());
  }
  record(route, request, response, begin);
}

void Service::refuse(const Request& request, int status, std::string_view detail,
                     Response& response) {
  predictions_ = 0;
  inference_ = {};
  refuse_with(status, detail, response);
  record(route_of(request.path, request.method), request, response, SteadyClock::now());
}

void Service::dispatch(std::size_t route, const Request& request, Response& response) {
  if (route == kRouteCount) {
    return refuse_with(404, "there is nothing at this path; /docs lists what there is", response);
  }
  const bool get = request.method == Method::get || request.method == Method::head;
  const bool fits = kRoutes[route].method == Method::get ? get : request.method == Method::post;
  if (!fits) {
    refuse_with(405, "this path does not understand that method", response);
    response.headers = allowed(kRoutes[route].method);
    return;
  }
  if (kRoutes[route].method == Method::post && !says_json(request.content_type)) {
    return refuse_with(415, "the body must be application/json", response);
  }
  switch (route) {
    case kHealth:
      return health(response);
    case kLive:
      return live(response);
    case kReady:
      return ready(response);
    case kPredict:
      return predict(request, response);
    case kPredictBatch:
      return predict_batch(request, response);
    case kAssets:
      return assets(response);
    case kDemoFaults:
    case kSwitchDemoFault:
      return demo_faults(request, response);
    case kMetrics:
      return metrics(response);
    default:
      if (!write_page(request, response)) {
        refuse_with(404, "there is no such page", response);
      }
  }
}

// One line per request: never a body, a query or a header, which may hold secrets.
void Service::record(std::size_t route, const Request& request, const Response& response,
                     Time begin) {
  const std::chrono::nanoseconds duration = SteadyClock::now() - begin;
  shared_.metrics.count_request(route, response.status, duration);
  if (predictions_ > 0) shared_.metrics.count_predictions(predictions_, inference_);
  line_.clear();
  const std::string_view path = route < kRouteCount ? kRoutes[route].path : "other";
  fmt::format_to(std::back_inserter(line_), "remote={} method={} route={} status={} bytes={} ",
                 request.remote, method_name(request.method), path, response.status,
                 response.body.size());
  fmt::format_to(std::back_inserter(line_), "duration={:.4f}ms", milliseconds(duration));
  if (predictions_ > 0) {
    fmt::format_to(std::back_inserter(line_), " predictions={} inference_time={:.4f}ms",
                   predictions_, milliseconds(inference_));
  }
  shared_.log.add(response.status >= 500 ? RequestLog::Level::error : RequestLog::Level::info,
                  line_);
}

void Service::health(Response& response) {
  const ModelPointer model = shared_.model.model();
  const auto fault = shared_.model.fault();
  const bool draining = shared_.draining();
  response.content_type = "application/json";
  JsonWriter json(response.body);
  json.begin_object();
  json.key("status").text(draining ? "draining" : fault ? "degraded" : "healthy");
  json.key("model_type").text(model->info().model_type);
  json.key("models_loaded").begin_array();
  for (const std::string_view target : telemetry::kTargetNames) json.text(target);
  json.end_array();
  json.key("version").text(shared_.program_version);
  json.key("model_version").text(model->info().version);
  json.key("model_origin").text(model->info().origin);
  json.key("model_created").text(model->info().created);
  if (fault) json.key("fault").text(*fault);
  json.end_object();
}

void Service::live(Response& response) {
  response.content_type = "application/json";
  JsonWriter(response.body).begin_object().key("status").text("alive").end_object();
}

void Service::ready(Response& response) {
  if (shared_.draining()) return refuse_with(503, "the server is stopping", response);
  response.content_type = "application/json";
  JsonWriter(response.body).begin_object().key("status").text("ready").end_object();
}

void Service::assets(Response& response) {
  if (shared_.fleet == nullptr) {
    response.content_type = "application/json";
    response.body = "[]";
    return;
  }
  write_assets(*shared_.fleet, response);
}

void Service::demo_faults(const Request& request, Response& response) {
  if (shared_.demo == nullptr) {
    return refuse_with(404, "this is no demo (run --demo): there are no faults to switch",
                       response);
  }
  if (request.method == Method::post) return switch_fault(*shared_.demo, request.body, response);
  write_faults(*shared_.demo, response);
}

void Service::metrics(Response& response) {
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  shared_.metrics.write(response.body, shared_.model.model()->info(), shared_.program_version,
                        shared_.log.dropped());
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
