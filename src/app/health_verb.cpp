#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <memory>
#include <ostream>
#include <string>

#include "api/http_client.h"
#include "app/http_identity.h"
#include "app/verbs.h"
#include "base/json.h"

namespace hvac::app {
namespace {

struct Options {
  std::string url = "http://127.0.0.1:8000";
  int timeout_ms = 5000;
};

int health(const Context& context, const Options& options) {
  const std::string url = options.url.ends_with("/health") ? options.url : options.url + "/health";
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
  if (context.json) {
    *context.out << json_text(*document, JsonLayout::pretty);
  } else {
    for (const auto& member : *object) {
      const auto& value = member.value();
      *context.out << std::string(member.key()) << ": "
                   << (value.is_string() ? std::string(value.get_string()) : json_text(value))
                   << "\n";
    }
  }
  return healthy ? exit_ok : exit_failed;
}

}  // namespace

void add_health(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb =
      root.add_subcommand("health", "Ask a running server whether it is healthy (exit 1: no)");
  auto options = std::make_shared<Options>();
  verb->add_option("--url", options->url, "Where it serves")->capture_default_str();
  verb->add_option("--timeout", options->timeout_ms, "How long to wait [ms]")
      ->check(CLI::Range(1, 600'000))
      ->capture_default_str();
  verb->callback([&context, &action, options] {
    action = [&context, options] { return health(context, *options); };
  });
}

}  // namespace hvac::app
