// Swaps the model of a running server again and again under a steady load, and looks at every
// answer: failed, or of two versions at once? bench/model_swap.sh sets it up.
// Usage: bench_model_swap PORT MODELS_FOLDER [SWAPS] [REQUESTS_A_SECOND]
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "registry/registry.h"

namespace {

using Steady = std::chrono::steady_clock;
using hvac::registry::Provenance;
using hvac::registry::Registry;
using hvac::registry::Version;

constexpr std::size_t kConnections = 4;
constexpr std::size_t kDepth = 50;  // Requests that are under way on a connection at a time.
constexpr std::size_t kBodies = 16;

struct Counts {
  std::atomic<std::uint64_t> answers{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> mixed{0};
  std::atomic<std::uint32_t> version{0};  ///< Of the newest answer.
};

std::string request(std::size_t body) {
  const double step = static_cast<double>(body);
  const std::string json = fmt::format(
      R"({{"UCWIT":{:.1f},"UCAIT":{:.1f},"UCWF":{:.0f},"UCAIH":50,"AMBT":22,"UCTSP":21}})",
      6.0 + 0.3 * step, 22.0 + 0.4 * step, 80.0 + 9.0 * step);
  return fmt::format(
      "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      json.size(), json);
}

class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      fmt::print(stderr, "nobody answers on port {}\n", port);
      std::exit(1);
    }
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// The next answer's status line and body; empty when the connection ended. Valid until the next
  /// call.
  std::pair<std::string_view, std::string_view> answer() {
    buffer_.erase(0, used_);
    used_ = 0;
    for (;;) {
      const std::size_t head = buffer_.find("\r\n\r\n");
      if (head != std::string::npos) {
        const std::size_t at = buffer_.find("Content-Length: ");
        const std::size_t length = std::strtoul(buffer_.c_str() + at + 16, nullptr, 10);
        if (buffer_.size() >= head + 4 + length) {
          used_ = head + 4 + length;
          const std::string_view all = buffer_;
          return {all.substr(0, all.find("\r\n")), all.substr(head + 4, length)};
        }
      }
      char bytes[65536];
      const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
      if (got <= 0) return {};
      buffer_.append(bytes, static_cast<std::size_t>(got));
    }
  }

 private:
  int socket_;
  std::string buffer_;
  std::size_t used_ = 0;
};

/// What each version says to each request: the first answer stands, every other must be the same
/// to the last byte but for the time it took.
class Judge {
 public:
  void look(std::size_t body, std::string_view status, std::string_view answer, Counts& counts) {
    constexpr std::string_view kKey = "\"model_version\":\"v";
    const std::size_t at = answer.find(kKey);
    if (status != "HTTP/1.1 200 OK" || at == std::string_view::npos) {
      ++counts.failed;
      return;
    }
    const auto version =
        static_cast<std::uint32_t>(std::strtoul(answer.data() + at + kKey.size(), nullptr, 10));
    const std::string_view said = answer.substr(0, answer.find(",\"inference_time_ms\""));
    std::string& expected = said_[version][body];
    if (expected.empty()) expected = said;
    if (expected != said) ++counts.mixed;
    ++counts.answers;
    counts.version = version;
  }

  /// Of how many requests the two versions say different things.
  std::size_t differing() const {
    if (said_.size() != 2) return 0;
    const auto prediction = [](const std::string& said) {
      return std::string_view(said).substr(0, said.find("units"));
    };
    std::size_t differ = 0;
    for (std::size_t body = 0; body < kBodies; ++body) {
      const auto& first = said_.begin()->second;
      const auto& second = said_.rbegin()->second;
      differ += prediction(first[body]) != prediction(second[body]) ? 1 : 0;
    }
    return differ;
  }

 private:
  std::map<std::uint32_t, std::array<std::string, kBodies>> said_;
};

void load(std::uint16_t port, double rate, const std::atomic<bool>& stop, Judge& judge,
          Counts& counts) {
  std::string batch;
  for (std::size_t i = 0; i < kDepth; ++i) batch += request(i % kBodies);
  std::vector<std::unique_ptr<Connection>> open;
  for (std::size_t c = 0; c < kConnections; ++c) open.push_back(std::make_unique<Connection>(port));
  const auto round = std::chrono::duration<double>(kConnections * kDepth / rate);
  auto next = Steady::now();
  while (!stop) {
    std::this_thread::sleep_until(next);
    next = std::max(next + std::chrono::duration_cast<Steady::duration>(round),
                    Steady::now() - std::chrono::milliseconds(100));
    for (auto& connection : open) counts.failed += connection->send(batch) ? 0 : kDepth;
    for (auto& connection : open) {
      for (std::size_t i = 0; i < kDepth; ++i) {
        const auto [status, body] = connection->answer();
        judge.look(i % kBodies, status, body, counts);
        if (status.empty()) return;
      }
    }
  }
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) {
    fmt::print(stderr, "bench_model_swap PORT MODELS_FOLDER [SWAPS] [REQUESTS_A_SECOND]\n");
    return 2;
  }
  const auto port = static_cast<std::uint16_t>(std::atoi(words[1]));
  Registry models(words[2]);
  const int swaps = count > 3 ? std::atoi(words[3]) : 100;
  const double rate = count > 4 ? std::atof(words[4]) : 50'000.0;
  const Provenance who{"bench", "a swap under load", "", ""};

  Counts counts;
  Judge judge;
  std::atomic<bool> stop{false};
  const auto begin = Steady::now();
  std::jthread loader([&] { load(port, rate, stop, judge, counts); });
  std::vector<double> seen_after_ms;
  for (int i = 0; i < swaps && counts.failed == 0; ++i) {
    const std::uint32_t wanted = i % 2 == 0 ? 2 : 1;
    const auto asked = Steady::now();
    const bool swapped = wanted == 2 ? models.promote(Version{2}, who).has_value()
                                     : models.rollback(who).has_value();
    if (!swapped) ++counts.failed;
    while (counts.version != wanted && counts.failed == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    seen_after_ms.push_back(
        std::chrono::duration<double, std::milli>(Steady::now() - asked).count());
  }
  const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
  const auto answers = static_cast<double>(counts.answers);
  stop = true;
  loader.join();
  std::ranges::sort(seen_after_ms);
  fmt::print("{} swaps in {:.1f} s under {:.0f} requests a second ({:.0f} answers)\n", swaps,
             seconds, answers / seconds, answers);
  fmt::print("failed {}, of two versions {}; the versions differ on {} of {} requests\n",
             counts.failed.load(), counts.mixed.load(), judge.differing(), kBodies);
  fmt::print(
      "from promotion or rollback to the first answer of the other version: median {:.0f} "
      "ms, longest {:.0f} ms\n",
      seen_after_ms[seen_after_ms.size() / 2], seen_after_ms.back());
  return counts.failed == 0 && counts.mixed == 0 && judge.differing() > 0 ? 0 : 1;
}
