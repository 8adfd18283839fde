#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <boost/json.hpp>
#include <chrono>
#include <memory>
#include <ostream>
#include <string>

#include "alerts/center.h"
#include "alerts/record.h"
#include "api/http_client.h"
#include "app/alert_options.h"
#include "app/broker.h"
#include "app/http_identity.h"
#include "app/operator_name.h"
#include "app/program_url.h"
#include "app/verbs/verbs.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "mqtt/publisher.h"
#include "store/open.h"

namespace hvac::app {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kPatience{15};

struct Options {
  std::string url;
  std::string id;
  std::string note;
  std::string channel = "all";
  std::int64_t minutes = 60;
  std::size_t limit = 100;
  bool all = false;
};

/// The alerts of an instance: of the running program over HTTP, or of its files when none runs.
class Alerts {
 public:
  static Result<std::unique_ptr<Alerts>> open(const Context& context, const Options& options) {
    std::unique_ptr<Alerts> alerts(new Alerts());
    const auto config = config::read_config(config::config_file(context.home));
    if (!config) return fail(config.error());
    alerts->url_ = program_url(context, options.url, config->server.port);
    if (!options.url.empty()) return alerts;
    auto store = store::open_store(config->store.url, context.home / "data" / "telemetry.db");
    if (!store) return fail(store.error());
    alerts->store_ = std::move(*store);
    // No channel: what waits is for the program to send.
    alerts::Options quiet;
    quiet.mqtt.enabled = false;
    auto center = alerts::AlertCenter::start(quiet, {*alerts->store_, context.home / "alerts"});
    if (center) {
      alerts->center_ = std::move(*center);
    } else if (center.error().code != ErrorCode::conflict) {
      return fail(center.error());
    }  // Else the program runs: it is asked.
    return alerts;
  }

  Result<json::array> list(bool all, std::size_t limit) const {
    json::array list;
    if (center_) {
      const auto alarms = all ? center_->recent(limit) : center_->open();
      if (!alarms) return fail(alarms.error());
      for (const alerts::Alarm& alarm : *alarms) list.push_back(alerts::described(alarm));
    } else {
      const auto document = ask(api::http_get(
          fmt::format("{}/api/v1/alerts?state={}&limit={}", url_, all ? "all" : "open", limit),
          kPatience, http_identity()));
      if (!document) return fail(document.error());
      const json::value* alarms = document->if_contains("alerts");
      if (alarms != nullptr && alarms->is_array()) list = alarms->get_array();
    }
    if (list.size() > limit) list.resize(limit);
    return list;
  }

  /// `what`: "ack", "shelve" or "unshelve".
  Result<json::object> act(const std::string& what, const Options& options) {
    if (center_) {
      const alerts::Act act{operator_name(), options.note};
      const auto alarm =
          what == "ack" ? center_->acknowledge(options.id, act)
          : what == "shelve"
              ? center_->shelve(options.id, std::chrono::minutes(options.minutes), act)
              : center_->unshelve(options.id, act);
      if (!alarm) return fail(alarm.error());
      center_->settle();
      return alerts::described(*alarm);
    }
    json::object body = {{"note", options.note}};
    if (what == "shelve") body["minutes"] = options.minutes;
    return ask(api::http_post(fmt::format("{}/api/v1/alerts/{}/{}", url_, options.id, what),
                              json_text(body), kPatience, http_identity()));
  }

 private:
  Alerts() = default;

  Result<json::object> ask(const Result<api::HttpAnswer>& answer) const {
    if (!answer) {
      return fail(answer.error().code,
                  answer.error().message + "; the program of this --home runs: say where by --url");
    }
    auto document = parse_json(answer->body);
    json::object* object = document ? document->if_object() : nullptr;
    if (object == nullptr) {
      return fail(ErrorCode::unavailable, url_ + ": answers, but not as hvac-twin");
    }
    if (answer->status == 200) return std::move(*object);
    const json::value* detail = object->if_contains("detail");
    const std::string text = detail != nullptr && detail->is_string()
                                 ? std::string(detail->get_string())
                                 : fmt::format("{} answered {}", url_, answer->status);
    const bool usage = answer->status == 400 || answer->status == 422;
    return fail(answer->status == 404   ? ErrorCode::not_found
                : answer->status == 409 ? ErrorCode::conflict
                : usage                 ? ErrorCode::invalid_argument
                                        : ErrorCode::unavailable,
                text);
  }

