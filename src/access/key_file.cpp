#include "access/key_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "base/file_lock.h"
#include "base/files.h"
#include "base/iso_time.h"
#include "base/json.h"

namespace hvac::access {
namespace {

namespace json = boost::json;

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kLongestName = 64;

json::value time_or_null(const std::optional<TimePoint>& time) {
  if (!time) return nullptr;
  return time->time_since_epoch().count();
}

json::object object_of(const KeyRecord& key) {
  return {{"id", key.id},
          {"name", key.name},
          {"role", name(key.role)},
          {"created_ms", key.created.time_since_epoch().count()},
          {"expires_ms", time_or_null(key.expires)},
          {"revoked_ms", time_or_null(key.revoked)},
          {"salt", key.salt},
          {"hash", key.hash},
          {"scrypt", {{"n", key.cost.n}, {"r", key.cost.r}, {"p", key.cost.p}}}};
}

/// Reads values of a JSON object, remembering whether all were there.
class Reader {
 public:
  explicit Reader(const json::object& object) : object_(object) {}

  std::string text(const char* key) {
    const json::value* value = object_.if_contains(key);
    if (value != nullptr && value->is_string()) return std::string(value->get_string());
    complete_ = false;
    return {};
  }
  std::int64_t integer(const json::object& object, const char* key) {
    const json::value* value = object.if_contains(key);
    if (value != nullptr && value->is_int64()) return value->get_int64();
    complete_ = false;
    return 0;
  }
  TimePoint time(const char* key) {
    return TimePoint(std::chrono::milliseconds(integer(object_, key)));
  }
  std::optional<TimePoint> optional_time(const char* key) {
    const json::value* value = object_.if_contains(key);
    if (value != nullptr && value->is_null()) return std::nullopt;
    return time(key);
  }
  ScryptCost cost() {
    const json::value* value = object_.if_contains("scrypt");
    if (value == nullptr || !value->is_object()) {
      complete_ = false;
      return {};
    }
    const json::object& object = value->get_object();
    return {static_cast<std::uint64_t>(integer(object, "n")),
            static_cast<std::uint32_t>(integer(object, "r")),
            static_cast<std::uint32_t>(integer(object, "p"))};
  }
  bool complete() const { return complete_; }

 private:
  const json::object& object_;
  bool complete_ = true;
};

std::optional<KeyRecord> record_of(const json::value& value) {
  if (!value.is_object()) return std::nullopt;
  Reader reader(value.get_object());
  KeyRecord key;
  key.id = reader.text("id");
  key.name = reader.text("name");
  const auto role = role_named(reader.text("role"));
  key.created = reader.time("created_ms");
  key.expires = reader.optional_time("expires_ms");
  key.revoked = reader.optional_time("revoked_ms");
  key.salt = reader.text("salt");
  key.hash = reader.text("hash");
  key.cost = reader.cost();
  if (!reader.complete() || !role) return std::nullopt;
  key.role = *role;
  return key;
}

Result<void> write_keys(const std::filesystem::path& home, const std::vector<KeyRecord>& keys) {
  json::array list;
  for (const KeyRecord& key : keys) list.push_back(object_of(key));
  const std::string text = json_text({{"format", kFormat}, {"keys", list}}, JsonLayout::pretty);
  return write_file_atomically(key_file(home), text, Readers::owner);
}

// The file changes under this lock only.
Result<Descriptor> lock(const std::filesystem::path& home) {
  if (auto made = make_folder(home); !made) return fail(made.error());
  return lock_file(home / ".keys.lock");
}

bool is_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == '@';
  };
  return !name.empty() && name.size() <= kLongestName &&
         std::all_of(name.begin(), name.end(), fits);
}

// The active key of that id; if there is none, of that name. Of two with one name (the old one in
// its grace), the youngest.
KeyRecord* find_active(std::vector<KeyRecord>& keys, std::string_view id_or_name, TimePoint now) {
  KeyRecord* found = nullptr;
  for (KeyRecord& key : keys) {
    if (state_of(key, now) != KeyState::active) continue;
    if (key.id == id_or_name) return &key;
    if (key.name == id_or_name) found = &key;
  }
  return found;
}

Error no_such_key(std::string_view id_or_name) {
  return {ErrorCode::not_found,
          fmt::format("there is no active key with the id or name \"{}\"", id_or_name)};
}

