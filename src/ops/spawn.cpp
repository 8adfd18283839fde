#include "ops/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

extern char** environ;

namespace hvac::ops {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

}  // namespace

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return fail(ErrorCode::unavailable, std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

Spawn::Spawn() {
  posix_spawn_file_actions_init(&actions_);
  posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawnattr_init(&attributes_);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes_, &none);
  posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
}

Spawn::~Spawn() {
  posix_spawn_file_actions_destroy(&actions_);
  posix_spawnattr_destroy(&attributes_);
}

void Spawn::send(int stream, const Descriptor& to) {
  posix_spawn_file_actions_adddup2(&actions_, to.get(), stream);
}

void Spawn::send(int stream, const std::filesystem::path& file) {
  posix_spawn_file_actions_addopen(&actions_, stream, file.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                   0600);
}

Result<pid_t> Spawn::run(std::vector<std::string> words, std::vector<std::string> environment) {
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, words.front().c_str(), &actions_, &attributes_,
                                    pointers(words).data(), pointers(environment).data());
  if (failed == 0) return child;
  return fail(failed == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
              words.front() + ": cannot run: " + std::strerror(failed));
}

std::vector<std::string> own_environment() {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  return all;
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace hvac::ops
