#include "config/edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <type_traits>

#include "base/number.h"
#include "base/toml.h"

namespace hvac::config {
namespace {

std::string_view section_of(const Key& key) { return key.name.substr(0, key.name.find('.')); }
std::string_view name_of(const Key& key) { return key.name.substr(key.name.find('.') + 1); }

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// A list from "A,B" or from TOML's own spelling.
std::vector<std::string> list_of(std::string_view value) {
  std::vector<std::string> items;
  while (!value.empty()) {
    const std::size_t end = std::min(value.find(','), value.size());
    if (const auto item = trimmed(value.substr(0, end)); !item.empty()) items.emplace_back(item);
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return items;
}

// What a person typed, as TOML spells it.
std::string spelled(const Key& key, std::string_view value) {
  Config scratch;
  const Setting setting = key.of(scratch);
  const std::string_view typed = trimmed(value);
  const bool quoted = typed.starts_with('"') || typed.starts_with('\'');
  if (auto* const* text = std::get_if<std::string*>(&setting); text != nullptr && !quoted) {
    **text = value;
    return setting_text(key, scratch);
  }
  if (auto* const* list = std::get_if<std::vector<std::string>*>(&setting);
      list != nullptr && !typed.starts_with('[')) {
    **list = list_of(typed);
    return setting_text(key, scratch);
  }
  return std::string(typed);
}

// Where a place that the parser names by line and column is in `text`. The parser was given every
// character beyond ASCII as an escape of ten.
std::size_t offset_of(std::string_view text, toml::source_position place) {
  constexpr std::size_t kEscape = 10;
  std::size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  for (std::size_t line = 1; line < place.line; ++line) at = text.find('\n', at) + 1;
  for (std::size_t column = 1; column < place.column && at < text.size();) {
    const bool ascii = static_cast<unsigned char>(text[at]) < 0x80;
    column += ascii ? 1 : kEscape;
    ++at;
    while (!ascii && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
      ++at;
    }
  }
  return at;
}

std::size_t line_end(std::string_view text, std::size_t at) {
  return std::min(text.find('\n', at), text.size());
}

std::string changed(std::string_view text, const toml::table& root, const Key& key,
                    const std::string& value) {
  std::string result(text);
  const std::string line = fmt::format("{} = {}\n", name_of(key), value);
  const toml::table* section = root[section_of(key)].as_table();
  if (section == nullptr) {
    if (!result.empty() && result.back() != '\n') result += '\n';
    return result + fmt::format("{}[{}]\n{}", result.empty() ? "" : "\n", section_of(key), line);
  }
  if (const toml::node* old = section->get(name_of(key))) {
    const std::size_t begin = offset_of(text, old->source().begin);
    const std::size_t end = offset_of(text, old->source().end);
    return result.replace(begin, end - begin, value);
  }
  std::size_t at = line_end(text, offset_of(text, section->source().begin));
  if (at == text.size()) {
    result += '\n';
  }
  return result.insert(at + 1, line);
}

}  // namespace

Result<std::string> with_setting(std::string_view text, std::string_view file, const Key& key,
                                 std::string_view value) {
  const auto root = parse_toml(text, file);
  if (!root) return fail(root.error());
  const auto before = parse_config(text, file);
  if (!before) return fail(before.error());
  const std::string spelling = spelled(key, value);
  const std::string alone = fmt::format("[{}]\n{} = {}\n", section_of(key), name_of(key), spelling);
  const auto wanted = parse_toml(alone, key.name);
  const toml::table* only = wanted ? (*wanted)[section_of(key)].as_table() : nullptr;
  if (only == nullptr || wanted->size() != 1 || only->size() != 1) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} cannot be {}: that is no value", key.name, value));
  }
  std::string result = changed(text, *root, key, spelling);
  const auto after = parse_config(result, file);
  if (!after) return fail(ErrorCode::invalid_argument, after.error().message);
  for (const Difference& difference : differences(*before, *after)) {
    if (difference.key == key.name) continue;
    return fail(ErrorCode::conflict,
                fmt::format("{} stands in {} where it cannot be changed by itself: edit the file",
                            key.name, file));
  }
  return result;
}

std::string commented_file(const Config& config) {
  std::string text =
      "# Settings of this instance. What is not set has the default shown.\n"
      "# Check with `hvac-twin config check`; a running program takes changes by itself.\n";
  std::string_view section;
  for (const Key& key : keys()) {
    if (section_of(key) != section) {
      section = section_of(key);
      text += fmt::format("\n[{}]\n", section);
    }
    text += fmt::format("# {}{}.{}\n# {} = {}\n", key.meaning,
                        key.unit.empty() ? "" : fmt::format(" [{}]", key.unit),
                        key.takes == Takes::at_start ? " Takes effect at the next start." : "",
                        name_of(key), setting_text(key, config));
  }
  return text;
}

}  // namespace hvac::config
