#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "alerts/channels.h"
#include "alerts/secret.h"
#include "alerts/transfer.h"
#include "base/text.h"

namespace hvac::alerts {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Without line ends: what stands in a header must not make another one.
std::string one_line(std::string_view text) {
  std::string result(text);
  std::ranges::replace_if(
      result, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return result;
}

std::string base64(std::string_view text) {
  std::string result(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  result.resize(static_cast<std::size_t>(length));
  return result;
}

/// Encoded words of at most 75 characters (RFC 2047) where it is not ASCII.
std::string header_text(std::string_view text) {
  const std::string line = one_line(text);
  if (is_ascii(line)) return line;
  constexpr std::size_t kBytes = 45;
  std::string result;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = std::min(line.size(), at + kBytes);
    const auto inside = [&](std::size_t i) {
      return i < line.size() && (static_cast<unsigned char>(line[i]) & 0xC0U) == 0x80U;
    };
    while (end > at + 1 && inside(end)) --end;
    if (!result.empty()) result += "\r\n ";
    result += "=?UTF-8?B?" + base64(std::string_view(line).substr(at, end - at)) + "?=";
    at = end;
  }
  return result;
}

/// The text with CRLF and without lines that are too long for SMTP (RFC 5321, 4.5.3.1.6).
std::string body_text(std::string_view text) {
  constexpr std::size_t kLine = 900;
  std::string result;
  std::size_t column = 0;
  for (const char c : text) {
    if (c == '\n' || column >= kLine) {
      result += "\r\n";
      column = 0;
      if (c == '\n') continue;
    }
    result += c == '\r' ? ' ' : c;
    ++column;
  }
  return result;
}

std::string content(const EmailOptions& options, const Message& message) {
  const auto at = options.from.find('@');
  const auto end = options.from.find('>');
  const std::string domain =
      at == std::string::npos ? "hvac-twin" : options.from.substr(at + 1, end - at - 1);
  const auto second = std::chrono::floor<std::chrono::seconds>(message.time);
  std::string text = fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} +0000\r\n", second);
  text += "From: " + one_line(options.from) + "\r\n";
  text += "To: " + one_line(comma_list(options.to)) + "\r\n";
  text += "Subject: " + header_text(message.subject) + "\r\n";
  text += "Message-ID: <" + one_line(message.key) + "@" + one_line(domain) + ">\r\n";
  if (message.severity == Severity::critical) text += "X-Priority: 1\r\n";
  text += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  text += "Content-Type: text/plain; charset=utf-8\r\n";
  text += fmt::format("Content-Transfer-Encoding: {}\r\n\r\n",
                      is_ascii(message.text) ? "7bit" : "8bit");
  return text + body_text(message.text);
}

/// The server's refusals of single receivers.
std::string refusals(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (line.starts_with("5") || line.starts_with("4")) text += "; it refused: " + line;
  }
  return text;
}

class Email : public Channel {
 public:
  Email(const EmailOptions& options, std::chrono::seconds timeout)
      : options_(options), timeout_(timeout) {}

  Result<std::string> send(const Message& message, const std::stop_token& stop) override {
    Mail mail{options_.from,     options_.to,
              options_.user,     "",
              options_.starttls, content(options_, message)};
    if (!options_.user.empty()) {
      auto password = read_secret(options_.password_file, "alerts.email_password_file");
      if (!password) return fail(password.error());
      mail.password = std::move(*password);
    }
    const std::string shown = origin_of(options_.server);
    const auto answer = send_mail({options_.server, shown, options_.ca_file, timeout_}, mail, stop);
    if (!answer) return fail(answer.error());
    return fmt::format("{} took the mail to {}: \"{}\"{}", shown, comma_list(options_.to),
                       answer->lines.empty() ? "" : answer->lines.back(), refusals(answer->lines));
  }

 private:
  EmailOptions options_;
  std::chrono::seconds timeout_;
};

}  // namespace

std::unique_ptr<Channel> make_email(const EmailOptions& options, std::chrono::seconds timeout) {
  return std::make_unique<Email>(options, timeout);
}

}  // namespace hvac::alerts
