#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "access/key_text.h"
#include "api/access_control.h"
#include "api/http.h"
#include "api/model_slot.h"
#include "api/predict_body.h"
#include "api/route.h"
#include "api/shared.h"
#include "twin/contributions.h"

namespace hvac::api {

/// Answers the requests of one server thread.
class Service : public Handler {
 public:
  explicit Service(const Shared& shared);

  std::size_t body_limit(std::string_view path) const override;
  void handle(const Request& request, Response& response) override;
  void refuse(const Request& request, int status, std::string_view detail,
              Response& response) override;

  /// Answers of routes that need no further module; see routes.cpp.
  void health(const Request& request, Response& response);
  void live(const Request& request, Response& response);
  void ready(const Request& request, Response& response);
  void metrics(const Request& request, Response& response);
  void me(const Request& request, Response& response);
  void assets(const Request& request, Response& response);
  void page(const Request& request, Response& response);
  void root(const Request& request, Response& response);
  void predict(const Request& request, Response& response);
  void predict_batch(const Request& request, Response& response);

 private:
  using Time = std::chrono::steady_clock::time_point;
  void dispatch(const RouteMatch& match, Request& request, Response& response);
  bool admit(const Route& route, Request& request, Response& response);
  void answer(const Route& route, const Request& request, Response& response);
  void audit(std::string_view action, const Request& request, const Response& response);
  void record(std::size_t route, const Request& request, const Response& response, Time begin);
  Result<twin::PerTarget<twin::TargetContributions>> explain(const ModelPointer& model,
                                                             const telemetry::Sample& sample);

  const Shared& shared_;
  access::Fingerprinter fingerprinter_;
  Admission admission_;  ///< Of the request being handled.
  PredictBody body_;
  ModelPointer explained_;  ///< The model that `contributions_` are of.
  std::optional<twin::Contributions> contributions_;
  std::size_t predictions_ = 0;           ///< Of the request being handled ...
  std::chrono::nanoseconds inference_{};  ///< ... and their time.
};

}  // namespace hvac::api
