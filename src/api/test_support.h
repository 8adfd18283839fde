#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/key_file.h"
#include "access/key_ring.h"
#include "api/access_control.h"
#include "api/http_server.h"
#include "api/replay_guard.h"
#include "api/routes.h"
#include "api/service.h"
#include "base/guarded.h"
#include "features/features.h"
#include "store/records.h"
#include "telemetry/profile.h"
#include "twin/model.h"
#include "twin/testing.h"

/// What the tests of the service share: a small model, a running server, a client on a socket.
namespace hvac::api::testing {

namespace http = boost::beast::http;
using twin::testing::stump;

inline constexpr std::string_view kSixFields =
    R"({"UCWIT":7.5,"UCAIT":25.0,"UCWF":15.0,"UCAIH":50.0,"AMBT":22.0,"UCTSP":21.0})";

/// A model of one stump per target. `shift` moves its air outlet temperature [K].
inline twin::ModelParts small_parts(double shift = 0.0) {
  twin::ModelParts parts;
  parts.info = {"", "xgboost", "simulated", "2026-01-01T00:00:00Z", "abc", 7};
  parts.features = {"UCWIT", "UCAIT"};
  parts.ensembles[0] = {stump(0, 10.0, -1.0 + shift, 1.0 + shift), stump(0, 10.0, -2.0, 2.0),
                        stump(0, 10.0, -30.0, 30.0)};
  for (auto& by_regime : parts.intervals.virtual_sensor) {
    for (auto& by_evidence : by_regime) by_evidence.fill({-0.5, 0.5});
  }
  for (auto& range : parts.domain.ranges) range = {0.0, 1000.0};
  parts.card = "{}\n";
  return parts;
}

inline ModelPointer small_model(std::string version, double shift = 0.0) {
  const auto files = twin::bundle_files(small_parts(shift));
  return twin::Model::from_files(files.value(), std::move(version)).value();
}

/// A folder of this test's own.
inline std::filesystem::path fresh_folder() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const auto folder = std::filesystem::path(::testing::TempDir()) / "hvac_api" /
                      (std::string(test->test_suite_name()) + "." + test->name());
  std::filesystem::remove_all(folder);
  return folder;
}

/// A client on a socket of its own. No read takes longer than ten seconds.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(context_) {
    boost::asio::ip::tcp::endpoint end(boost::asio::ip::make_address("127.0.0.1"), port);
    boost::system::error_code error;
    socket_.connect(end, error);
    connected_ = !error;
    const timeval limit{10, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  bool connected() const { return connected_; }

  /// Returns whether the bytes were taken.
  bool send(std::string_view bytes) {
    boost::system::error_code error;
    boost::asio::write(socket_, boost::asio::buffer(bytes), error);
    return !error;
  }

  using Answer = http::response<http::string_body>;

  /// The next answer, or nothing when the server closes (or says nothing for ten seconds).
  std::optional<Answer> receive(bool to_head = false) {
    http::response_parser<http::string_body> parser;
    parser.skip(to_head);
    parser.body_limit(64 * 1024 * 1024);
    boost::system::error_code error;
    http::read(socket_, buffer_, parser, error);
    if (error) return std::nullopt;
    return parser.release();
  }

  /// Raw bytes up to and with `end`, or what came until the server closed (or was silent for ten
  /// seconds).
  std::string receive_until(std::string_view end) {
    std::string bytes;
    char byte = 0;
    boost::system::error_code error;
    while (!bytes.ends_with(end)) {
      boost::asio::read(socket_, boost::asio::buffer(&byte, 1), error);
      if (error) break;
      bytes += byte;
    }
    return bytes;
  }

  /// Whether the server has closed the connection.
  bool closed() {
    char byte = 0;
    boost::system::error_code error;
    boost::asio::read(socket_, boost::asio::buffer(&byte, 1), error);
    return error == boost::asio::error::eof || error == boost::asio::error::connection_reset;
  }

  Answer get(std::string_view target, std::string_view headers = "") {
    send("GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n");
    return receive().value_or(Answer{});
  }
  Answer post(std::string_view target, std::string_view body,
              std::string_view type = "application/json", std::string_view headers = "") {
    send(request_text(target, body, type, headers));
    return receive().value_or(Answer{});
  }

  static std::string request_text(std::string_view target, std::string_view body,
                                  std::string_view type = "application/json",
                                  std::string_view headers = "") {
    return "POST " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) +
           "Content-Type: " + std::string(type) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
  bool connected_ = false;
};

/// The whole service with a small model on a free port.
class RunningService {
 public:
  explicit RunningService(unsigned threads = 1)
      : folder(fresh_folder()),
        slot(small_model("v1")),
        metrics(route_labels()),
        log(RequestLog::open(folder / "logs" / "api.log").value()),
        shared{"1.0.0", telemetry::unit_cooler_profile(),  slot, metrics,
               *log,    [this] { return draining.load(); }} {
    HttpOptions options;
    options.port = 0;
    options.threads = threads;
    server =
        HttpServer::start(options, [this] { return std::make_unique<Service>(shared); }).value();
  }
  ~RunningService() {
    server.reset();
    log.reset();
    std::filesystem::remove_all(folder);
  }

  std::filesystem::path folder;
  std::atomic<bool> draining{false};
  ModelSlot slot;
  Metrics metrics;
  std::unique_ptr<RequestLog> log;
  Shared shared;
  std::unique_ptr<HttpServer> server;
};

/// Gives a service keys and what goes with them. Before its first request.
class Guarding {
 public:
  explicit Guarding(RunningService& service, const AccessOptions& options = {})
      : home(service.folder), ring(home), access(ring, options) {
    service.shared.access = &access;
    service.shared.replays = &replays;
    service.shared.audit = [this](const store::AuditEntry& entry) {
      entries.with([&](auto& list) { list.push_back(entry); });
    };
  }
  std::string key(std::string_view name, Role role) {
    return access::create_key(home, name, role, std::nullopt, system_clock()()).value().text;
  }

  const std::filesystem::path home;
  access::KeyRing ring;
  AccessControl access;
  ReplayGuard replays;
  Guarded<std::vector<store::AuditEntry>> entries;
};

}  // namespace hvac::api::testing
