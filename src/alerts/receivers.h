#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/guarded.h"

/// Real receivers of mail and of posts for the tests: small servers on the loopback, one client at
/// a time.
namespace hvac::alerts::testing {

namespace asio = boost::asio;
using asio::ip::tcp;

enum class Security { plain, starttls, tls };

/// Accepts clients in a thread of its own until it is destroyed.
class Server {
 public:
  explicit Server(std::uint16_t port = 0)
      : acceptor_(context_, {asio::ip::make_address("127.0.0.1"), port}) {
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
  }
  virtual ~Server() = default;
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 protected:
  void start() {
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        boost::system::error_code error;
        tcp::socket socket = acceptor_.accept(error);
        if (error || stop.stop_requested()) continue;
        const timeval limit{10, 0};
        ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        serve(socket);
      }
    });
  }
  void stop() {
    thread_.request_stop();
    boost::system::error_code error;
    tcp::socket knock(context_);
    knock.connect(acceptor_.local_endpoint(), error);
    thread_.join();
  }
  virtual void serve(tcp::socket& socket) = 0;

 private:
  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::jthread thread_;
};

/// Lines in and out over a stream that may be TLS.
template <class Stream>
class Talk {
 public:
  explicit Talk(Stream& stream) : stream_(stream) {}

  /// The next line without its end; nothing when the client has gone.
  std::optional<std::string> line() {
    boost::system::error_code error;
    const std::size_t n = asio::read_until(stream_, asio::dynamic_buffer(bytes_), "\r\n", error);
    if (error) return std::nullopt;
    std::string text = bytes_.substr(0, n - 2);
    bytes_.erase(0, n);
    return text;
  }
  std::string exactly(std::size_t n) {
    boost::system::error_code error;
    if (bytes_.size() < n) {
      asio::read(stream_, asio::dynamic_buffer(bytes_), asio::transfer_exactly(n - bytes_.size()),
                 error);
    }
    std::string text = bytes_.substr(0, n);
    bytes_.erase(0, n);
    return text;
  }
  void say(const std::string& text) {
    boost::system::error_code error;
    asio::write(stream_, asio::buffer(text + "\r\n"), error);
  }

 private:
  Stream& stream_;
  std::string bytes_;
};

inline asio::ssl::context server_context(const std::filesystem::path& certificates) {
  asio::ssl::context context(asio::ssl::context::tls_server);
  if (certificates.empty()) return context;
  context.use_certificate_chain_file((certificates / "server.pem").string());
  context.use_private_key_file((certificates / "server.key").string(), asio::ssl::context::pem);
  return context;
}

struct ReceivedMail {
  std::string from;
  std::vector<std::string> to;
  std::string content;  ///< Headers and text as they came, dots unstuffed.
  bool encrypted = false;
  std::string login;  ///< As it came, base64; empty: none.
};

/// SMTP as in RFC 5321 with STARTTLS and AUTH PLAIN.
class SmtpServer : public Server {
 public:
  struct Options {
    Security security = Security::plain;
    std::filesystem::path certificates;
    std::string login;  ///< base64 of "\0user\0password"; empty: nobody need log in.
    std::uint16_t port = 0;
  };
  SmtpServer() : SmtpServer(Options{}) {}
  explicit SmtpServer(Options options)
      : Server(options.port), options_(options), tls_(server_context(options.certificates)) {
    start();
  }
  ~SmtpServer() override { stop(); }

  std::vector<ReceivedMail> mails() const {
    return mails_.with([](const auto& mails) { return mails; });
  }
  /// The next answers to the end of DATA are these instead of 250.
  void answer_next(std::vector<std::string> answers) {
    answers_.with([&](auto& all) { all.assign(answers.begin(), answers.end()); });
  }
  /// This receiver is refused.
  void refuse(std::string address) {
    refused_.with([&](auto& all) { all.push_back("<" + address + ">"); });
  }

 protected:
  void serve(tcp::socket& socket) override {
    boost::system::error_code error;
    if (options_.security == Security::tls) {
      asio::ssl::stream<tcp::socket&> stream(socket, tls_);
      stream.handshake(asio::ssl::stream_base::server, error);
      if (error) return;
      Talk talk(stream);
      talk.say("220 receiver");
      session(talk, true);
      stream.shutdown(error);
      return;
    }
    Talk talk(socket);
    talk.say("220 receiver");
    if (!session(talk, false)) return;
    asio::ssl::stream<tcp::socket&> stream(socket, tls_);
    stream.handshake(asio::ssl::stream_base::server, error);
    if (error) return;
    Talk secure(stream);
    session(secure, true);
    stream.shutdown(error);
  }

