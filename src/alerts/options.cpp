#include "alerts/options.h"

#include <fmt/format.h>

namespace hvac::alerts {
namespace {

Result<void> wrong(std::string_view key, std::string_view what) {
  return fail(ErrorCode::invalid_argument, fmt::format("alerts.{}: {}", key, what));
}

Result<void> check_email(const EmailOptions& email) {
  if (!email.enabled) return {};
  if (!email.server.starts_with("smtp://") && !email.server.starts_with("smtps://")) {
    return wrong(
        "email_server",
        fmt::format("\"{}\" is not smtp://HOST[:PORT] or smtps://HOST[:PORT]", email.server));
  }
  if (email.from.empty()) return wrong("email_from", "must name the sender");
  if (email.to.empty()) return wrong("email_to", "must name at least one receiver");
  for (const std::string& to : email.to) {
    if (to.find_first_of("\r\n<> \t") != std::string::npos || to.find('@') == std::string::npos) {
      return wrong("email_to", fmt::format("\"{}\" is no address", to));
    }
  }
  if (email.user.empty() != email.password_file.empty()) {
    return wrong("email_password_file", "a user and the file with the password go together");
  }
  return {};
}

}  // namespace

Result<void> check(const Options& options) {
  if (auto email = check_email(options.email); !email) return email;
  if (options.webhook.enabled && options.webhook.url_file.empty()) {
    return wrong("webhook_url_file", "must name the file that holds the address");
  }
  if (options.mqtt.prefix.empty() || options.mqtt.prefix.find_first_of("+#") != std::string::npos) {
    return wrong("mqtt_prefix", fmt::format("\"{}\" cannot begin a topic", options.mqtt.prefix));
  }
  if (options.rate.burst < 2) {
    return wrong("rate_burst", fmt::format("{} is below 2: one for an alert, one for the digest",
                                           options.rate.burst));
  }
  if (options.rate.refill < std::chrono::seconds(1)) {
    return wrong("rate_refill_s", "must be at least 1");
  }
  return {};
}

}  // namespace hvac::alerts
