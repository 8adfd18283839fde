#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace hvac::ops {

struct Pipe {
  Descriptor read;
  Descriptor write;
};

/// Both ends are closed in children. Errors: unavailable.
[[nodiscard]] Result<Pipe> make_pipe();

/// A program about to be run: nothing on its standard input, and the signals that this program
/// keeps for itself are for it as usual.
class Spawn {
 public:
  Spawn();
  ~Spawn();
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  /// Where what it writes to `stream` (1: results, 2: errors) goes; else where this program's does.
  void send(int stream, const Descriptor& to);
  void send(int stream, const std::filesystem::path& file);

  /// Runs `words`, found through PATH, without a shell; `environment` holds "NAME=value".
  /// Errors: not_found when there is no such program; unavailable.
  [[nodiscard]] Result<pid_t> run(std::vector<std::string> words,
                                  std::vector<std::string> environment);

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// The environment of this program, as "NAME=value".
std::vector<std::string> own_environment();

/// Of waitpid's status: the exit code, or 128 and the signal that ended it.
int exit_code_of(int status);

}  // namespace hvac::ops
