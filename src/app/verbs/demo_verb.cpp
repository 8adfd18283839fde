#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <memory>
#include <ostream>
#include <string>

#include "api/http_client.h"
#include "app/http_identity.h"
#include "app/program_url.h"
#include "app/verbs/verbs.h"
#include "base/json.h"
#include "plant/faults.h"

namespace hvac::app {
namespace {

struct Options {
  std::string fault;
  bool stop = false;
  std::string url;  ///< Empty: that of the running program.
};

int list_faults(const Context& context) {
  boost::json::array list;
  for (const plant::FaultName& fault : plant::fault_names()) {
    list.push_back({{"name", fault.name}, {"meaning", fault.meaning}});
    if (!context.json) *context.out << fault.name << ": " << fault.meaning << "\n";
  }
  if (context.json) *context.out << json_text(list, JsonLayout::pretty);
  return exit_ok;
}

int switch_fault(const Context& context, const Options& options) {
  const boost::json::object body = {{"fault", options.fault},
                                    {"action", options.stop ? "stop" : "start"}};
  const std::string url = program_url(context, options.url);
  const auto answer = api::http_post(url + "/api/v1/demo/faults", json_text(body),
                                     std::chrono::seconds(5), http_identity());
  if (!answer) return report_error(context, answer.error());
  const auto document = parse_json(answer->body);
  if (answer->status != 200 || !document || !document->is_object()) {
    const boost::json::object* problem = document ? document->if_object() : nullptr;
    const boost::json::value* detail =
        problem != nullptr ? problem->if_contains("detail") : nullptr;
    return report_error(context,
                        {ErrorCode::invalid_argument, detail != nullptr && detail->is_string()
                                                          ? std::string(detail->get_string())
                                                          : url + ": is no demo of hvac-twin"});
  }
  if (context.json) {
    *context.out << json_text(*document, JsonLayout::pretty);
    return exit_ok;
  }
  const boost::json::value* active = document->get_object().if_contains("active");
  *context.out << "faults that are on: " << (active != nullptr ? json_text(*active) : "[]") << "\n";
  return exit_ok;
}

}  // namespace

void add_demo(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand("demo", "What can be done to a running demo");
  verb->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* fault = verb->add_subcommand("fault", "Switch a fault of the simulated cooler on");
  fault->add_option("name", options->fault, "Which fault (`demo faults` lists them)")->required();
  fault->add_flag("--stop", options->stop, "Switch it off again");
  fault->add_option("--url", options->url,
                    "Where the demo serves (default: where the program of the instance says, or "
                    "http://127.0.0.1:8000)");
  fault->callback([&context, &action, options] {
    action = [&context, options] { return switch_fault(context, *options); };
  });
  CLI::App* faults = verb->add_subcommand("faults", "List the faults there are");
  faults->callback([&context, &action] { action = [&context] { return list_faults(context); }; });
}

}  // namespace hvac::app
