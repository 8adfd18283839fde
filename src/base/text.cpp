#include "base/text.h"

#include <fmt/format.h>

namespace hvac {

std::string comma_list(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace hvac