  std::string url_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<alerts::AlertCenter> center_;  ///< None: the program is asked.
};

std::string text_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string line_of(const json::object& alarm) {
  return fmt::format("{}  {:<8}  {:<18}  {}  {}", text_at(alarm, "id"), text_at(alarm, "severity"),
                     text_at(alarm, "state"), text_at(alarm, "raised"), text_at(alarm, "text"));
}

int print_list(const Context& context, const Options& options) {
  const auto alerts = Alerts::open(context, options);
  if (!alerts) return report_error(context, alerts.error());
  auto list = (*alerts)->list(options.all, options.limit);
  if (!list) return report_error(context, list.error());
  if (context.json) {
    *context.out << json_text(json::object{{"alerts", std::move(*list)}}, JsonLayout::pretty);
    return exit_ok;
  }
  for (const json::value& alarm : *list) *context.out << line_of(alarm.as_object()) << "\n";
  if (list->empty())
    *context.out << (options.all ? "there never was an alert\n" : "no open alert\n");
  return exit_ok;
}

void print_whole(std::ostream& out, const json::object& alarm) {
  for (const auto& [key, value] : alarm) {
    if (key == "history" || value.is_null()) continue;
    out << fmt::format("{:<14} {}\n", std::string_view(key),
                       value.is_string() ? std::string(value.get_string()) : json_text(value));
  }
  const json::value* history = alarm.if_contains("history");
  if (history == nullptr || !history->is_array()) return;
  for (const json::value& change : history->get_array()) {
    const json::object& c = change.as_object();
    out << fmt::format("  {}  {:<18} {} {}\n", text_at(c, "time"), text_at(c, "state"),
                       text_at(c, "by"), text_at(c, "note"));
  }
}

int show(const Context& context, const Options& options) {
  constexpr std::size_t kMost = 10'000;
  const auto alerts = Alerts::open(context, options);
  if (!alerts) return report_error(context, alerts.error());
  const auto list = (*alerts)->list(true, kMost);
  if (!list) return report_error(context, list.error());
  for (const json::value& value : *list) {
    const json::object& alarm = value.as_object();
    if (!text_at(alarm, "id").starts_with(options.id)) continue;
    if (context.json) {
      *context.out << json_text(alarm, JsonLayout::pretty);
    } else {
      print_whole(*context.out, alarm);
    }
    return exit_ok;
  }
  return report_error(context, {ErrorCode::not_found, "no alert has the id " + options.id});
}

int act(const Context& context, const Options& options, const std::string& what) {
  const auto alerts = Alerts::open(context, options);
  if (!alerts) return report_error(context, alerts.error());
  const auto alarm = (*alerts)->act(what, options);
  if (!alarm) return report_error(context, alarm.error());
  *context.out << (context.json ? json_text(*alarm, JsonLayout::pretty) : line_of(*alarm) + "\n");
  return exit_ok;
}

int journal(const Context& context, const Options& options) {
  const auto alerts = Alerts::open(context, options);
  if (!alerts) return report_error(context, alerts.error());
  const auto list = (*alerts)->list(true, options.limit);
  if (!list) return report_error(context, list.error());
  std::vector<json::object> lines;
  for (const json::value& value : *list) {
    const json::object& alarm = value.as_object();
    const json::value* history = alarm.if_contains("history");
    if (history == nullptr || !history->is_array()) continue;
    for (const json::value& change : history->get_array()) {
      json::object line = change.as_object();
      for (const char* key : {"id", "asset", "kind", "subject", "severity"}) {
        line[key] = text_at(alarm, key);
      }
      lines.push_back(std::move(line));
    }
  }
  std::ranges::stable_sort(lines, {},
                           [](const json::object& line) { return text_at(line, "time"); });
  if (context.json) {
    *context.out << json_text(json::object{{"journal", json::array(lines.begin(), lines.end())}},
                              JsonLayout::pretty);
    return exit_ok;
  }
  for (const json::object& line : lines) {
    *context.out << fmt::format("{}  {}  {:<18}  {} {} {}  {} {}\n", text_at(line, "time"),
                                text_at(line, "id"), text_at(line, "state"), text_at(line, "asset"),
                                text_at(line, "kind"), text_at(line, "subject"),
                                text_at(line, "by"), text_at(line, "note"));
  }
  if (lines.empty()) *context.out << "there never was an alert\n";
  return exit_ok;
}

/// A publisher of its own for the test, where there is a broker.
Result<std::unique_ptr<mqtt::Publisher>> publisher_for_test(const config::Config& config,
                                                            const Context& context) {
  if (config.mqtt.url.empty()) return std::unique_ptr<mqtt::Publisher>();
  auto client = broker_client(config.mqtt, context.home, "alerts-test");
  if (!client) return fail(client.error());
  mqtt::PublisherOptions publishing;
  publishing.client = std::move(*client);
  return mqtt::Publisher::start(std::move(publishing));
}

/// What config.toml lacks for that channel.
std::string_view missing_for(std::string_view channel) {
  if (channel == "mqtt")
    return "set mqtt.url (a broker that is given to `run --mqtt` only is not known here)";
  if (channel == "email") return "set alerts.email_server, alerts.email_from and alerts.email_to";
  return "set alerts.webhook_url_file";
}

int test(const Context& context, const Options& options) {
  const auto config = config::read_config(config::config_file(context.home));
  if (!config) return report_error(context, config.error());
  const auto settings = alert_options(*config, context.home);
  if (!settings) return report_error(context, settings.error());
  const auto publisher = publisher_for_test(*config, context);
  if (!publisher) return report_error(context, publisher.error());

  const bool every = options.channel == "all";
  json::object results;
  bool worked = true;
  for (const char* channel : {"mqtt", "email", "webhook"}) {
    if (!every && options.channel != channel) continue;
    const auto sent = alerts::test_channel(channel, *settings, publisher->get(), operator_name(),
                                           system_clock()());
    const bool off = !sent && sent.error().code == ErrorCode::not_found;
    std::string what = sent ? *sent : sent.error().message;
    if (off)
      what += fmt::format(": {} in {}", missing_for(channel),
                          config::config_file(context.home).string());
    worked = worked && (sent || (off && every));
    results[channel] = {{"result", sent  ? "delivered"
                                   : off ? "not configured"
                                         : "failed"},
                        {"detail", what}};
    if (!context.json) {
      *context.out << fmt::format("{:<8} {}: {}\n", channel,
                                  sent  ? "delivered"
                                  : off ? "not configured"
                                        : "FAILED",
                                  what);
    }
  }
  if (context.json) *context.out << json_text(results, JsonLayout::pretty);
  return worked ? exit_ok : exit_failed;
}

CLI::App* add_command(CLI::App& verb, const char* name, const char* help, Action& action,
                      std::function<int()> what) {
  CLI::App* command = verb.add_subcommand(name, help);
  command->callback([&action, what = std::move(what)] { action = what; });
  return command;
}

}  // namespace

