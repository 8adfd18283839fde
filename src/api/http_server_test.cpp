#include "api/http_server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/body_source.h"
#include "api/test_support.h"

namespace hvac::api {
namespace {

using namespace std::chrono_literals;
using testing::Client;

/// A body of so many bytes, made while it is sent.
class Numbers : public BodySource {
 public:
  explicit Numbers(std::size_t bytes) : left_(bytes) {}
  State next(std::string& piece) override {
    const std::size_t bytes = std::min<std::size_t>(left_, 50'000);
    piece.append(bytes, 'n');
    left_ -= bytes;
    return left_ > 0 ? State::more : State::ended;
  }

 private:
  std::size_t left_;
};

/// Says what it was asked; waits where the path says so.
class Echo : public Handler {
 public:
  std::size_t body_limit(std::string_view path) const override {
    return path == "/small" ? 10 : 1'000'000;
  }
  void handle(const Request& request, Response& response) override {
    if (request.path == "/slow") std::this_thread::sleep_for(200ms);
    if (request.path == "/events") return write_events(events, response);
    if (request.path == "/long") {
      response.source = std::make_shared<Numbers>(std::stoul(std::string(request.query)));
      return;
    }
    response.content_type = "text/plain";
    response.body = std::string(request.method_text) + " " + std::string(request.path) + "?" +
                    std::string(request.query) + " " + std::string(request.body);
  }
  void refuse(const Request&, int status, std::string_view detail, Response& response) override {
    response.status = status;
    response.content_type = "text/plain";
    response.body = detail;
  }

