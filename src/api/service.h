#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/http.h"
#include "api/live_service.h"
#include "api/metrics.h"
#include "api/model_slot.h"
#include "api/predict_body.h"
#include "api/request_log.h"
#include "telemetry/profile.h"
#include "twin/contributions.h"

namespace hvac::api {

/// What all threads of the service share. Each part may be used from any thread; all of them
/// outlive the service.
struct Shared {
  std::string program_version;
  std::shared_ptr<const telemetry::AssetProfile> profile;
  ModelSlot& model;
  Metrics& metrics;
  RequestLog& log;
  std::function<bool()> draining;      ///< Whether the server is stopping.
  const live::Fleet* fleet = nullptr;  ///< The running twins; none where no telemetry comes in.
  const DemoControl* demo = nullptr;   ///< Only in a demo.
};

/// What can be asked for. `predict` and the like are documented in docs/api/openapi.yaml.
struct RouteName {
  Method method;
  std::string_view path;
};
std::span<const RouteName> routes();

/// Names of the routes for `Metrics`, the last for whatever is none of them.
std::vector<std::string> route_labels();

/// Answers the requests of one server thread.
class Service : public Handler {
 public:
  explicit Service(const Shared& shared);

  std::size_t body_limit(std::string_view path) const override;
  void handle(const Request& request, Response& response) override;
  void refuse(const Request& request, int status, std::string_view detail,
              Response& response) override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  void dispatch(std::size_t route, const Request& request, Response& response);
  void record(std::size_t route, const Request& request, const Response& response, Time begin);

  void health(Response& response);
  void live(Response& response);
  void ready(Response& response);
  void metrics(Response& response);
  void assets(Response& response);
  void demo_faults(const Request& request, Response& response);
  void predict(const Request& request, Response& response);
  Result<twin::PerTarget<twin::TargetContributions>> explain(const ModelPointer& model,
                                                             const telemetry::Sample& sample);
  void predict_batch(const Request& request, Response& response);

  const Shared& shared_;
  PredictBody body_;
  ModelPointer explained_;  ///< The model that `contributions_` are of.
  std::optional<twin::Contributions> contributions_;
  std::size_t predictions_ = 0;           ///< Of the request being handled ...
  std::chrono::nanoseconds inference_{};  ///< ... and their time.
  std::string line_;                      ///< Of the log.
};

}  // namespace hvac::api
