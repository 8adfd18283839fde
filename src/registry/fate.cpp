#include "registry/fate.h"

#include <algorithm>
#include <system_error>

namespace hvac::registry {

std::vector<Version> promoted_stack(const std::vector<Event>& events) {
  std::vector<Version> stack;
  for (const Event& event : events) {
    if (event.change == Change::promoted) stack.push_back(event.version);
    if (event.change == Change::rolled_back) {
      while (!stack.empty() && stack.back() != event.version) stack.pop_back();
    }
  }
  return stack;
}

Fate fate_of(const std::vector<Event>& events, Version version) {
  Fate fate;
  for (const Event& event : events) {
    if (event.version != version) continue;
    if (event.change == Change::pinned) fate.pinned = true;
    if (event.change == Change::unpinned) fate.pinned = false;
    if (event.change == Change::archived) fate.archived = true;
    if (event.change == Change::restored) fate.archived = false;
    if (event.change == Change::removed) fate.removed = true;
  }
  return fate;
}

std::optional<Version> challenger_of(const std::vector<Event>& events) {
  std::optional<Version> challenger;
  for (const Event& event : events) {
    if (event.change == Change::shadow_started) challenger = event.version;
    const bool ends = event.change == Change::shadow_stopped || event.change == Change::promoted ||
                      event.change == Change::rolled_back || event.change == Change::archived ||
                      event.change == Change::removed;
    if (ends && challenger == event.version) challenger = std::nullopt;
  }
  return challenger;
}

Result<std::vector<Version>> versions_in(const std::filesystem::path& folder) {
  std::vector<Version> found;
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return found;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!it->is_directory()) continue;
    if (const auto version = parse_version(it->path().filename().string())) {
      found.push_back(*version);
    }
  }
  if (error) return fail(ErrorCode::unavailable, folder.string() + ": " + error.message());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace hvac::registry
