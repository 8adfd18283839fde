#include "app/alert_options.h"

#include <fmt/format.h>

#include <sstream>

#include "base/number.h"

namespace hvac::app {
namespace {

Result<void> wrong(std::string_view key, std::string_view what) {
  return fail(ErrorCode::invalid_argument, fmt::format("alerts.{}: {}", key, what));
}

Result<void> read_severity(std::string_view key, const std::string& text, alerts::Severity& into) {
  const auto severity = alerts::find_severity(text);
  if (!severity) return wrong(key, fmt::format("\"{}\" is not info, warning or critical", text));
  into = *severity;
  return {};
}

std::optional<std::chrono::seconds> read_seconds(const std::string& text) {
  constexpr double kMost = 30.0 * 86'400.0;
  const auto number = parse_number(text);
  if (!number || !(*number >= 0.0 && *number <= kMost)) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(*number));
}

/// One "key=value" of a line of `tuning`.
bool take(alerts::Tuning& tuning, const std::string& key, const std::string& value) {
  if (key == "severity") {
    tuning.severity = alerts::find_severity(value);
    return tuning.severity.has_value();
  }
  if (key == "on_delay_s") {
    tuning.on_delay = read_seconds(value);
    return tuning.on_delay.has_value();
  }
  if (key == "off_delay_s") {
    tuning.off_delay = read_seconds(value);
    return tuning.off_delay.has_value();
  }
  if (key != "deadband") return false;
  tuning.deadband = parse_number(value);
  return tuning.deadband && *tuning.deadband >= 0.0 && *tuning.deadband <= 1.0;
}

Result<void> read_tuning(const std::string& line,
                         std::map<alerts::AlarmKind, alerts::Tuning>& into) {
  std::istringstream words(line);
  std::string word;
  words >> word;
  const auto kind = alerts::find_alarm_kind(word);
  if (!kind) return wrong("tuning", fmt::format("there is no alarm \"{}\"", word));
  while (words >> word) {
    const auto equals = word.find('=');
    if (equals == std::string::npos ||
        !take(into[*kind], word.substr(0, equals), word.substr(equals + 1))) {
      return wrong("tuning", fmt::format("\"{}\" in \"{}\" is not severity=info|warning|critical, "
                                         "on_delay_s=0..2592000, off_delay_s=0..2592000 or "
                                         "deadband=0..1",
                                         word, line));
    }
  }
  return {};
}

}  // namespace

Result<alerts::Options> alert_options(const config::Config& config,
                                      const std::filesystem::path& home) {
  const config::Alerts& from = config.alerts;
  const auto file = [&](const std::string& name) {
    return name.empty() ? std::filesystem::path() : home / name;
  };
  alerts::Options options;
  options.site = from.site;
  options.mqtt.enabled = from.mqtt && !config.mqtt.url.empty();
  options.email.enabled = !from.email_server.empty();
  options.email.server = from.email_server;
  options.email.starttls = from.email_starttls;
  options.email.from = from.email_from;
  options.email.to = from.email_to;
  options.email.user = from.email_user;
  options.email.password_file = file(from.email_password_file);
  options.email.ca_file = file(from.email_ca_file);
  options.email.returned = from.tell_returned;
  options.webhook.enabled = !from.webhook_url_file.empty();
  options.webhook.url_file = file(from.webhook_url_file);
  options.webhook.ca_file = file(from.webhook_ca_file);
  options.webhook.returned = from.tell_returned;
  options.rate.burst = static_cast<int>(from.burst);
  options.rate.refill = std::chrono::seconds(from.refill_s);
  options.machine.returned_kept = std::chrono::hours(from.returned_hours);
  if (from.webhook_format == "json") {
    options.webhook.format = alerts::WebhookFormat::json;
  } else if (from.webhook_format != "slack") {
    return fail(
        wrong("webhook_format", fmt::format("\"{}\" is not slack or json", from.webhook_format))
            .error());
  }
  for (const auto& read :
       {read_severity("mqtt_least", from.mqtt_least, options.mqtt.least),
        read_severity("email_least", from.email_least, options.email.least),
        read_severity("webhook_least", from.webhook_least, options.webhook.least)}) {
    if (!read) return fail(read.error());
  }
  for (const std::string& line : from.tuning) {
    if (auto read = read_tuning(line, options.machine.tuning); !read) return fail(read.error());
  }
  if (auto good = check(options); !good) return fail(good.error());
  return options;
}

}  // namespace hvac::app
