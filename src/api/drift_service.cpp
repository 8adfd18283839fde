#include "api/drift_service.h"

#include "api/json_writer.h"
#include "api/problem.h"
#include "api/request_values.h"

namespace hvac::api {
namespace {

constexpr std::int64_t kReports = 100;
constexpr std::int64_t kMostReports = 10'000;

void answer(Result<std::string> json, Response& response) {
  if (!json) return write_problem(problem_of(json.error()), response);
  response.content_type = "application/json";
  response.body = std::move(*json);
}

void done(const Result<void>& result, Response& response) {
  if (!result) return write_problem(problem_of(result.error()), response);
  response.content_type = "application/json";
  JsonWriter(response.body).begin_object().key("done").boolean(true).end_object();
}

}  // namespace

void write_drift(const DriftControl& drift, Response& response) {
  answer(drift.report(), response);
}

void write_drift_reports(const DriftControl& drift, const Request& request, Response& response) {
  RequestValues values(request);
  const std::int64_t limit = values.integer("limit", kReports, 1, kMostReports);
  if (values.refused(response)) return;
  answer(drift.reports(static_cast<std::size_t>(limit)), response);
}

void write_drift_distributions(const DriftControl& drift, const Request& request,
                               Response& response) {
  RequestValues values(request);
  const std::string tag = values.text("tag").value_or("");
  if (values.refused(response)) return;
  answer(drift.distributions(tag), response);
}

void write_drift_rebaseline(const DriftControl& drift, const Request& request, Response& response) {
  BodyValues values(request);
  const std::string note = values.text("note");
  if (values.refused(response)) return;
  done(drift.rebaseline(std::string(request.caller), note), response);
}

void write_drift_exclude(const DriftControl& drift, const Request& request, Response& response) {
  BodyValues values(request);
  const std::string tag = values.required_text("tag");
  const bool exclude = values.boolean("exclude");
  const std::string note = values.text("note");
  if (values.refused(response)) return;
  done(drift.exclude(tag, exclude ? DriftControl::Exclude::yes : DriftControl::Exclude::no,
                     std::string(request.caller), note),
       response);
}

}  // namespace hvac::api
