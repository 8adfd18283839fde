#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/key_file.h"
#include "access/role.h"
#include "base/clock.h"
#include "base/guarded.h"

namespace hvac::access {

/// Says whose a key is, from an instance's file of keys as it is now: what is created or revoked
/// counts within a second. A key is hashed once and then known by its fingerprint, so that the many
/// requests after the first cost little. Any thread.
class KeyRing {
 public:
  explicit KeyRing(std::filesystem::path home);

  /// Whether there are any keys, active or not. A file that cannot be read counts as keys: then
  /// nobody is let in rather than everybody.
  bool has_keys(TimePoint now);

  /// Why the file cannot be read; empty when it can.
  std::string fault(TimePoint now);

  /// The active key of that text; null for any other text. The first time a key is shown this takes
  /// some 40 ms.
  std::shared_ptr<const KeyRecord> find(std::string_view key, Fingerprinter& fingerprinter,
                                        TimePoint now);

 private:
  using Record = std::shared_ptr<const KeyRecord>;
  struct State {
    TimePoint looked{};  ///< When the file was last looked at, and what was seen.
    std::filesystem::file_time_type changed{};
    std::uintmax_t size = 0;
    std::string fault;
    std::map<std::string, Record, std::less<>> by_id;
    std::map<Fingerprinter::Digest, Record> known;  ///< Verified before.
  };
  void refresh(State& state, TimePoint now) const;

  const std::filesystem::path home_;
  const std::filesystem::path file_;
  Guarded<State> state_;
};

}  // namespace hvac::access
