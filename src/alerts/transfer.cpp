#include "alerts/transfer.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace hvac::alerts {
namespace {

constexpr std::size_t kMostBody = 4096;
constexpr std::size_t kMostLines = 100;
constexpr std::chrono::seconds kConnect{10};
constexpr std::chrono::seconds kAnswer{3};  ///< To what was sent when the program was asked to end.

/// libcurl wants to be set up once, before any thread uses it.
void set_up() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(done);
}

/// A server's words without control characters.
std::string printable(std::string_view text) {
  std::string result;
  for (const char c : text) {
    result += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  while (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

class Transfer {
 public:
  Transfer(const TransferOptions& options, const std::stop_token& stop)
      : options_(options), stop_(stop) {
    set_up();
    handle_.reset(curl_easy_init());
    set(CURLOPT_URL, options.url.c_str());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_TIMEOUT, static_cast<long>(options.timeout.count()));
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(std::min(options.timeout, kConnect).count()));
    set(CURLOPT_WRITEFUNCTION, &Transfer::take_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &Transfer::take_line);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &Transfer::go_on);
    set(CURLOPT_XFERINFODATA, this);
    if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }
  void set_list(CURLoption option, const std::vector<std::string>& items) {
    List list;
    for (const std::string& item : items) {
      list.reset(curl_slist_append(list.release(), item.c_str()));
    }
    set(option, list.get());
    lists_.push_back(std::move(list));
  }
  void upload(const std::string& content) {
    rest_ = content;
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, &Transfer::give);
    set(CURLOPT_READDATA, this);
  }

  Result<TransferAnswer> perform() {
    const CURLcode result = curl_easy_perform(handle_.get());
    long code = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &code);
    answer_.code = static_cast<int>(code);
    if (result == CURLE_OK) return std::move(answer_);
    return fail(error_code(result), message(result));
  }

 private:
  struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, FreeList>;

  ErrorCode error_code(CURLcode result) const {
    constexpr int kPermanent = 500;  // RFC 5321, 4.2.1: 5yz says never.
    if (stop_.stop_requested()) return ErrorCode::interrupted;
    if (result == CURLE_OPERATION_TIMEDOUT) return ErrorCode::timed_out;
    // A wrong password can be put right: the message is not to blame.
    const bool to_blame = result != CURLE_LOGIN_DENIED && result != CURLE_USE_SSL_FAILED;
    return to_blame && answer_.code >= kPermanent ? ErrorCode::rejected : ErrorCode::unavailable;
  }
  std::string message(CURLcode result) const {
    const std::string_view detail(error_.data());
    std::string text =
        fmt::format("{}: {}", options_.shown, detail.empty() ? curl_easy_strerror(result) : detail);
    if (!answer_.lines.empty()) text += fmt::format("; it said \"{}\"", answer_.lines.back());
    return printable(text);
  }

  static std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* self) {
    std::string& body = static_cast<Transfer*>(self)->answer_.body;
    body.append(bytes, std::min(count, kMostBody - body.size()));
    return count;
  }
  static std::size_t take_line(char* bytes, std::size_t, std::size_t count, void* self) {
    auto& lines = static_cast<Transfer*>(self)->answer_.lines;
    std::string line = printable({bytes, count});
    if (!line.empty() && lines.size() < kMostLines) lines.push_back(std::move(line));
    return count;
  }
  static std::size_t give(char* room, std::size_t, std::size_t size, void* self) {
    std::string_view& rest = static_cast<Transfer*>(self)->rest_;
    const std::size_t part = std::min(size, rest.size());
    rest.copy(room, part);
    rest.remove_prefix(part);
    return part;
  }
  static int go_on(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t uploaded) {
    return static_cast<Transfer*>(self)->must_end(uploaded > 0) ? 1 : 0;
  }
  // What is on its way may be there already: cut off before the answer it would be sent again.
  bool must_end(bool on_its_way) {
    if (!stop_.stop_requested()) return false;
    const auto now = std::chrono::steady_clock::now();
    if (!asked_to_stop_) asked_to_stop_ = now;
    return !on_its_way || now - *asked_to_stop_ > kAnswer;
  }

  const TransferOptions& options_;
  std::stop_token stop_;
  std::unique_ptr<CURL, FreeHandle> handle_;
  std::vector<List> lists_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::string_view rest_;
  TransferAnswer answer_;
  std::optional<std::chrono::steady_clock::time_point> asked_to_stop_;
};

/// "Anna <anna@ship.example>" -> "<anna@ship.example>"
std::string envelope(const std::string& address) {
  const auto open = address.find('<');
  return open == std::string::npos ? "<" + address + ">" : address.substr(open);
}

}  // namespace

std::string origin_of(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts(curl_url(), &curl_url_cleanup);
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(parts.get(), which, &text, 0) != CURLUE_OK) return std::string();
    std::string result = text;
    curl_free(text);
    return result;
  };
  if (curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
      CURLUE_OK) {
    return "?";
  }
  const std::string port = part(CURLUPART_PORT);
  return part(CURLUPART_SCHEME) + "://" + part(CURLUPART_HOST) + (port.empty() ? "" : ":" + port);
}

Result<TransferAnswer> send_mail(const TransferOptions& options, const Mail& mail,
                                 const std::stop_token& stop) {
  Transfer transfer(options, stop);
  transfer.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  transfer.set(CURLOPT_USE_SSL,
               static_cast<long>(mail.starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  transfer.set(CURLOPT_MAIL_FROM, envelope(mail.from).c_str());
  std::vector<std::string> to;
  for (const std::string& address : mail.to) to.push_back(envelope(address));
  transfer.set_list(CURLOPT_MAIL_RCPT, to);
  transfer.set(CURLOPT_MAIL_RCPT_ALLLOWFAILS,
               1L);  // One wrong address must not silence the others.
  if (!mail.user.empty()) {
    transfer.set(CURLOPT_USERNAME, mail.user.c_str());
    transfer.set(CURLOPT_PASSWORD, mail.password.c_str());
  }
  transfer.upload(mail.content);
  return transfer.perform();
}

Result<TransferAnswer> post_json(const TransferOptions& options, const std::string& body,
                                 const std::stop_token& stop) {
  Transfer transfer(options, stop);
  transfer.set(CURLOPT_PROTOCOLS_STR, "http,https");
  transfer.set_list(CURLOPT_HTTPHEADER, {"Content-Type: application/json", "Expect:"});
  transfer.set(CURLOPT_POSTFIELDS, body.c_str());
  transfer.set(CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  return transfer.perform();
}

}  // namespace hvac::alerts
