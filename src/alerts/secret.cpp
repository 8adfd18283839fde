#include "alerts/secret.h"

#include <fmt/format.h>

#include "base/files.h"

namespace hvac::alerts {

Result<std::string> read_secret(const std::filesystem::path& file, std::string_view key) {
  auto text = read_file(file);
  if (!text) {
    return fail(ErrorCode::unavailable, fmt::format("{}: {}", key, text.error().message));
  }
  text->resize(std::min(text->size(), text->find_first_of("\r\n")));
  if (text->empty()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}: {} has nothing on its first line", key, file.string()));
  }
  return std::move(*text);
}

}  // namespace hvac::alerts
