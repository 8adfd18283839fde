#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/key_text.h"
#include "access/role.h"
#include "base/clock.h"
#include "base/result.h"

/// The API keys of an instance: HOME/keys.json, readable by its owner only. The keys themselves are
/// not in it, only their hashes.
namespace hvac::access {

/// What is known of one key.
struct KeyRecord {
  std::string id;    ///< The part of the key that is no secret.
  std::string name;  ///< Of whom it is; stands in the audit.
  Role role = Role::viewer;
  TimePoint created;
  std::optional<TimePoint> expires;
  std::optional<TimePoint> revoked;  ///< From then on it is worth nothing.
  std::string salt;
  std::string hash;
  ScryptCost cost;

  friend bool operator==(const KeyRecord&, const KeyRecord&) = default;
};

enum class KeyState { active, expired, revoked };
KeyState state_of(const KeyRecord& key, TimePoint now);
std::string_view name(KeyState state);

/// An instance's file of keys.
inline std::filesystem::path key_file(const std::filesystem::path& home) {
  return home / "keys.json";
}

/// All keys, the oldest first; none when there is no file.
/// Errors: corrupt, naming what is wrong; unavailable.
[[nodiscard]] Result<std::vector<KeyRecord>> read_keys(const std::filesystem::path& home);

/// A key as its owner gets it: the only time that its text is known.
struct NewKey {
  KeyRecord record;
  std::string text;
};

/// Adds a key. Errors: invalid_argument for a name of other than 1 to 64 letters, digits, '.', '-',
/// '_', '@', or a time to expire that is not in the future; conflict when an active key has that
/// name; as `read_keys`; unavailable.
[[nodiscard]] Result<NewKey> create_key(const std::filesystem::path& home, std::string_view name,
                                        Role role, std::optional<TimePoint> expires, TimePoint now);

/// Makes the active key of that id or name worthless. Errors: not_found; as `read_keys`;
/// unavailable.
[[nodiscard]] Result<KeyRecord> revoke_key(const std::filesystem::path& home,
                                           std::string_view id_or_name, TimePoint now);

/// Replaces the active key of that id or name by a new one of the same name, role and time to live;
/// the old one is worth something for `grace` more. Errors: as `revoke_key`.
[[nodiscard]] Result<NewKey> rotate_key(const std::filesystem::path& home,
                                        std::string_view id_or_name, std::chrono::seconds grace,
                                        TimePoint now);

}  // namespace hvac::access