void add_alerts(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand(
      "alerts", "What is wrong: of the running program, or of its files when none runs");
  verb->require_subcommand(1);
  auto options = std::make_shared<Options>();
  verb->add_option("--url", options->url,
                   "Ask the program there (default: the one of --home, if it runs)");

  CLI::App* list = add_command(*verb, "list", "The open alerts, the most severe first", action,
                               [&context, options] { return print_list(context, *options); });
  list->add_flag("--all", options->all, "Closed ones too, the latest first");
  list->add_option("--limit", options->limit, "At most so many")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();

  const auto add_id = [&](CLI::App* command) {
    command->add_option("id", options->id, "Of the alert; its first digits will do")->required();
    return command;
  };
  const auto add_note = [&](CLI::App* command) {
    command->add_option("--note", options->note, "Why, for the journal");
  };
  add_id(add_command(*verb, "show", "Everything about one alert", action,
                     [&context, options] { return show(context, *options); }));
  add_note(add_id(add_command(*verb, "ack", "Say that you know of it", action,
                              [&context, options] { return act(context, *options, "ack"); })));
  CLI::App* shelve =
      add_id(add_command(*verb, "shelve", "Put it aside for a time", action,
                         [&context, options] { return act(context, *options, "shelve"); }));
  shelve->add_option("--minutes", options->minutes, "For how long")
      ->check(CLI::Range(1, 10'080))
      ->capture_default_str();
  add_note(shelve);
  add_note(add_id(add_command(*verb, "unshelve", "Take it back before its time", action,
                              [&context, options] { return act(context, *options, "unshelve"); })));

  CLI::App* test_verb =
      add_command(*verb, "test", "Send a test message and say exactly what happens", action,
                  [&context, options] { return test(context, *options); });
  test_verb->add_option("--channel", options->channel, "mqtt, email, webhook or all")
      ->check(CLI::IsMember({"mqtt", "email", "webhook", "all"}))
      ->capture_default_str();

  CLI::App* journal_verb =
      add_command(*verb, "journal", "Every change of every alert, the oldest first", action,
                  [&context, options] { return journal(context, *options); });
  journal_verb->add_option("--limit", options->limit, "Of the latest so many alerts")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
}

}  // namespace hvac::app
