#include "alerts/inbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "alerts/center.h"
#include "alerts/record.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"

namespace hvac::alerts {
namespace {

constexpr std::size_t kMostLeft = 1000;
constexpr std::string_view kLeft = ".json";
constexpr std::string_view kTaken = ".taken";  ///< Being read: what is left meanwhile is another.

std::vector<std::filesystem::path> files_in(const std::filesystem::path& inbox,
                                            std::string_view end_of_name) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator at(inbox, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == end_of_name) files.push_back(at->path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

Result<void> leave_condition(const std::filesystem::path& folder, const Condition& condition) {
  const auto inbox = folder / "inbox";
  if (files_in(inbox, kLeft).size() >= kMostLeft) {
    return fail(ErrorCode::unavailable, fmt::format("{} holds {} conditions that no program took",
                                                    inbox.string(), kMostLeft));
  }
  // What is said of one alarm later replaces what was said before.
  const std::string name = sha256(text_of(condition.key)).substr(0, 16) + std::string(kLeft);
  return write_file_atomically(inbox / name, json_text(json_of(condition)));
}

std::vector<Condition> take_conditions(
    const std::filesystem::path& folder,
    const std::function<void(Severity, const std::string&)>& log) {
  std::vector<Condition> all;
  const auto inbox = folder / "inbox";
  std::error_code error;
  for (const auto& file : files_in(inbox, kLeft)) {
    std::filesystem::rename(file, std::filesystem::path(file).replace_extension(kTaken), error);
  }
  for (const auto& file : files_in(inbox, kTaken)) {
    const auto text = read_file(file);
    const auto document = text.and_then([](const std::string& t) { return parse_json(t); });
    auto condition = document.and_then([](const auto& value) { return condition_from(value); });
    if (condition) {
      all.push_back(std::move(*condition));
    } else {
      log(Severity::warning, "alerts: " + file.string() + ": " + condition.error().message);
    }
    std::filesystem::remove(file, error);
  }
  return all;
}

}  // namespace hvac::alerts