 private:
  /// True: the client wants TLS now.
  template <class Stream>
  bool session(Talk<Stream>& talk, bool encrypted) {
    ReceivedMail mail;
    mail.encrypted = encrypted;
    while (const auto line = talk.line()) {
      if (line->starts_with("EHLO")) {
        const bool offers = options_.security == Security::starttls && !encrypted;
        talk.say("250-receiver");
        if (offers) talk.say("250-STARTTLS");
        if (!options_.login.empty()) talk.say("250-AUTH PLAIN");
        talk.say("250 8BITMIME");
      } else if (*line == "STARTTLS") {
        talk.say("220 go on");
        return true;
      } else if (line->starts_with("AUTH PLAIN")) {
        if (*line == "AUTH PLAIN") {
          talk.say("334 ");
          mail.login = talk.line().value_or("");
        } else {
          mail.login = line->substr(11);
        }
        talk.say(mail.login == options_.login ? "235 welcome" : "535 5.7.8 wrong credentials");
      } else if (line->starts_with("MAIL FROM:")) {
        const bool known = options_.login.empty() || mail.login == options_.login;
        mail.from = line->substr(10);
        talk.say(known ? "250 ok" : "530 5.7.0 log in first");
      } else if (line->starts_with("RCPT TO:")) {
        receiver(talk, line->substr(8), mail);
      } else if (*line == "DATA") {
        talk.say("354 go on");
        data(talk, mail);
      } else if (*line == "QUIT") {
        talk.say("221 bye");
        return false;
      } else {
        talk.say("502 what?");
      }
    }
    return false;
  }
  template <class Stream>
  void receiver(Talk<Stream>& talk, const std::string& address, ReceivedMail& mail) {
    const bool no = refused_.with(
        [&](const auto& all) { return std::find(all.begin(), all.end(), address) != all.end(); });
    if (!no) mail.to.push_back(address);
    talk.say(no ? "550 5.1.1 no such user " + address : "250 ok");
  }
  template <class Stream>
  void data(Talk<Stream>& talk, ReceivedMail& mail) {
    mail.content.clear();
    for (;;) {
      const auto line = talk.line();
      if (!line) return;  // Cut off: not received.
      if (*line == ".") break;
      mail.content += (line->starts_with('.') ? line->substr(1) : *line) + "\n";
    }
    const std::string answer = answers_.with([](auto& all) {
      std::string next = "250 2.0.0 queued as 4711";
      if (!all.empty()) {
        next = all.front();
        all.pop_front();
      }
      return next;
    });
    if (answer.starts_with("250")) mails_.with([&](auto& mails) { mails.push_back(mail); });
    talk.say(answer);
  }

  Options options_;
  asio::ssl::context tls_;
  Guarded<std::vector<ReceivedMail>> mails_;
  Guarded<std::deque<std::string>> answers_;
  Guarded<std::vector<std::string>> refused_;
};

struct ReceivedPost {
  std::string target;
  std::string content_type;
  std::string body;
};

/// HTTP POST.
class HttpServer : public Server {
 public:
  explicit HttpServer(Security security = Security::plain,
                      const std::filesystem::path& certificates = {}, std::uint16_t port = 0)
      : Server(port), security_(security), tls_(server_context(certificates)) {
    start();
  }
  ~HttpServer() override { stop(); }

  std::vector<ReceivedPost> posts() const {
    return posts_.with([](const auto& posts) { return posts; });
  }
  /// The next answers have these statuses instead of 200.
  void answer_next(std::vector<int> statuses) {
    answers_.with([&](auto& all) { all.assign(statuses.begin(), statuses.end()); });
  }

 protected:
  void serve(tcp::socket& socket) override {
    boost::system::error_code error;
    if (security_ == Security::plain) {
      Talk talk(socket);
      return exchange(talk);
    }
    asio::ssl::stream<tcp::socket&> stream(socket, tls_);
    stream.handshake(asio::ssl::stream_base::server, error);
    if (error) return;
    Talk talk(stream);
    exchange(talk);
    stream.shutdown(error);
  }

 private:
  template <class Stream>
  void exchange(Talk<Stream>& talk) {
    ReceivedPost post;
    const auto first = talk.line();
    if (!first) return;
    post.target = first->substr(0, first->rfind(' '));
    std::size_t length = 0;
    for (;;) {
      const auto line = talk.line();
      if (!line) return;
      if (line->empty()) break;
      if (line->starts_with("Content-Length: ")) length = std::stoul(line->substr(16));
      if (line->starts_with("Content-Type: ")) post.content_type = line->substr(14);
    }
    post.body = talk.exactly(length);
    const int status = answers_.with([](auto& all) {
      int next = 200;
      if (!all.empty()) {
        next = all.front();
        all.pop_front();
      }
      return next;
    });
    if (status == 200) posts_.with([&](auto& posts) { posts.push_back(post); });
    const std::string text = status == 200 ? "ok" : "no";
    talk.say("HTTP/1.1 " + std::to_string(status) +
             " x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n" + text);
  }

  Security security_;
  asio::ssl::context tls_;
  Guarded<std::vector<ReceivedPost>> posts_;
  Guarded<std::deque<int>> answers_;
};

}  // namespace hvac::alerts::testing
