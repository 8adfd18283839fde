#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "ops/instance_files.h"

/// Putting a restored state in the place of the one that is there: all or nothing. What is to be
/// done is written down first; from then on it is only renames, and whatever interrupts them, the
/// next start finishes them. Before that, nothing of the instance was touched.
namespace hvac::ops {

struct Switch {
  std::string stamp;               ///< Names the folder of what is replaced: HOME/replaced/STAMP.
  std::set<Component> components;  ///< What is replaced.
  std::string connection;  ///< A PostgreSQL store that is restored from the staged dump first.
  std::vector<std::string> changes;  ///< Staged files of changes, for that store.
};

/// Where a restored state is prepared: HOME/.restore/new.
std::filesystem::path staged_folder(const std::filesystem::path& home);

/// Whether a restore of this instance was interrupted, or is under way.
bool restore_is_pending(const std::filesystem::path& home);

/// Replaces the components by what is staged. The instance must be claimed. Returns the folder of
/// what was replaced. Errors: unavailable; when the database cannot be restored, nothing was done.
[[nodiscard]] Result<std::filesystem::path> switch_over(const std::filesystem::path& home,
                                                        const Switch& what);

/// Finishes a restore that was interrupted after it began to replace, and forgets one that was
/// interrupted before. Cheap when there is none. Whoever opens an instance calls it first.
/// Errors: conflict while another program restores; unavailable.
[[nodiscard]] Result<void> finish_interrupted_restore(const std::filesystem::path& home);

}  // namespace hvac::ops