  std::shared_ptr<EventQueue> events;
};

std::unique_ptr<HttpServer> start(const HttpLimits& limits = {}, unsigned threads = 1,
                                  std::shared_ptr<EventQueue> events = nullptr) {
  HttpOptions options;
  options.port = 0;
  options.threads = threads;
  options.limits = limits;
  const auto make = [&] {
    auto echo = std::make_unique<Echo>();
    echo->events = events;
    return echo;
  };
  return HttpServer::start(options, make).value();
}

TEST(HttpServer, KeepsTheConnectionForManyRequests) {
  const auto server = start();
  Client client(server->port());
  for (int i = 0; i < 50; ++i) {
    const auto answer = client.post("/a?b=" + std::to_string(i), "hello");
    ASSERT_EQ(answer.result_int(), 200u);
    EXPECT_EQ(answer.body(), "POST /a?b=" + std::to_string(i) + " hello");
    EXPECT_TRUE(answer.keep_alive());
    EXPECT_FALSE(answer["Date"].empty());
    EXPECT_EQ(answer["X-Content-Type-Options"], "nosniff");
  }
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  const auto server = start();
  Client client(server->port());
  std::string requests;
  for (int i = 0; i < 300; ++i) {
    requests += Client::request_text("/" + std::to_string(i), std::string(400, 'x'));
  }
  std::thread sender([&] { EXPECT_TRUE(client.send(requests)); });
  for (int i = 0; i < 300; ++i) {
    const auto answer = client.receive();
    ASSERT_TRUE(answer) << i;
    EXPECT_TRUE(answer->body().starts_with("POST /" + std::to_string(i) + "?")) << i;
  }
  sender.join();
}

TEST(HttpServer, ReadsBodiesOfAnyCutting) {
  const auto server = start();
  Client client(server->port());
  ASSERT_TRUE(
      client.send("POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n"));
  EXPECT_EQ(client.receive().value().body(), "POST /x? hello world");
  for (const char byte : Client::request_text("/y", "bit by bit")) {
    ASSERT_TRUE(client.send({&byte, 1}));
  }
  EXPECT_EQ(client.receive().value().body(), "POST /y? bit by bit");
  const std::string large(900'000, 'z');
  EXPECT_EQ(client.post("/z", large).body(), "POST /z? " + large);
}

TEST(HttpServer, AsksForABodyThatWaitsToBeAskedFor) {
  const auto server = start();
  Client client(server->port());
  ASSERT_TRUE(client.send(
      "POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  EXPECT_EQ(client.receive().value().result_int(), 100u);
  ASSERT_TRUE(client.send("ok"));
  EXPECT_EQ(client.receive().value().body(), "POST /x? ok");
}

TEST(HttpServer, HeadHasTheHeaderOnlyAndOldClientsAreClosed) {
  const auto server = start();
  Client client(server->port());
  ASSERT_TRUE(client.send("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n"));
  const auto head = client.receive(true);
  ASSERT_TRUE(head);
  EXPECT_EQ((*head)["Content-Length"], "9");
  ASSERT_TRUE(client.send("GET http://proxied.example/p HTTP/1.0\r\n\r\n"));
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body(), "GET /p? ");
  EXPECT_TRUE(client.closed());
}

// Rejection: each limit has its own status, says what it is, and closes the connection.
TEST(HttpServer, EachLimitHasItsAnswer) {
  HttpLimits limits;
  limits.header_bytes = 2048;
  limits.target_bytes = 256;
  const auto server = start(limits);
  struct Case {
    std::string request;
    unsigned status;
    std::string says;
  };
  const std::vector<Case> cases = {
      {"GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(3000, 'a') + "\r\n\r\n", 431, "2048"},
      {"GET /" + std::string(300, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414, "256"},
      {Client::request_text("/small", "more than ten bytes"), 413, "10 bytes"},
      {"POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
       "14\r\n01234567890123456789\r\n0\r\n\r\n",
       413, "10 bytes"},
      {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505, "HTTP/1.1"},
      {"nonsense\r\n\r\n", 400, "HTTP"},
      {"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400, "HTTP"},
      {"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
       "HTTP"},
      {std::string("GET /\0 HTTP/1.1\r\n\r\n", 19), 400, "HTTP"},
  };
  for (const Case& test : cases) {
    Client client(server->port());
    client.send(test.request);
    const auto answer = client.receive();
    ASSERT_TRUE(answer) << test.says;
    EXPECT_EQ(answer->result_int(), test.status) << answer->body();
    EXPECT_NE(answer->body().find(test.says), std::string::npos) << answer->body();
    EXPECT_TRUE(client.closed());
  }
}

TEST(HttpServer, SlowClientsAreToldAndClosed) {
  HttpLimits limits;
  limits.header = 100ms;
  limits.body = 100ms;
  limits.idle = 100ms;
  const auto server = start(limits);

  Client slow_header(server->port());  // A slow loris: one byte now and then, for ever.
  std::thread loris([&] {
    for (const char byte : std::string_view("GET / HTTP/1.1\r\nHost: xxxxxxxxxxxxxxxxxxxxxxxx")) {
      if (!slow_header.send({&byte, 1})) break;
      std::this_thread::sleep_for(20ms);
    }
  });
  const auto header_answer = slow_header.receive();
  loris.join();
  ASSERT_TRUE(header_answer);
  EXPECT_EQ(header_answer->result_int(), 408u);

  Client slow_body(server->port());
  slow_body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
  const auto body_answer = slow_body.receive();
  ASSERT_TRUE(body_answer);
  EXPECT_EQ(body_answer->result_int(), 408u);
  EXPECT_NE(body_answer->body().find("body"), std::string::npos);

  Client idle(server->port());
  EXPECT_EQ(idle.get("/").result_int(), 200u);
  EXPECT_TRUE(idle.closed());
  Client silent(server->port());
  EXPECT_TRUE(silent.closed());
}

TEST(HttpServer, ConnectionsBeyondTheLimitAreToldSo) {
  HttpLimits limits;
  limits.connections = 2;
  const auto server = start(limits);
  Client first(server->port());
  Client second(server->port());
  EXPECT_EQ(first.get("/").result_int(), 200u);
  EXPECT_EQ(second.get("/").result_int(), 200u);
  Client third(server->port());
  const auto answer = third.get("/");
  EXPECT_EQ(answer.result_int(), 503u);
  EXPECT_NE(answer.body().find("2 connections"), std::string::npos) << answer.body();
  EXPECT_TRUE(third.closed());
  EXPECT_EQ(first.get("/").result_int(), 200u);
}

// Property: whoever was connected when the server began to stop gets every answer.
TEST(HttpServer, DrainLosesNoRequest) {
  HttpLimits limits;
  limits.farewell = 2s;
  auto server = start(limits, 2);
  std::atomic<int> ready{0};
  std::atomic<int> lost{0};
  std::atomic<int> farewells{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&, port = server->port()] {
      Client client(port);
      for (int n = 0;; ++n) {
        if (!client.send(Client::request_text("/d", "body"))) break;
        const auto answer = client.receive();
        if (!answer) {
          ++lost;
          break;
        }
        if (n == 0) ++ready;
        if (!answer->keep_alive()) {
          ++farewells;
          break;
        }
      }
    });
  }
  while (ready < 8) std::this_thread::sleep_for(1ms);
  Client slow(server->port());
  slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  std::this_thread::sleep_for(20ms);
  server->drain();
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(farewells, 8);
  const auto slow_answer = slow.receive();
  ASSERT_TRUE(slow_answer) << "under way when the drain began";
  server->wait();
  EXPECT_FALSE(Client(server->port()).connected());
}

// A client that asked a moment ago will ask again; one that has long been silent may go.
TEST(HttpServer, DrainWaitsForThoseWhoAskedLately) {
  HttpLimits limits;
  limits.farewell = 2s;
  const auto server = start(limits);
  Client lately(server->port());
  EXPECT_EQ(lately.get("/").result_int(), 200u);
  server->drain();
  std::this_thread::sleep_for(300ms);
  ASSERT_TRUE(lately.send(Client::request_text("/last", "")));
  const auto answer = lately.receive();
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->keep_alive());
  EXPECT_TRUE(lately.closed());

  limits.farewell = 100ms;
  limits.drain = 60s;  // Not what ends it.
  const auto other = start(limits);
  Client silent(other->port());
  EXPECT_EQ(silent.get("/").result_int(), 200u);
  other->drain();
  EXPECT_TRUE(silent.closed());
  other->wait();
}

TEST(HttpServer, ALongBodyIsMadeWhileItIsSent) {
  const auto server = start();
  Client client(server->port());
  ASSERT_TRUE(client.send("GET /long?10000000 HTTP/1.1\r\nHost: x\r\n\r\n"));
  Client other(server->port());
  EXPECT_EQ(other.get("/").result_int(), 200u) << "while the long one is not taken";
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->chunked());
  EXPECT_EQ(answer->body(), std::string(10'000'000, 'n'));
  EXPECT_TRUE(client.closed());

  Client old(server->port());
  ASSERT_TRUE(old.send("GET /long?100000 HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(old.receive().value().body().size(), 100'000u) << "ends with the connection";
}

TEST(HttpServer, EventsComeAsTheyArePushedWithHeartbeatsBetween) {
  HttpLimits limits;
  limits.heartbeat = 50ms;
  const auto events = std::make_shared<EventQueue>();
  const auto server = start(limits, 1, events);
  Client client(server->port());
  ASSERT_TRUE(client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n"));
  std::string text;
  append_event(text, "outcome", 7, "{\"a\":\n1}");
  EXPECT_EQ(text, "event: outcome\nid: 7\ndata: {\"a\":\ndata: 1}\n\n");
  EXPECT_TRUE(events->push(text));
  std::string seen = client.receive_until("data: 1}\n\n");
  EXPECT_NE(seen.find("Content-Type: text/event-stream"), std::string::npos) << seen;
  EXPECT_NE(seen.find(text), std::string::npos) << seen;
  EXPECT_NE(client.receive_until(":\n\n").find(":\n\n"), std::string::npos) << "a heartbeat";
  EXPECT_TRUE(events->push("event: last\n\n"));
  events->end();
  EXPECT_FALSE(events->push("too late"));
  EXPECT_NE(client.receive_until("\r\n0\r\n\r\n").find("event: last"), std::string::npos);
  EXPECT_TRUE(client.closed());
}

TEST(HttpServer, AClientThatGoesAwayIsForgotten) {
  const auto events = std::make_shared<EventQueue>();
  const auto server = start({}, 1, events);
  {
    Client client(server->port());
    ASSERT_TRUE(client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(events->push("event: x\n\n"));
    client.receive_until("event: x");
  }
  while (events->push(":\n\n")) std::this_thread::sleep_for(1ms);
  while (server->connections() > 0) std::this_thread::sleep_for(1ms);
}

// Property: whoever does not take the news loses its connection, and nobody waits for that.
TEST(HttpServer, AClientThatFallsBehindIsDropped) {
  HttpLimits limits;
  limits.write = 200ms;
  const auto events = std::make_shared<EventQueue>(200'000);
  const auto server = start(limits, 1, events);
  Client slow(server->port());
  ASSERT_TRUE(slow.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n"));
  const std::string news(10'000, 'n');
  std::size_t pushed = 0;
  while (events->push(news)) {
    ASSERT_LT(++pushed, 10'000u) << "100 MB wait for a client that reads nothing";
    std::this_thread::sleep_for(100us);
  }
  Client other(server->port());
  EXPECT_EQ(other.get("/").result_int(), 200u);
  while (server->connections() > 1) std::this_thread::sleep_for(1ms);
}

TEST(HttpServer, EventsEndAtTheDrain) {
  const auto events = std::make_shared<EventQueue>();
  const auto server = start({}, 1, events);
  Client client(server->port());
  ASSERT_TRUE(client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n"));
  ASSERT_TRUE(events->push("event: x\n\n"));
  client.receive_until("event: x");
  server->drain();
  EXPECT_NE(client.receive_until("0\r\n\r\n").find("0\r\n\r\n"), std::string::npos);
  server->wait();
}

TEST(HttpServer, WrongAddressesAndTakenPortsAreNamed) {
  HttpOptions options;
  options.bind = "somewhere";
  const auto make = [] { return std::make_unique<Echo>(); };
  EXPECT_EQ(HttpServer::start(options, make).error().code, ErrorCode::invalid_argument);
  const auto server = start();
  options.bind = "127.0.0.1";
  options.port = server->port();
  const auto taken = HttpServer::start(options, make);
  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().message.find(std::to_string(options.port)), std::string::npos);
}

int listen_anywhere() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(listener, 64), 0);
  return listener;
}

// A socket that somebody else keeps open: whoever connects between two servers is served by the
// second.
TEST(HttpServer, TakesASocketOverAndLeavesItToTheNext) {
  const int kept = listen_anywhere();
  const auto make = [] { return std::make_unique<Echo>(); };
  HttpOptions options;
  options.limits.farewell = 100ms;
  options.listener = ::dup(kept);
  auto first = HttpServer::start(options, make).value();
  const std::uint16_t port = first->port();
  EXPECT_EQ(Client(port).post("/a", "1").body(), "POST /a? 1");
  first.reset();

  Client between(port);
  ASSERT_TRUE(between.send(Client::request_text("/b", "2")));
  options.listener = ::dup(kept);
  const auto second = HttpServer::start(options, make).value();
  EXPECT_EQ(second->port(), port);
  EXPECT_EQ(between.receive().value().body(), "POST /b? 2");
  ::close(kept);
}

// Property: whoever connects while servers take turns at one socket is answered by one of them.
TEST(HttpServer, TakingTurnsLosesNobodyWhoConnects) {
  const int kept = listen_anywhere();
  const auto make = [] { return std::make_unique<Echo>(); };
  HttpOptions options;
  options.threads = 2;
  options.listener = ::dup(kept);
  auto server = HttpServer::start(options, make).value();
  std::atomic<bool> over{false};
  std::atomic<int> answered{0};
  std::atomic<int> lost{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&, port = server->port()] {
      while (!over) {
        Client client(port);
        client.send(
            "POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        ++(client.receive() ? answered : lost);
      }
    });
  }
  for (int turn = 1; turn <= 100; ++turn) {
    while (answered + lost < turn * 10) std::this_thread::sleep_for(1ms);
    server.reset();
    options.listener = ::dup(kept);
    server = HttpServer::start(options, make).value();
  }
  over = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(lost, 0) << "of " << answered + lost;
  ::close(kept);
}

}  // namespace
}  // namespace hvac::api
