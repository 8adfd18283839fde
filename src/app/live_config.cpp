#include "app/live_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/keys.h"

namespace hvac::app {
namespace {

std::filesystem::file_time_type written(const std::filesystem::path& file) {
  std::error_code missing;
  const auto time = std::filesystem::last_write_time(file, missing);
  return missing ? std::filesystem::file_time_type{} : time;
}

}  // namespace

LiveConfig::LiveConfig(std::filesystem::path file, config::Config first,
                       std::function<void(const std::string&)> report)
    : file_(std::move(file)),
      report_(std::move(report)),
      config_(std::move(first)),
      seen_(written(file_)) {
  if (auto read = config::read_config(file_)) read_ = std::move(*read);
}

void LiveConfig::check() {
  const auto now = written(file_);
  if (now == seen_) return;
  seen_ = now;
  const auto fresh = config::read_config(file_);
  if (!fresh) {
    return report_("the changed settings are refused, the former ones stay: " +
                   fresh.error().message);
  }
  const auto changes = config::differences(read_, *fresh);
  read_ = *fresh;
  // Only what changed in the file: what the command line said stays.
  config::Config next = current();
  for (const config::Difference& change : changes) {
    const auto key = config::find_key(change.key);
    if (!key || (*key)->takes == config::Takes::at_start) {
      report_(fmt::format("{} = {} takes effect at the next start", change.key, change.after));
      continue;
    }
    config::Config source = *fresh;
    std::visit(
        [](auto* to, auto* from) {
          if constexpr (std::is_same_v<decltype(to), decltype(from)>) *to = *from;
        },
        (*key)->of(next), (*key)->of(source));
    report_(fmt::format("{} = {}, was {}", change.key, change.after, change.before));
  }
  config_.with([&](config::Config& config) { config = next; });
  for (const Apply& apply : applies_) apply(next);
}

}  // namespace hvac::app
