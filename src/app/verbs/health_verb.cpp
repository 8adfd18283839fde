#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "api/http_client.h"
#include "app/http_identity.h"
#include "app/program_url.h"
#include "app/verbs/verbs.h"
#include "base/json.h"

namespace hvac::app {
namespace {

struct Options {
  std::string url;  ///< Empty: that of the running program.
  int timeout_ms = 5000;
};

/// The key indicators of the server at `base`; none where it has none or does not show them.
boost::json::array indicators(const std::string& base, const Options& options) {
  const auto answer = api::http_get(base + "/api/v1/kpis",
                                    std::chrono::milliseconds(options.timeout_ms), http_identity());
  if (!answer || answer->status != 200) return {};
  const auto document = parse_json(answer->body);
  const boost::json::object* object = document ? document->if_object() : nullptr;
  const boost::json::value* kpis = object != nullptr ? object->if_contains("kpis") : nullptr;
  return kpis != nullptr && kpis->is_array() ? kpis->get_array() : boost::json::array();
}

void print(std::ostream& out, const boost::json::array& kpis) {
  const auto part = [](const boost::json::value& kpi, std::string_view key) {
    const boost::json::value* found = kpi.is_object() ? kpi.get_object().if_contains(key) : nullptr;
    if (found == nullptr || found->is_null()) return std::string("-");
    return found->is_string() ? std::string(found->get_string()) : json_text(*found);
  };
  for (const boost::json::value& kpi : kpis) {
    out << fmt::format("{:<28} {:>10} {:<3} {:<8} (target {}, warning {}, critical {})\n",
                       part(kpi, "label"), part(kpi, "value"), part(kpi, "unit"),
                       part(kpi, "status"), part(kpi, "target"), part(kpi, "warning"),
                       part(kpi, "critical"));
  }
}

int health(const Context& context, const Options& options) {
  constexpr std::string_view kPath = "/health";
  const std::string given = program_url(context, options.url);
  const std::string base =
      given.ends_with(kPath) ? given.substr(0, given.size() - kPath.size()) : given;
  const std::string url = base + std::string(kPath);
  const auto answer =
      api::http_get(url, std::chrono::milliseconds(options.timeout_ms), http_identity());
  if (!answer) return report_error(context, answer.error());
  const auto document = parse_json(answer->body);
  const boost::json::object* object = document ? document->if_object() : nullptr;
  const boost::json::value* status = object != nullptr ? object->if_contains("status") : nullptr;
  if (status == nullptr || !status->is_string()) {
    return report_error(context, {ErrorCode::unavailable, url + ": answers, but not as hvac-twin"});
  }
  const bool healthy = answer->status == 200 && status->get_string() == "healthy";
  const boost::json::array kpis = indicators(base, options);
  if (context.json) {
    boost::json::object shown = *object;
    shown["indicators"] = kpis;
    *context.out << json_text(shown, JsonLayout::pretty);
  } else {
    for (const auto& member : *object) {
      const auto& value = member.value();
      *context.out << std::string(member.key()) << ": "
                   << (value.is_string() ? std::string(value.get_string()) : json_text(value))
                   << "\n";
    }
    print(*context.out, kpis);
  }
  return healthy ? exit_ok : exit_failed;
}

}  // namespace

void add_health(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb =
      root.add_subcommand("health", "Ask a running server whether it is healthy (exit 1: no)");
  auto options = std::make_shared<Options>();
  verb->add_option("--url", options->url,
                   "Where it serves (default: where the program of the instance says, or "
                   "http://127.0.0.1:8000)");
  verb->add_option("--timeout", options->timeout_ms, "How long to wait [ms]")
      ->check(CLI::Range(1, 600'000))
      ->capture_default_str();
  verb->callback([&context, &action, options] {
    action = [&context, options] { return health(context, *options); };
  });
}

}  // namespace hvac::app
