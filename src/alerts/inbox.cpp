#include "alerts/inbox.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>

#include "alerts/center.h"
#include "alerts/record.h"
#include "base/files.h"
#include "base/json.h"

namespace hvac::alerts {
namespace {

constexpr std::size_t kMostLeft = 1000;
constexpr std::string_view kEnd = ".json";

/// The finished files, in the order of their names, which is that of time.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& inbox) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator at(inbox, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == kEnd) files.push_back(at->path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

Result<void> leave_condition(const std::filesystem::path& folder, const Condition& condition) {
  const auto inbox = folder / "inbox";
  if (files_in(inbox).size() >= kMostLeft) {
    return fail(ErrorCode::unavailable, fmt::format("{} holds {} conditions that no program took",
                                                    inbox.string(), kMostLeft));
  }
  static std::atomic<unsigned> number{0};
  const auto now = system_clock()().time_since_epoch().count();
  const auto name = fmt::format("{:015}-{}-{:06}{}", now, ::getpid(), number++, kEnd);
  return write_file_atomically(inbox / name, json_text(json_of(condition)));
}

std::vector<Condition> take_conditions(
    const std::filesystem::path& folder,
    const std::function<void(Severity, const std::string&)>& log) {
  std::vector<Condition> all;
  for (const auto& file : files_in(folder / "inbox")) {
    const auto text = read_file(file);
    const auto document = text.and_then([](const std::string& t) { return parse_json(t); });
    auto condition = document.and_then([](const auto& value) { return condition_from(value); });
    if (condition) {
      all.push_back(std::move(*condition));
    } else {
      log(Severity::warning, "alerts: " + file.string() + ": " + condition.error().message);
    }
    std::error_code error;
    std::filesystem::remove(file, error);
  }
  return all;
}

}  // namespace hvac::alerts
