#include "access/key_ring.h"

#include <utility>

namespace hvac::access {
namespace {

constexpr std::chrono::milliseconds kLookPeriod{250};

}  // namespace

KeyRing::KeyRing(std::filesystem::path home) : home_(std::move(home)), file_(key_file(home_)) {}

void KeyRing::refresh(State& state, TimePoint now) const {
  if (state.looked != TimePoint{} && now >= state.looked && now - state.looked < kLookPeriod) {
    return;
  }
  const bool first = state.looked == TimePoint{};
  state.looked = now;
  std::error_code error;
  const auto changed = std::filesystem::last_write_time(file_, error);
  const auto size = error ? 0 : std::filesystem::file_size(file_, error);
  if (!first && changed == state.changed && size == state.size && state.fault.empty()) return;
  state.changed = changed;
  state.size = size;
  state.by_id.clear();
  state.known.clear();
  const auto keys = read_keys(home_);
  state.fault = keys ? "" : keys.error().message;
  if (!keys) return;
  for (const KeyRecord& key : *keys) {
    state.by_id.emplace(key.id, std::make_shared<const KeyRecord>(key));
  }
}

bool KeyRing::has_keys(TimePoint now) {
  return state_.with([&](State& state) {
    refresh(state, now);
    return !state.by_id.empty() || !state.fault.empty();
  });
}

std::string KeyRing::fault(TimePoint now) {
  return state_.with([&](State& state) {
    refresh(state, now);
    return state.fault;
  });
}

std::shared_ptr<const KeyRecord> KeyRing::find(std::string_view key, Fingerprinter& fingerprinter,
                                               TimePoint now) {
  const std::string_view id = id_of(key);
  if (id.empty()) return nullptr;
  const Fingerprinter::Digest digest = fingerprinter.digest(key);
  Record record;
  const bool known = state_.with([&](State& state) {
    refresh(state, now);
    if (const auto verified = state.known.find(digest); verified != state.known.end()) {
      record = verified->second;
      return true;
    }
    if (const auto of_id = state.by_id.find(id); of_id != state.by_id.end()) record = of_id->second;
    return false;
  });
  if (record == nullptr || state_of(*record, now) != KeyState::active) return nullptr;
  if (known) return record;
  // Without the lock: the others need not wait for this hash.
  const auto hash = hash_key(key, record->salt, record->cost);
  if (!hash || !same_secret(*hash, record->hash)) return nullptr;
  state_.with([&](State& state) {
    const auto still = state.by_id.find(id);  // The file may have been read again meanwhile.
    if (still != state.by_id.end() && *still->second == *record) {
      state.known.emplace(digest, still->second);
    }
  });
  return record;
}

}  // namespace hvac::access
