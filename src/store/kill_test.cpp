#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <string>
#include <thread>

#include "store/store.h"
#include "store/testing.h"

// A program that is killed without warning loses nothing that it was told is stored, and leaves
// nothing half stored.
namespace hvac::store {
namespace {

constexpr std::int64_t kRowsPerBatch = 40;

// Batch `number`: rows of two assets and one of each kind of record.
Batch batch_of(std::int64_t number, const std::shared_ptr<const Layout>& layout) {
  Batch batch;
  for (std::int64_t i = 0; i < kRowsPerBatch; ++i) {
    const std::int64_t ms = kNewYearMs + (number * kRowsPerBatch + i) * 1000;
    batch.samples.push_back(row_of("a", ms, layout, {1.0}));
    batch.outcomes.push_back(row_of("b", ms, layout, {1.0}));
  }
  const TimePoint time = at_ms(kNewYearMs + number);
  const std::string text = std::to_string(number);
  batch.findings.push_back({AssetId{"a"}, time, "kind", "", text, ""});
  batch.alerts.push_back({text, AssetId{"a"}, time, AlertState::open, "low", text, ""});
  batch.audit.push_back({time, "me", "commit", text});
  batch.states.push_back({"batches", std::to_string(number + 1)});
  return batch;
}

// Goes on from where the database is, and writes a byte for each batch that is acknowledged.
[[noreturn]] void commit_until_killed(const std::filesystem::path& file, int acknowledged) {
  auto store = open_sqlite(file);
  if (!store) ::_exit(1);
  const auto state = (*store)->state("batches");
  if (!state) ::_exit(1);
  const auto layout = layout_with({"A"});
  for (std::int64_t number = *state ? std::stoll(**state) : 0;; ++number) {
    if (!(*store)->commit(batch_of(number, layout))) ::_exit(1);
    if (::write(acknowledged, "x", 1) != 1) ::_exit(1);
  }
}

// What the time until the kill is counted from.
enum class Clock { start, first_acknowledgement };

// Starts it, kills it after that time. Returns how many batches were acknowledged; -1 when it ended
// by itself.
std::int64_t run_and_kill(const std::filesystem::path& file, Clock from,
                          std::chrono::microseconds after) {
  int pipe[2];
  if (::pipe(pipe) != 0) return -1;
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(pipe[0]);
    commit_until_killed(file, pipe[1]);
  }
  ::close(pipe[1]);
  std::int64_t acknowledged = 0;
  char bytes[256];
  // However slow the machine is, the clock starts with the first acknowledgement.
  if (from == Clock::first_acknowledgement) acknowledged += ::read(pipe[0], bytes, 1);
  std::this_thread::sleep_for(after);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  for (ssize_t got = 0; (got = ::read(pipe[0], bytes, sizeof bytes)) > 0;) acknowledged += got;
  ::close(pipe[0]);
  return WIFSIGNALED(status) ? acknowledged : -1;
}

std::int64_t rows_in_history(const Store& store, Stream stream, const std::string& asset,
                             std::size_t points) {
  const auto history =
      store.history({AssetId{asset},
                     stream,
                     "A",
                     {at_ms(kNewYearMs), at_ms(kNewYearMs) + std::chrono::days{30}},
                     points});
  if (!history) return 0;
  std::int64_t rows = 0;
  for (const HistoryPoint& point : history->points) rows += static_cast<std::int64_t>(point.n);
  return rows;
}

TEST(KilledStore, LosesNothingItAcknowledged) {
  const ScratchFolder scratch;
  const auto file = scratch.path() / "telemetry.db";
  std::mt19937 random{20261124};
  std::uniform_int_distribution<int> delay_us{500, 90'000};
  std::int64_t before = 0;
  std::int64_t acknowledged = 0;
  for (int round = 0; round < 50; ++round) {
    // Every other time the kill may also hit the opening of the store.
    const Clock from = round % 2 == 0 ? Clock::first_acknowledgement : Clock::start;
    const std::int64_t now = run_and_kill(file, from, std::chrono::microseconds{delay_us(random)});
    ASSERT_GE(now, 0) << "the writer ended by itself in round " << round;
    acknowledged += now;
    const auto store = open_sqlite(file);
    ASSERT_TRUE(store) << store.error().message;
    const auto state = (*store)->state("batches");
    ASSERT_TRUE(state) << state.error().message;
    const std::int64_t stored = *state ? std::stoll(**state) : 0;
    // At most the last batch may be stored without its acknowledgement having got out.
    ASSERT_GE(stored - before, now);
    ASSERT_LE(stored - before, now + 1);
    before = stored;
    const std::int64_t rows = stored * kRowsPerBatch;
    for (const std::size_t points : {1UL, 20'000UL}) {  // By hour, by minute.
      ASSERT_EQ(rows_in_history(**store, Stream::samples, "a", points), rows);
      ASSERT_EQ(rows_in_history(**store, Stream::outcomes, "b", points), rows);
    }
    const auto most = static_cast<std::size_t>(stored) + 1;
    ASSERT_EQ(std::ssize(*(*store)->findings(kAllTime, most)), stored);
    ASSERT_EQ(std::ssize(*(*store)->open_alerts()), stored);
    ASSERT_EQ(std::ssize(*(*store)->audit(1, most)), stored);
  }
  EXPECT_GE(acknowledged, 25);
  const auto store = open_sqlite(file);
  ASSERT_TRUE(store);
  const auto verified = (*store)->verify();
  EXPECT_TRUE(verified) << verified.error().message;
}

}  // namespace
}  // namespace hvac::store
