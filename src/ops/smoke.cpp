#include "ops/smoke.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/json.h"

namespace hvac::ops {
namespace {

namespace json = boost::json;
using enum CheckStatus;

// The guide's request.
constexpr const char* kRequest =
    R"({"UCWIT":7.5,"UCAIT":25.0,"UCWF":15.0,"UCAIH":50.0,"AMBT":22.0,"UCTSP":21.0})";
constexpr const char* kNotAnswering = "manual 7.4: hvac-twin health; restart the service";

// What an answer must hold to be believed.
Check expect(const Ask& ask, const char* name, const char* title, const std::string& url,
             const std::string& body, const std::string& holds) {
  const auto answer = ask(url, body);
  if (!answer) return {name, title, failed, answer.error().message, kNotAnswering};
  if (answer->find(holds) == std::string::npos) {
    return {name, title, failed, url + ": answers without \"" + holds + "\"", kNotAnswering};
  }
  return {name, title, ok, fmt::format("{}: {} bytes", url, answer->size()), ""};
}

}  // namespace

Check check_health(const Ask& ask, const std::string& url) {
  Check check{"health", "API health check passed", ok, "", kNotAnswering};
  if (url.empty()) {
    check.status = failed;
    check.evidence = "no program runs on this instance";
    return check;
  }
  const auto answer = ask(url + "/health", "");
  const auto document = answer ? parse_json(*answer) : Result<json::value>(fail(answer.error()));
  if (!document || !document->is_object()) {
    check.status = failed;
    check.evidence = document ? url + "/health: no JSON object" : document.error().message;
    return check;
  }
  const json::value* status = document->get_object().if_contains("status");
  const bool healthy = status != nullptr && status->is_string() && *status == "healthy";
  check.status = healthy ? ok : failed;
  check.evidence = url + "/health: " + (status != nullptr ? json_text(*status) : "no status");
  return check;
}

Check check_prediction(const Ask& ask, const std::string& url) {
  Check check{"prediction", "Test prediction successful", ok, "",
              "manual 7: hvac-twin models verify"};
  struct Range {
    const char* key;
    double low;
    double high;
  };
  // What a unit cooler can do with the guide's request.
  constexpr Range kRanges[] = {{"UCAOT", 0.0, 40.0}, {"UCWOT", 0.0, 40.0}, {"UCAF", 0.0, 20'000.0}};
  const auto answer = ask(url + "/predict", kRequest);
  if (!answer) {
    check.status = failed;
    check.evidence = answer.error().message;
    return check;
  }
  const auto document = parse_json(*answer);
  for (const Range& range : kRanges) {
    const json::value* value =
        document && document->is_object() ? document->get_object().if_contains(range.key) : nullptr;
    const double number = value != nullptr && value->is_number() ? value->to_number<double>() : -1;
    check.evidence +=
        fmt::format("{}{} {:.2f}", check.evidence.empty() ? "" : ", ", range.key, number);
    if (!(number >= range.low && number <= range.high)) {
      check.status = failed;
      check.evidence += fmt::format(" is outside {} .. {}", range.low, range.high);
    }
  }
  return check;
}

Check check_dashboard(const Ask& ask, const std::string& url) {
  if (url.empty()) {
    return {"dashboard", "Dashboard accessible", skipped, "no dashboard runs in this program", ""};
  }
  return expect(ask, "dashboard", "Dashboard accessible", url + "/", "", "<html");
}

std::vector<Check> smoke(const Ask& ask, const std::string& url, const std::string& dashboard_url) {
  std::vector<Check> checks = {check_health(ask, url)};
  if (url.empty()) return checks;
  checks.push_back(check_prediction(ask, url));
  checks.push_back(expect(ask, "batch", "Batch prediction", url + "/predict/batch",
                          std::string("[") + kRequest + "," + kRequest + "]", "UCAOT"));
  checks.push_back(expect(ask, "metrics", "Metrics", url + "/metrics", "", "hvac_"));
  checks.push_back(
      expect(ask, "openapi", "API description", url + "/openapi.json", "", "/predict"));
  checks.push_back(expect(ask, "docs", "API pages", url + "/docs", "", "<html"));
  checks.push_back(expect(ask, "assets", "Assets", url + "/api/v1/assets", "", "["));
  checks.push_back(check_dashboard(ask, dashboard_url));
  return checks;
}

}  // namespace hvac::ops