Result<NewKey> make_key(std::string_view name, Role role, std::optional<TimePoint> expires,
                        TimePoint now) {
  auto text = make_key_text();
  if (!text) return fail(text.error());
  auto salt = make_salt();
  if (!salt) return fail(salt.error());
  const ScryptCost cost;
  auto hash = hash_key(text->text, *salt, cost);
  if (!hash) return fail(hash.error());
  return NewKey{{text->id, std::string(name), role, now, expires, std::nullopt, *salt, *hash, cost},
                text->text};
}

}  // namespace

KeyState state_of(const KeyRecord& key, TimePoint now) {
  if (key.revoked && *key.revoked <= now) return KeyState::revoked;
  if (key.expires && *key.expires <= now) return KeyState::expired;
  return KeyState::active;
}

std::string_view name(KeyState state) {
  switch (state) {
    case KeyState::active:
      return "active";
    case KeyState::expired:
      return "expired";
    case KeyState::revoked:
      return "revoked";
  }
  return "";
}

Result<std::vector<KeyRecord>> read_keys(const std::filesystem::path& home) {
  const std::filesystem::path file = key_file(home);
  const auto text = read_file(file);
  if (!text && text.error().code == ErrorCode::not_found) return std::vector<KeyRecord>();
  if (!text) return fail(text.error());
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorCode::corrupt, file.string() + ": " + what);
  };
  const auto document = parse_json(*text);
  if (!document) return wrong(document.error().message);
  const json::object* object = document->if_object();
  const json::value* format = object != nullptr ? object->if_contains("format") : nullptr;
  const json::value* list = object != nullptr ? object->if_contains("keys") : nullptr;
  if (format == nullptr || *format != kFormat || list == nullptr || !list->is_array()) {
    return wrong("is no file of keys of format " + std::to_string(kFormat));
  }
  std::vector<KeyRecord> keys;
  for (const json::value& item : list->get_array()) {
    auto key = record_of(item);
    if (!key) return wrong(fmt::format("key {} is incomplete", keys.size() + 1));
    keys.push_back(std::move(*key));
  }
  return keys;
}

Result<NewKey> create_key(const std::filesystem::path& home, std::string_view name, Role role,
                          std::optional<TimePoint> expires, TimePoint now) {
  if (!is_name(name)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("\"{}\" is no name of a key: 1 to {} letters, digits, '.', '-', '_', "
                            "'@'",
                            name.substr(0, kLongestName), kLongestName));
  }
  if (expires && *expires <= now) {
    return fail(ErrorCode::invalid_argument,
                "the key would expire at " + iso_text(*expires) + ", which is over");
  }
  const auto held = lock(home);
  if (!held) return fail(held.error());
  auto keys = read_keys(home);
  if (!keys) return fail(keys.error());
  if (const KeyRecord* other = find_active(*keys, name, now)) {
    return fail(ErrorCode::conflict, fmt::format("{} has the active key {} already: rotate or "
                                                 "revoke that",
                                                 name, other->id));
  }
  auto made = make_key(name, role, expires, now);
  if (!made) return fail(made.error());
  keys->push_back(made->record);
  if (auto written = write_keys(home, *keys); !written) return fail(written.error());
  return made;
}

Result<KeyRecord> revoke_key(const std::filesystem::path& home, std::string_view id_or_name,
                             TimePoint now) {
  const auto held = lock(home);
  if (!held) return fail(held.error());
  auto keys = read_keys(home);
  if (!keys) return fail(keys.error());
  KeyRecord* key = find_active(*keys, id_or_name, now);
  if (key == nullptr) return fail(no_such_key(id_or_name));
  key->revoked = now;
  const KeyRecord revoked = *key;
  if (auto written = write_keys(home, *keys); !written) return fail(written.error());
  return revoked;
}

Result<NewKey> rotate_key(const std::filesystem::path& home, std::string_view id_or_name,
                          std::chrono::seconds grace, TimePoint now) {
  const auto held = lock(home);
  if (!held) return fail(held.error());
  auto keys = read_keys(home);
  if (!keys) return fail(keys.error());
  KeyRecord* old = find_active(*keys, id_or_name, now);
  if (old == nullptr) return fail(no_such_key(id_or_name));
  std::optional<TimePoint> expires;
  if (old->expires) expires = now + (*old->expires - old->created);
  auto made = make_key(old->name, old->role, expires, now);
  if (!made) return fail(made.error());
  old->revoked = now + grace;
  keys->push_back(made->record);
  if (auto written = write_keys(home, *keys); !written) return fail(written.error());
  return made;
}

}  // namespace hvac::access
