#include "api/tls.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl.hpp>
#include <cstdlib>
#include <thread>

#include "api/body_source.h"
#include "api/http_client.h"
#include "api/test_support.h"
#include "base/files.h"

namespace hvac::api {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
namespace ssl = boost::asio::ssl;

/// Writes a certificate of its own with that name.
void make_certificate(const TlsFiles& files, const std::string& name) {
  std::filesystem::create_directories(files.key.parent_path());
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
      "-nodes -days 2 -subj /CN=" +
      name + " -addext subjectAltName=IP:127.0.0.1 -keyout '" + files.key.string() + "' -out '" +
      files.certificate.string() + "' 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

/// A client that trusts everybody and says who it found.
class SecureClient {
 public:
  SecureClient(std::uint16_t port, int most_version)
      : context_(ssl::context::tls_client), stream_(io_, context_) {
    SSL_set_max_proto_version(stream_.native_handle(), most_version);
    boost::system::error_code error;
    stream_.next_layer().connect({boost::asio::ip::make_address("127.0.0.1"), port}, error);
    const timeval limit{10, 0};
    ::setsockopt(stream_.next_layer().native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit,
                 sizeof limit);
    if (!error) stream_.handshake(ssl::stream_base::client, error);
    connected_ = !error;
  }
  bool connected() const { return connected_; }

  std::string server_name() {
    X509* certificate = SSL_get1_peer_certificate(stream_.native_handle());
    char name[64] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                              sizeof name);
    X509_free(certificate);
    return name;
  }

  std::string ask(const std::string& request) {
    boost::system::error_code error;
    boost::asio::write(stream_, boost::asio::buffer(request), error);
    testing::http::response_parser<testing::http::string_body> parser;
    parser.body_limit(64 * 1024 * 1024);
    testing::http::read(stream_, buffer_, parser, error);
    return error ? error.message() : parser.release().body();
  }

 private:
  boost::asio::io_context io_;
  ssl::context context_;
  ssl::stream<tcp::socket> stream_;
  boost::beast::flat_buffer buffer_;
  bool connected_ = false;
};

/// Answers with what it was sent, or with a long body.
class Mirror : public Handler {
 public:
  std::size_t body_limit(std::string_view) const override { return 1'000'000; }
  void handle(const Request& request, Response& response) override {
    if (request.path == "/events") {
      const auto events = std::make_shared<EventQueue>();
      events->push("event: x\n\n");
      events->end();
      return write_events(events, response);
    }
    response.body = request.body;
  }
  void refuse(const Request&, int status, std::string_view detail, Response& response) override {
    response.status = status;
    response.body = detail;
  }
};

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() : folder_(testing::fresh_folder()), files_{folder_ / "cert.pem", folder_ / "key.pem"} {
    make_certificate(files_, "first");
  }
  ~TlsTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<HttpServer> start(std::shared_ptr<const Tls> tls, const HttpLimits& limits = {}) {
    HttpOptions options;
    options.port = 0;
    options.tls = std::move(tls);
    options.limits = limits;
    return HttpServer::start(options, [] { return std::make_unique<Mirror>(); }).value();
  }

  const std::filesystem::path folder_;
  const TlsFiles files_;
};

TEST_F(TlsTest, ServesVersion12And13AndNothingOlder) {
  const auto server = start(Tls::load(files_).value());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SecureClient client(server->port(), version);
    ASSERT_TRUE(client.connected());
    const std::string body(500'000, 'b');
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(client.ask(testing::Client::request_text("/", body)), body);
    }
    EXPECT_EQ(client.ask("GET /events HTTP/1.1\r\nHost: x\r\n\r\n"), "event: x\n\n");
  }
  EXPECT_FALSE(SecureClient(server->port(), TLS1_1_VERSION).connected());
}

TEST_F(TlsTest, ARenewedCertificateIsServedWithoutARestart) {
  const auto tls = Tls::load(files_).value();
  const auto server = start(tls);
  SecureClient before(server->port(), TLS1_3_VERSION);
  EXPECT_EQ(before.server_name(), "first");
  EXPECT_FALSE(tls->refresh().value()) << "nothing changed";

  ASSERT_TRUE(write_file_atomically(files_.certificate, "nonsense"));
  EXPECT_EQ(tls->refresh().error().code, ErrorCode::invalid_argument);
  EXPECT_FALSE(tls->refresh().value()) << "said once";
  EXPECT_EQ(SecureClient(server->port(), TLS1_3_VERSION).server_name(), "first");

  make_certificate(files_, "second");
  EXPECT_TRUE(tls->refresh().value());
  EXPECT_EQ(SecureClient(server->port(), TLS1_3_VERSION).server_name(), "second");
  EXPECT_EQ(before.ask(testing::Client::request_text("/", "still")), "still");
}

TEST_F(TlsTest, TheClientTrustsWhomItIsToldTo) {
  const auto server = start(Tls::load(files_).value());
  const std::string url = "https://127.0.0.1:" + std::to_string(server->port());
  const auto stranger = http_get(url, 10s);
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code, ErrorCode::unavailable);
  const auto answer = http_post(url, "hello", 10s, {"", files_.certificate});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "hello");
}

TEST_F(TlsTest, WhoDoesNotShakeHandsIsClosed) {
  HttpLimits limits;
  limits.header = 100ms;
  const auto server = start(Tls::load(files_).value(), limits);
  testing::Client silent(server->port());
  EXPECT_TRUE(silent.closed());
  testing::Client plain(server->port());
  plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(plain.receive(), std::nullopt);
}

// Rejection: each names the file.
TEST_F(TlsTest, WrongFilesAreNamed) {
  EXPECT_NE(Tls::load({files_.certificate, folder_ / "none.pem"}).error().message.find("none.pem"),
            std::string::npos);
  EXPECT_NE(Tls::load({files_.key, files_.key}).error().message.find("key.pem"), std::string::npos);
  const TlsFiles others{folder_ / "other_cert.pem", folder_ / "other_key.pem"};
  make_certificate(others, "other");
  EXPECT_EQ(Tls::load({files_.certificate, others.key}).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace hvac::api
