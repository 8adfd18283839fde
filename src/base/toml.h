#pragma once

#include <string_view>

#include "base/result.h"

// The parser's assertions can be reached by malformed text (`[[ [`): a wrong file would end a debug
// build, and a release build would go on past them. Thrown instead, they are caught in parse_toml.
namespace hvac::internal {
[[noreturn]] void toml_parser_lost_its_way();  // Throws std::runtime_error.
}
#define TOML_ASSERT(condition)                                      \
  do {                                                              \
    if (!(condition)) ::hvac::internal::toml_parser_lost_its_way(); \
  } while (false)

#include <toml++/toml.h>

namespace hvac {

/// The table that `text` spells; its nodes know their lines. `file` stands for it in messages.
/// Heavy to include: from .cpp files only, and toml++ never but through here. Errors:
/// invalid_argument, as "FILE:LINE: what is wrong"; also above 1 MiB and for what is no UTF-8.
[[nodiscard]] Result<toml::table> parse_toml(std::string_view text, std::string_view file);

}  // namespace hvac
