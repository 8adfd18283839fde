#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

/// Who uses an instance folder: running programs say so below HOME/run, and whoever must have the
/// folder to itself (a restore) waits for them or refuses.
namespace hvac::ops {

/// A program that serves the instance.
struct RunningProgram {
  pid_t pid = 0;    ///< 0: it runs in another container, where numbers mean other processes.
  std::string url;  ///< Of its API, "http://127.0.0.1:8000"; empty when it has none.
  std::string dashboard_url;  ///< Empty when it has none.
  std::string roles;          ///< "api,ingest".
  std::string started;        ///< ISO 8601, UTC.
};

/// Held by a running program for as long as it uses the folder. Several may. Any thread.
class InstanceUse {
 public:
  /// Errors: conflict while a restore has the folder to itself; unavailable.
  [[nodiscard]] static Result<InstanceUse> begin(const std::filesystem::path& home);
  ~InstanceUse();
  InstanceUse(InstanceUse&&) noexcept = default;
  InstanceUse& operator=(InstanceUse&&) noexcept = default;

  /// Lets others know what runs here and where it can be asked. Errors: unavailable.
  [[nodiscard]] Result<void> announce(const std::string& url, const std::string& dashboard_url,
                                      const std::string& roles);

 private:
  InstanceUse(std::filesystem::path folder, Descriptor shared);
  std::filesystem::path folder_;
  std::filesystem::path note_;
  Descriptor shared_;
  Descriptor noted_;  ///< Locked: the note of a program that is gone is not.
};

/// "process 17", or that it is one of another container.
std::string process_text(const RunningProgram& program);

/// The programs that run now, those of this container first, of these those with a URL.
[[nodiscard]] std::vector<RunningProgram> running_programs(const std::filesystem::path& home);

/// Where the API of the instance's program answers, as that says itself; empty when none runs here.
[[nodiscard]] std::string api_url(const std::filesystem::path& home);

/// Takes the folder for oneself until the descriptor is closed.
/// Errors: conflict, naming the programs that run; unavailable.
[[nodiscard]] Result<Descriptor> claim_instance(const std::filesystem::path& home);

/// Asks the running programs to stop (SIGTERM: they answer what is under way) and takes the folder
/// once they have. Errors: timed_out, naming those that still run; unavailable.
[[nodiscard]] Result<Descriptor> stop_and_claim_instance(const std::filesystem::path& home,
                                                         std::chrono::seconds patience);

}  // namespace hvac::ops
