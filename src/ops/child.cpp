#include "ops/child.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <thread>

#include "ops/spawn.h"

namespace hvac::ops {

Result<Child> Child::start(const std::vector<std::string>& words, const std::string& errors) {
  auto output = make_pipe();
  if (!output) return fail(output.error());
  Spawn spawn;
  spawn.send(STDOUT_FILENO, output->write);
  if (!errors.empty()) spawn.send(STDERR_FILENO, std::filesystem::path(errors));
  const auto pid = spawn.run(words, own_environment());
  if (!pid) return fail(pid.error());
  return Child(*pid, std::move(output->read));
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      output_(std::move(other.output_)),
      read_(std::move(other.read_)) {}

Child::~Child() { stop(std::chrono::seconds(10)); }

Result<std::string> Child::line(std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    if (const std::size_t at = read_.find('\n'); at != std::string::npos) {
      std::string line = read_.substr(0, at);
      read_.erase(0, at + 1);
      return line;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return fail(ErrorCode::timed_out, "the program says nothing");
    pollfd wait{output_.get(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(left.count())) <= 0) continue;
    char buffer[4096];
    const ssize_t n = ::read(output_.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(ErrorCode::unavailable, "the program has ended");
    read_.append(buffer, static_cast<std::size_t>(n));
  }
}

int Child::stop(std::chrono::seconds patience) {
  if (pid_ <= 0) return 0;
  ::kill(pid_, SIGTERM);
  const auto end = std::chrono::steady_clock::now() + patience;
  int status = 0;
  while (::waitpid(pid_, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() >= end) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, &status, 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  pid_ = 0;
  return exit_code_of(status);
}

std::string own_program() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).string();
}

}  // namespace hvac::ops
