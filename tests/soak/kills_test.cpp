// The whole program, its broker and its database are killed without warning, in random order, while
// telemetry comes: every sample is stored exactly once, and a replay gives the stored outcomes
// again.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/files.h"
#include "mqtt/publisher.h"
#include "mqtt/testing.h"
#include "store/postgres_server.h"
#include "store/store.h"

namespace hvac {
namespace {

using mqtt::testing::Broker;
constexpr std::int64_t kStartMs = 1767225600000;
constexpr int kAssets = 5;

int number_in(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::atoi(text) : otherwise;
}

std::string program() {
  const char* path = std::getenv("HVAC_TWIN");
  return path != nullptr ? path : "";
}

/// The program under test.
class Program {
 public:
  Program(std::string home, std::string broker, std::string store)
      : home_(std::move(home)), broker_(std::move(broker)), store_(std::move(store)) {
    // libpqxx 6.4 does not free the answer of a connection that broke.
    std::ofstream(home_ + "/leaks.txt") << "leak:libpqxx\n";
  }
  ~Program() { stop(SIGKILL); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void start() {
    process_ = begin(
        {"run", "--mqtt", broker_, "--store", store_, "--port", "0", "--dashboard-port", "0"});
  }
  /// Returns its exit code; -1 when a signal ended it.
  int stop(int signal) {
    if (process_ <= 0) return 0;
    ::kill(process_, signal);
    return ended(std::exchange(process_, -1));
  }
  /// Runs a command to its end. Returns its exit code.
  int run(const std::vector<std::string>& words) const { return ended(begin(words)); }

 private:
  static int ended(pid_t process) {
    int status = 0;
    ::waitpid(process, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  pid_t begin(const std::vector<std::string>& words) const {
    std::vector<std::string> all = {program(), "--home", home_, "--json"};
    all.insert(all.end(), words.begin(), words.end());
    const pid_t child = ::fork();
    if (child != 0) return child;
    const int log = ::open((home_ + "/program.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    std::vector<char*> arguments;
    for (const std::string& word : all) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::setenv("LSAN_OPTIONS", ("suppressions=" + home_ + "/leaks.txt:print_suppressions=0").c_str(),
             1);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }

  const std::string home_;
  const std::string broker_;
  const std::string store_;
  pid_t process_ = -1;
};

/// A gateway on board: numbers its readings, and after the broker was away sends its last ones
/// again, because mosquitto forgets what it confirmed shortly before it was killed.
class Gateway {
 public:
  explicit Gateway(const Broker& broker) {
    mqtt::PublisherOptions options;
    options.client = broker.client("gateway");
    options.when_full = mqtt::WhenFull::wait;
    options.patience = std::chrono::seconds(60);
    publisher_ = mqtt::Publisher::start(std::move(options)).value();
  }
  void send_next() {
    const int n = next_++;
    const mqtt::Message message{
        fmt::format("hvac/cooler-{}/sensors", n % kAssets),
        fmt::format(
            R"({{"timestamp":{},"data":{{"UCWIT":{:.2f},"UCAIT":25.{},"UCWF":{},"UCAIH":50.5,)"
            R"("AMBT":22.5,"UCTSP":21,"UCAOT":16.{},"UCFS":760,"UCFMS":1079}}}})",
            kStartMs + n / kAssets * 2000, 7.0 + 0.01 * (n % 90), n % 10, 300 + n % 7, n % 9)};
    recent_.push_back(message);
    if (recent_.size() > kAgain) recent_.pop_front();
    EXPECT_TRUE(publisher_->publish(message));
  }
  void send_again() {
    for (const mqtt::Message& message : recent_) EXPECT_TRUE(publisher_->publish(message));
  }
  bool flush() { return publisher_->flush().has_value(); }
  int sent() const { return next_; }

 private:
  static constexpr std::size_t kAgain = 2000;
  std::unique_ptr<mqtt::Publisher> publisher_;
  std::deque<mqtt::Message> recent_;
  int next_ = 0;
};

std::map<std::string, std::vector<std::int64_t>> stored(const std::string& where) {
  std::map<std::string, std::vector<std::int64_t>> times;
  const auto store = store::open_postgres(where);
  if (!store) return times;
  const auto assets = (*store)->assets();
  if (!assets) return times;
  for (const auto& asset : *assets) {
    const auto read =
        (*store)->visit(store::Stream::samples, asset.asset, store::kAllTime,
                        [&](const store::Row& row) -> Result<void> {
                          times[asset.asset.value].push_back(row.time.time_since_epoch().count());
                          return {};
                        });
    if (!read) return {};
  }
  return times;
}

std::size_t count(const std::map<std::string, std::vector<std::int64_t>>& times) {
  std::size_t n = 0;
  for (const auto& [asset, all] : times) n += all.size();
  return n;
}

TEST(Kills, OfProgramBrokerAndDatabaseLoseAndRepeatNothing) {
  if (program().empty()) GTEST_SKIP() << "HVAC_TWIN does not name the program";
  if (!mqtt::testing::broker_installed()) GTEST_SKIP() << "mosquitto is not installed";
  store::PostgresServer* database = store::PostgresServer::shared();
  if (database == nullptr) GTEST_SKIP() << store::PostgresServer::why_absent();
  const std::string where = database->new_database();

  mqtt::testing::TemporaryFolder home;
  Broker broker;
  Program twin(home.path, broker.url(), where);
  ASSERT_EQ(twin.run({"simulate", "--output", home.path / "history.csv", "--hours", "30",
                      "--interval", "60"}),
            0);
  ASSERT_EQ(twin.run({"train", "--data", home.path / "history.csv", "--rounds", "10"}), 0);
  twin.start();
  Gateway gateway(broker);

  const int kills = number_in("HVAC_KILLS", 12);
  std::mt19937_64 random{20261124};
  std::uniform_int_distribution<int> pause_ms(300, 2500);
  std::uniform_int_distribution<int> victim(0, 2);
  for (int kill = 0; kill < kills; ++kill) {
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(pause_ms(random));
    while (std::chrono::steady_clock::now() < until) {
      gateway.send_next();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    switch (victim(random)) {
      case 0:
        twin.stop(SIGKILL);
        twin.start();
        break;
      case 1:
        broker.stop(SIGKILL);
        ASSERT_TRUE(broker.start());
        gateway.send_again();
        break;
      default:
        ASSERT_TRUE(database->kill());
        std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms(random)));
        ASSERT_TRUE(database->start());
    }
  }
  ASSERT_TRUE(gateway.flush());

  const auto all = static_cast<std::size_t>(gateway.sent());
  std::map<std::string, std::vector<std::int64_t>> times;
  for (int tries = 0; tries < 600 && count(times) < all; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    times = stored(where);
  }
  EXPECT_EQ(twin.stop(SIGTERM), 0) << read_file(home.path / "program.log").value_or("no log");
  ASSERT_EQ(count(times), all) << "of so many sent";
  for (int asset = 0; asset < kAssets; ++asset) {
    const auto& of_one = times[fmt::format("cooler-{}", asset)];
    const std::set<std::int64_t> different(of_one.begin(), of_one.end());
    EXPECT_EQ(different.size(), of_one.size());
    for (std::size_t i = 0; i < of_one.size(); ++i) {
      ASSERT_EQ(of_one[i], kStartMs + static_cast<std::int64_t>(i) * 2000) << asset;
    }
    EXPECT_EQ(twin.run({"ingest", "replay", "--asset", fmt::format("cooler-{}", asset), "--store",
                        where}),
              0)
        << "a replay of cooler-" << asset << " differs";
  }
  fmt::print("{} kills, {} samples sent, {} stored, each once\n", kills, all, count(times));
}

}  // namespace
}  // namespace hvac
