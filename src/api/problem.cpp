#include "api/problem.h"

#include "api/json_writer.h"

namespace hvac::api {
namespace {

std::string_view kind_of(int status) {
  switch (status) {
    case 401:
      return "unauthorised";
    case 403:
      return "forbidden";
    case 404:
      return "not_found";
    case 405:
      return "wrong_method";
    case 408:
      return "too_slow";
    case 409:
      return "conflict";
    case 413:
    case 414:
    case 431:
      return "too_large";
    case 415:
      return "wrong_content_type";
    case 429:
      return "too_many_requests";
    case 503:
      return "busy";
    default:
      return "bad_request";
  }
}

}  // namespace

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

void refuse_with(int status, std::string_view detail, Response& response) {
  write_problem({status, kind_of(status), std::string(detail), "", "", "", ""}, response);
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
