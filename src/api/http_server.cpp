#include "api/http_server.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <thread>
#include <vector>

#include "api/connection.h"
#include "api/tls.h"

namespace hvac::api {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kRefusals = 64;  // Beyond the limit, so many are told why; more are dropped.

constexpr std::chrono::milliseconds kDrainSweep{10};  // Nobody waits long for the end.

std::string http_date() {
  return fmt::format(
      "{:%a, %d %b %Y %H:%M:%S} GMT",
      fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

// Often enough that a limit is overrun by a quarter at most.
std::chrono::milliseconds sweep_interval(const HttpLimits& limits) {
  const auto shortest =
      std::min({limits.header, limits.body, limits.idle, limits.write, limits.farewell});
  return std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(500));
}

/// One thread with its connections.
class Worker {
 public:
  Worker(const HttpLimits& limits, std::unique_ptr<Handler> handler,
         std::atomic<std::size_t>& connections)
      : handler_(std::move(handler)),
        shared_{limits, *handler_, http_date(), false},
        connections_(connections),
        timer_(context_) {}

  asio::io_context& context() { return context_; }

  void start() {
    schedule_sweep();
    thread_ = std::thread([this] { context_.run(); });
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  /// On this worker's thread.
  void serve(tcp::socket socket, Connection::Admission admission, const Tls* tls) {
    asio::co_spawn(context_, run(std::move(socket), admission, tls), asio::detached);
  }

  void drain() {
    asio::post(context_, [this] {
      shared_.draining = true;
      drain_end_ = SteadyClock::now() + shared_.limits.drain;
      for (Connection* connection : open_) connection->drain();
      schedule_sweep();
    });
  }

 private:
  asio::awaitable<void> run(tcp::socket socket, Connection::Admission admission, const Tls* tls) {
    const auto connection = Connection::make(std::move(socket), shared_, admission,
                                             tls != nullptr ? tls->context() : nullptr);
    const auto place = open_.insert(open_.end(), connection.get());
    co_await connection->serve();
    open_.erase(place);
    connections_.fetch_sub(1);
  }

  void schedule_sweep() {
    timer_.expires_after(shared_.draining ? kDrainSweep : sweep_interval(shared_.limits));
    timer_.async_wait([this](error_code error) {
      if (!error) sweep();
    });
  }

  void sweep() {
    const auto now = SteadyClock::now();
    shared_.date = http_date();
    for (Connection* connection : open_) {
      if (shared_.draining && now >= drain_end_) {
        connection->abort();
      } else {
        connection->sweep(now);
      }
    }
    // Connections accepted before the drain may still be on their way to this thread.
    if (shared_.draining && connections_.load() == 0) return;  // Nothing left: run() returns.
    schedule_sweep();
  }

  asio::io_context context_{1};
  std::unique_ptr<Handler> handler_;
  ConnectionContext shared_;
  std::atomic<std::size_t>& connections_;  ///< Of all workers, counted from accepting on.
  std::list<Connection*> open_;
  asio::steady_timer timer_;
  SteadyClock::time_point drain_end_{};
  std::thread thread_;
};

}  // namespace

struct HttpServer::Impl {
  HttpOptions options;
  std::atomic<std::size_t> connections{0};
  std::vector<std::unique_ptr<Worker>> workers;
  std::optional<tcp::acceptor> acceptor;  ///< Belongs to the first worker's thread.
  std::uint16_t port = 0;
  std::size_t next = 0;
  std::atomic<bool> drained{false};

  Result<void> listen();
  Result<void> take_over(const tcp::endpoint& endpoint, int descriptor);
  asio::awaitable<void> accept();
  void admit(tcp::socket socket, Worker& worker);
  void close_acceptor();
};

Result<void> HttpServer::Impl::listen() {
  error_code error;
  const auto address = asio::ip::make_address(options.bind, error);
  if (error) {
    return fail(ErrorCode::invalid_argument,
                "\"" + options.bind + "\" is no IP address to listen on");
  }
  const tcp::endpoint endpoint(address, options.port);
  acceptor.emplace(workers.front()->context());
  if (options.listener) return take_over(endpoint, *options.listener);
  const auto failed = [&] {
    return fail(ErrorCode::unavailable, fmt::format("cannot listen on {} port {}: {}", options.bind,
                                                    options.port, error.message()));
  };
  if (acceptor->open(endpoint.protocol(), error); error) return failed();
  if (acceptor->set_option(tcp::acceptor::reuse_address(true), error); error) return failed();
  if (acceptor->bind(endpoint, error); error) return failed();
  if (acceptor->listen(asio::socket_base::max_listen_connections, error); error) return failed();
  acceptor->non_blocking(true, error);
  port = acceptor->local_endpoint(error).port();
  return {};
}

Result<void> HttpServer::Impl::take_over(const tcp::endpoint& endpoint, int descriptor) {
  error_code error;
  if (acceptor->assign(endpoint.protocol(), descriptor, error); error) {
    return fail(ErrorCode::unavailable,
                fmt::format("cannot take over the socket of {} port {}: {}", options.bind,
                            endpoint.port(), error.message()));
  }
  acceptor->non_blocking(true, error);
  port = acceptor->local_endpoint(error).port();
  return {};
}

void HttpServer::Impl::admit(tcp::socket socket, Worker& worker) {
  const std::size_t before = connections.fetch_add(1);
  if (before >= options.limits.connections + kRefusals) {
    connections.fetch_sub(1);
    return;  // The socket closes itself.
  }
  const auto admission = before >= options.limits.connections ? Connection::Admission::refused
                                                              : Connection::Admission::normal;
  asio::post(worker.context(), [this, &worker, admission, socket = std::move(socket)]() mutable {
    worker.serve(std::move(socket), admission, options.tls.get());
  });
}

// Until it is told to stop. A client that was accepted in that very moment is served like any
// other.
asio::awaitable<void> HttpServer::Impl::accept() {
  while (!drained) {
    Worker& worker = *workers[next++ % workers.size()];
    auto [error, socket] = co_await acceptor->async_accept(worker.context(), kAwait);
    if (!error) {
      admit(std::move(socket), worker);
    } else if (!drained) {  // No descriptors or memory left: wait for some instead of spinning.
      asio::steady_timer pause(acceptor->get_executor(), std::chrono::milliseconds(50));
      co_await pause.async_wait(kAwait);
    }
  }
  close_acceptor();
  for (const auto& worker : workers) worker->drain();
}

// Clients whose connection stands in the queue have been told that they are connected: they are
// served before the door closes.
void HttpServer::Impl::close_acceptor() {
  error_code error;
  while (!error) {
    Worker& worker = *workers[next++ % workers.size()];
    tcp::socket socket(worker.context());
    acceptor->accept(socket, error);
    if (!error) admit(std::move(socket), worker);
  }
  acceptor->close(error);
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(
    const HttpOptions& options, const std::function<std::unique_ptr<Handler>()>& make_handler) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  for (unsigned i = 0; i < std::max(1u, options.threads); ++i) {
    impl->workers.push_back(
        std::make_unique<Worker>(impl->options.limits, make_handler(), impl->connections));
  }
  if (auto listening = impl->listen(); !listening) return fail(listening.error());
  asio::co_spawn(impl->workers.front()->context(), impl->accept(), asio::detached);
  for (const auto& worker : impl->workers) worker->start();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
  drain();
  wait();
}

std::uint16_t HttpServer::port() const { return impl_->port; }
std::size_t HttpServer::connections() const { return impl_->connections.load(); }

void HttpServer::drain() {
  if (impl_->drained.exchange(true)) return;
  asio::post(impl_->workers.front()->context(), [impl = impl_.get()] {
    error_code ignored;
    impl->acceptor->cancel(ignored);
  });
}

void HttpServer::wait() {
  for (const auto& worker : impl_->workers) worker->join();
}

}  // namespace hvac::api
