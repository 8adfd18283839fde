#include "base/toml.h"

#include <fmt/format.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace hvac {

void internal::toml_parser_lost_its_way() {
  throw std::runtime_error("the TOML parser lost its way");
}

namespace {

/// One character of UTF-8 (RFC 3629).
struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;  // 0 when it is none.
};

Character next_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  const std::size_t length = lead < 0x80                    ? 1
                             : lead >= 0xC2 && lead < 0xE0  ? 2
                             : lead >= 0xE0 && lead < 0xF0  ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || length > text.size()) return {};
  char32_t code = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kLeast[length] || code > 0x10FFFF || surrogate) return {};
  return {code, length};
}

/// `text` with every character beyond ASCII as an escape, which means the same in a quoted string
/// and is an error elsewhere: the parser's tables of such characters have gaps it falls through. On
/// failure the line that is not UTF-8.
tl::expected<std::string, std::size_t> ascii_only(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  std::size_t line = 1;
  while (!text.empty()) {
    const Character c = next_character(text);
    if (c.bytes == 0) return tl::unexpected(line);
    if (c.code == U'\n') ++line;
    if (c.bytes == 1) {
      result += text.front();
    } else {
      result += fmt::format("\\U{:08X}", static_cast<std::uint32_t>(c.code));
    }
    text.remove_prefix(c.bytes);
  }
  return result;
}

tl::unexpected<Error> wrong(std::string_view file, std::size_t line, std::string_view what) {
  return fail(ErrorCode::invalid_argument, fmt::format("{}:{}: {}", file, line, what));
}

}  // namespace

Result<toml::table> parse_toml(std::string_view text, std::string_view file) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 20;
  if (text.size() > kMostBytes) {
    return wrong(file, 1,
                 fmt::format("has {} bytes; at most {} are read", text.size(), kMostBytes));
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const auto ascii = ascii_only(text);
  if (!ascii) return wrong(file, ascii.error(), "is not text in UTF-8");
  try {
    return toml::parse(*ascii, file);
  } catch (const toml::parse_error& error) {
    return wrong(file, error.source().begin.line, error.description());
  } catch (const std::runtime_error& error) {
    return wrong(file, 1, error.what());
  }
}

}  // namespace hvac
