#include "ops/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/descriptor.h"

extern char** environ;

namespace hvac::ops {
namespace {

constexpr std::size_t kKept = 1 << 20;

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return fail(ErrorCode::unavailable, std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& more) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!more.contains(text.substr(0, text.find('=')))) all.push_back(text);
  }
  for (const auto& [key, value] : more) all.push_back(key + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
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

int exit_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

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
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (options.output.empty()) {
    posix_spawn_file_actions_adddup2(&actions, out->write.get(), STDOUT_FILENO);
  } else {
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, options.output.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
  }
  posix_spawn_file_actions_adddup2(&actions, err->write.get(), STDERR_FILENO);
  // Signals that this program keeps for itself are for the child as usual.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);

  std::vector<std::string> arguments = words;
  std::vector<std::string> environment = environment_with(options.environment);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, words.front().c_str(), &actions, &attributes,
                                    pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    return fail(failed == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
                words.front() + ": cannot run: " + std::strerror(failed));
  }
  out->write = Descriptor();
  err->write = Descriptor();

  CommandResult result;
  Outputs outputs(std::move(out->read), std::move(err->read));
  const bool ended = outputs.run(std::chrono::steady_clock::now() + options.limit, result);
  if (!ended) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) {
    return fail(ErrorCode::timed_out, words.front() + ": has not ended within " +
                                          std::to_string(options.limit.count()) + " s");
  }
  result.exit = exit_of(status);
  return result;
}

}  // namespace hvac::ops
