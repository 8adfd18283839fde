#include <fmt/format.h>

#include <boost/json.hpp>

#include "alerts/channels.h"
#include "alerts/secret.h"
#include "alerts/transfer.h"
#include "base/json.h"

namespace hvac::alerts {
namespace {

/// Slack's three escapes; line ends stay.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else {
      result += c;
    }
  }
  return result;
}

std::string slack_body(const Message& message) {
  return json_text(
      {{"text", fmt::format("*{}*\n{}", escaped(message.subject), escaped(message.text))}});
}

/// Whether it is this message that the server does not want; else a later attempt may do.
bool is_refusal(int status) { return status == 400 || status == 413 || status == 422; }

class Webhook : public Channel {
 public:
  Webhook(const WebhookOptions& options, std::chrono::seconds timeout)
      : options_(options), timeout_(timeout) {}

  Result<std::string> send(const Message& message, const std::stop_token& stop) override {
    const auto url = read_secret(options_.url_file, "alerts.webhook_url_file");
    if (!url) return fail(url.error());
    const std::string shown = origin_of(*url);
    const auto answer = post_json(
        {*url, shown, options_.ca_file, timeout_},
        options_.format == WebhookFormat::slack ? slack_body(message) : message.json, stop);
    if (!answer) return fail(answer.error());
    std::string said = fmt::format("{} answered {}", shown, answer->code);
    const std::string_view body = std::string_view(answer->body).substr(0, 200);
    if (!body.empty()) said += fmt::format(" \"{}\"", body);
    if (answer->code >= 200 && answer->code < 300) return said;
    return fail(is_refusal(answer->code) ? ErrorCode::rejected : ErrorCode::unavailable, said);
  }

 private:
  WebhookOptions options_;
  std::chrono::seconds timeout_;
};

}  // namespace

std::unique_ptr<Channel> make_webhook(const WebhookOptions& options, std::chrono::seconds timeout) {
  return std::make_unique<Webhook>(options, timeout);
}

}  // namespace hvac::alerts
