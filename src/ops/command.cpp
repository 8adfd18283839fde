#include "ops/command.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/descriptor.h"
#include "ops/spawn.h"

namespace hvac::ops {
namespace {

constexpr std::size_t kKept = 1 << 20;

std::vector<std::string> environment_with(const std::map<std::string, std::string>& more) {
  std::vector<std::string> all;
  for (std::string& text : own_environment()) {
    if (!more.contains(text.substr(0, text.find('=')))) all.push_back(std::move(text));
  }
  for (const auto& [key, value] : more) all.push_back(key + "=" + value);
  return all;
}

// What a child says until both its outputs are closed.
class Outputs {
 public:
  Outputs(Descriptor out, Descriptor err) : out_(std::move(out)), err_(std::move(err)) {}

  // False when the time is over before.
  bool run(std::chrono::steady_clock::time_point end, CommandResult& result) {
    while (out_.open() || err_.open()) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      if (left.count() <= 0) return false;
      std::array<pollfd, 2> ends = {pollfd{out_.get(), POLLIN, 0}, pollfd{err_.get(), POLLIN, 0}};
      if (::poll(ends.data(), ends.size(), static_cast<int>(left.count())) < 0) continue;
      if (ends[0].revents != 0) take(out_, result.output);
      if (ends[1].revents != 0) take(err_, result.errors);
    }
    return true;
  }

 private:
  static void take(Descriptor& from, std::string& to) {
    char buffer[1 << 14];
    const ssize_t n = ::read(from.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) return;
    if (n <= 0) {
      from = Descriptor();
    } else if (to.size() < kKept) {
      to.append(buffer, static_cast<std::size_t>(n));
    }
  }
  Descriptor out_;
  Descriptor err_;
};

}  // namespace

bool has_program(const std::string& name) {
  const char* path = ::getenv("PATH");
  std::string rest = path == nullptr ? "/usr/bin:/bin" : path;
  rest += ':';
  for (std::size_t at = 0, end = 0; (end = rest.find(':', at)) != std::string::npos; at = end + 1) {
    const std::string file = rest.substr(at, end - at) + "/" + name;
    if (::access(file.c_str(), X_OK) == 0) return true;
  }
  return false;
}

Result<CommandResult> run_command(const std::vector<std::string>& words,
                                  const CommandOptions& options) {
  auto out = make_pipe();
  auto err = make_pipe();
  if (!out || !err) return fail(!out ? out.error() : err.error());
  Spawn spawn;
  if (options.output.empty()) {
    spawn.send(STDOUT_FILENO, out->write);
  } else {
    spawn.send(STDOUT_FILENO, options.output);
  }
  spawn.send(STDERR_FILENO, err->write);
  const auto child = spawn.run(words, environment_with(options.environment));
  if (!child) return fail(child.error());
  out->write = Descriptor();
  err->write = Descriptor();

  CommandResult result;
  Outputs outputs(std::move(out->read), std::move(err->read));
  const bool ended = outputs.run(std::chrono::steady_clock::now() + options.limit, result);
  if (!ended) ::kill(*child, SIGKILL);
  int status = 0;
  while (::waitpid(*child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) {
    return fail(ErrorCode::timed_out, words.front() + ": has not ended within " +
                                          std::to_string(options.limit.count()) + " s");
  }
  result.exit = exit_code_of(status);
  return result;
}

}  // namespace hvac::ops
