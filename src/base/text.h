#pragma once

#include <string>
#include <vector>

namespace hvac {

/// The words with commas between them, "a, b, c".
[[nodiscard]] std::string comma_list(const std::vector<std::string>& words);

}  // namespace hvac
