#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include "registry/registry.h"

namespace hvac::registry {
namespace {

namespace fs = std::filesystem;

const Provenance kAnna{"anna@bridge", "a test", "", ""};

/// Promotes, rolls back and registers until it is killed.
[[noreturn]] void change_for_ever(const fs::path& folder) {
  Registry models(folder);
  for (;;) {
    static_cast<void>(models.promote(Version{2}, kAnna));
    static_cast<void>(models.rollback(kAnna));
    static_cast<void>(models.promote(Version{3}, kAnna));
    static_cast<void>(models.pin(Version{3}, kAnna));
    static_cast<void>(models.unpin(Version{3}, kAnna));
    static_cast<void>(models.rollback(kAnna));
  }
}

// Property: whenever a process is killed in the middle of a change, what is current is a whole
// version, the history can be read, and the next promotion and rollback work.
TEST(RegistryCrash, AKillAtAnyMomentLeavesAWholeModelAndAWayBack) {
  const fs::path folder = fs::path(::testing::TempDir()) / "hvac_registry_crash";
  fs::remove_all(folder);
  Registry models(folder);
  for (const char* word : {"one", "two", "three"}) {
    ASSERT_TRUE(models.register_candidate({{"model.txt", word}, {"card.json", "{}"}}, kAnna));
  }
  std::mt19937_64 random(20261124);
  std::uniform_int_distribution<int> moment_us(0, 6000);
  for (int kill = 0; kill < 60; ++kill) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) change_for_ever(folder);
    std::this_thread::sleep_for(std::chrono::microseconds(moment_us(random)));
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);

    const auto current = models.current();
    ASSERT_TRUE(current && *current) << "kill " << kill;
    ASSERT_TRUE(models.read(**current)) << "kill " << kill;
    ASSERT_TRUE(models.list()) << "kill " << kill;
    const Version other{(*current)->number == 2 ? 3U : 2U};
    const auto promoted = models.promote(other, kAnna);
    ASSERT_TRUE(promoted) << "kill " << kill << ": " << promoted.error().message;
    const auto back = models.rollback(kAnna);
    ASSERT_TRUE(back) << "kill " << kill << ": " << back.error().message;
    EXPECT_EQ(*back, **current) << "kill " << kill;
    ASSERT_TRUE(models.history()) << "kill " << kill;
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace hvac::registry
