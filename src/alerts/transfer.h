#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// One exchange with libcurl, without its types.
namespace hvac::alerts {

struct TransferOptions {
  std::string url;    ///< Never shown.
  std::string shown;  ///< What stands for it in messages: scheme, host, port.
  std::filesystem::path ca_file;
  std::chrono::seconds timeout{30};
};

struct TransferAnswer {
  int code = 0;                    ///< The last one of the protocol.
  std::string body;                ///< At most 4 KiB.
  std::vector<std::string> lines;  ///< What the server said, at most 100 lines.
};

struct Mail {
  std::string from;
  std::vector<std::string> to;
  std::string user;  ///< Empty: no login.
  std::string password;
  bool starttls = true;  ///< Not without it. (smtps:// is encrypted from the start.)
  std::string content;   ///< Headers and text, lines ended by CRLF.
};

/// Errors of both: unavailable, timed_out, interrupted; rejected for a mail that the server refuses
/// (5yz). What the server answers to a post is its code.
[[nodiscard]] Result<TransferAnswer> send_mail(const TransferOptions& options, const Mail& mail,
                                               const std::stop_token& stop);
[[nodiscard]] Result<TransferAnswer> post_json(const TransferOptions& options,
                                               const std::string& body,
                                               const std::stop_token& stop);

/// Scheme, host and port of an address, without user, path and query; what is no address gives "?".
[[nodiscard]] std::string origin_of(const std::string& url);

}  // namespace hvac::alerts
