#include "api/problem.h"

#include "api/json_writer.h"

namespace hvac::api {

void write_problem(const Problem& problem, Response& response) {
  response.status = problem.status;
  response.content_type = "application/problem+json";
  response.body.clear();
  JsonWriter json(response.body);
  json.begin_object();
  json.key("type").text("urn:hvac-twin:problem:" + std::string(problem.kind));
  json.key("title").text(reason_phrase(problem.status));
  json.key("status").integer(problem.status);
  json.key("detail").text(problem.detail);
  const auto optional = [&](std::string_view name, const std::string& word) {
    if (!word.empty()) json.key(name).text(word);
  };
  optional("field", problem.field);
  optional("value", problem.value);
  optional("limit", problem.limit);
  optional("suggestion", problem.suggestion);
  if (problem.row) json.key("row").integer(static_cast<std::int64_t>(*problem.row));
  json.end_object();
}

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return 400;
    case ErrorCode::out_of_range:
    case ErrorCode::rejected:
      return 422;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::corrupt:
      return 500;
    case ErrorCode::unavailable:
    case ErrorCode::interrupted:
      return 503;
    case ErrorCode::timed_out:
      return 504;
  }
  return 500;
}

Problem problem_of(const Error& error) {
  Problem problem;
  problem.status = http_status(error.code);
  problem.kind = problem.status < 500 ? "invalid_request" : "server_fault";
  problem.detail = error.message;
  return problem;
}

}  // namespace hvac::api
