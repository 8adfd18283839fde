#include "ops/instance.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file_lock.h"
#include "base/files.h"
#include "store/testing.h"

namespace hvac::ops {
namespace {

// A program that uses the folder until SIGTERM. `ready` is written to once it does.
pid_t start_program(const std::filesystem::path& home, int ready) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  auto use = InstanceUse::begin(home);
  if (!use || !use->announce("http://127.0.0.1:1", "", "api")) ::_exit(1);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  if (::write(ready, "x", 1) != 1) ::_exit(1);
  int signal = 0;
  sigwait(&set, &signal);
  ::_exit(0);
}

class Instance : public testing::Test {
 protected:
  pid_t start() {
    int pipe[2];
    EXPECT_EQ(::pipe(pipe), 0);
    const pid_t child = start_program(scratch_.path(), pipe[1]);
    char byte;
    EXPECT_EQ(::read(pipe[0], &byte, 1), 1);
    ::close(pipe[0]);
    ::close(pipe[1]);
    return child;
  }
  store::ScratchFolder scratch_;
};

TEST_F(Instance, IsNotTakenFromARunningProgram) {
  const pid_t child = start();
  const auto running = running_programs(scratch_.path());
  ASSERT_EQ(running.size(), 1U);
  EXPECT_EQ(running[0].pid, child);
  EXPECT_EQ(running[0].url, "http://127.0.0.1:1");
  const auto claimed = claim_instance(scratch_.path());
  ASSERT_FALSE(claimed);
  EXPECT_EQ(claimed.error().code, ErrorCode::conflict);
  EXPECT_NE(claimed.error().message.find(std::to_string(child)), std::string::npos);
  // Killed without warning it holds nothing any more, and its note does not count.
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(running_programs(scratch_.path()).empty());
  EXPECT_TRUE(claim_instance(scratch_.path()));
}

TEST_F(Instance, IsTakenOnceTheProgramHasStopped) {
  const pid_t child = start();
  const auto claimed = stop_and_claim_instance(scratch_.path(), std::chrono::seconds(30));
  ASSERT_TRUE(claimed) << claimed.error().message;
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(InstanceUse::begin(scratch_.path()).error().code, ErrorCode::conflict);
}

// Containers that share an instance: each has a numbering of its own, in which its program may have
// the number of somebody else here.
TEST_F(Instance, OfAnotherContainerIsKnownButNeverTakenForAProcessHere) {
  const pid_t child = start();
  const auto folder = scratch_.path() / "run";
  const auto note = folder / "17-1.json";
  ASSERT_TRUE(write_file_atomically(
      note, R"({"pid":)" + std::to_string(child) +
                R"(,"numbering":"17","url":"","dashboard_url":"http://127.0.0.1:2","roles":"x"})"));
  const auto held = try_lock_file(note);
  ASSERT_TRUE(held);
  const auto running = running_programs(scratch_.path());
  ASSERT_EQ(running.size(), 2U);
  EXPECT_EQ(running[0].pid, child);
  EXPECT_EQ(running[1].pid, 0);
  EXPECT_EQ(running[1].dashboard_url, "http://127.0.0.1:2");
  EXPECT_EQ(process_text(running[1]), "a process of another container");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(running_programs(scratch_.path()).size(), 1U);
}

}  // namespace
}  // namespace hvac::ops
