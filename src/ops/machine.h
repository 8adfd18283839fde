#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// What the computer says of itself. Read-only; nothing where it does not say.
namespace hvac::ops {

struct DiskSpace {
  std::uint64_t free = 0;   ///< For this user [bytes].
  std::uint64_t total = 0;  ///< [bytes]
  double free_part() const {
    return total == 0 ? 0.0 : static_cast<double>(free) / static_cast<double>(total);
  }
};
std::optional<DiskSpace> disk_space(const std::filesystem::path& path);

/// Memory that a process has in use [bytes].
std::optional<std::uint64_t> memory_of(pid_t pid);

/// Processes that wanted a core in the last five minutes, per core.
std::optional<double> load_per_core();

/// The addresses a process listens on, "127.0.0.1:8000"; where its sockets cannot be seen, those at
/// the ports of `urls`.
std::vector<std::string> listeners_of(pid_t pid, const std::vector<std::string>& urls);

/// The addresses in the text of /proc/net/tcp or tcp6 whose sockets are in `inodes` and listen.
std::vector<std::string> listening_in(std::string_view table,
                                      const std::vector<std::string>& inodes);

/// The same at the ports of `urls` ("http://127.0.0.1:8000").
std::vector<std::string> listening_at(std::string_view table, const std::vector<std::string>& urls);

/// Whether the kernel's clock is kept in time by somebody.
std::optional<bool> clock_is_synchronised();

/// Updates of the distribution's packages that are waiting.
struct PendingUpdates {
  std::size_t all = 0;
  std::size_t security = 0;
  std::string names;            ///< Of the security updates, or else of the first few.
  double lists_age_days = 0.0;  ///< How old the lists are that say so.
  std::string fault;            ///< Why newer lists could not be had; empty when none were needed.
};

/// What `apt-get --simulate upgrade` would install, in its own words.
PendingUpdates parse_updates(std::string_view apt_output);

/// Where this computer, or the base of the container, has its packages from.
struct PackageSource {
  std::filesystem::path lists = "/var/lib/apt/lists";
  std::filesystem::path own_lists{};  ///< Where lists are fetched to when those are old.
  std::vector<std::string> apt_options{};
};

/// Asks apt, without installing anything. Lists that are missing, as in the image of a container,
/// or more than a week old are fetched anew, to `own_lists` when it is given. Errors: not_found
/// without apt; unavailable when there are no lists and none can be had.
[[nodiscard]] Result<PendingUpdates> pending_updates(const PackageSource& source);

/// "Debian 12.8", and whether that is the base of a container.
std::string distribution_text();

/// When the certificate in a PEM file ends [s since 1970]; nothing when there is none in it.
std::optional<std::int64_t> certificate_end(const std::filesystem::path& file);

}  // namespace hvac::ops
