#include <fmt/format.h>

#include "base/files.h"
#include "base/toml.h"
#include "config/config.h"
#include "config/keys.h"

namespace hvac::config {
namespace {

constexpr const char* kind(const double*) { return "a number"; }
constexpr const char* kind(const std::int64_t*) { return "a whole number"; }
constexpr const char* kind(const bool*) { return "true or false"; }
constexpr const char* kind(const std::string*) { return "a text in quotes"; }
constexpr const char* kind(const std::vector<std::string>*) { return "a list of texts"; }

// Whether the node has the setting's type; then the setting has its value.
bool assign(const toml::node& node, double& setting) {
  const auto number = node.value_exact<double>();
  const auto whole = node.value_exact<std::int64_t>();
  if (!number && !whole) return false;
  setting = number ? *number : static_cast<double>(*whole);
  return true;
}

template <class Value>
bool assign(const toml::node& node, Value& setting) {
  auto value = node.value_exact<Value>();
  if (!value) return false;
  setting = std::move(*value);
  return true;
}

bool assign(const toml::node& node, std::vector<std::string>& setting) {
  const toml::array* list = node.as_array();
  if (list == nullptr) return false;
  setting.clear();
  for (const toml::node& item : *list) {
    auto text = item.value_exact<std::string>();
    if (!text) return false;
    setting.push_back(std::move(*text));
  }
  return true;
}

// One key of the file into the setting it is.
Result<void> take(Config& config, const std::string& name, const toml::node& node) {
  const auto key = find_key(name);
  if (!key) return fail(key.error());
  const char* wanted = nullptr;
  const bool fits = std::visit(
      [&](auto* setting) {
        wanted = kind(setting);
        return assign(node, *setting);
      },
      (*key)->of(config));
  if (!fits) return fail(ErrorCode::invalid_argument, fmt::format("{} is {}", name, wanted));
  return check_limits(**key, config);
}

}  // namespace

Result<Config> parse_config(std::string_view text, std::string_view file) {
  const auto root = parse_toml(text, file);
  if (!root) return fail(root.error());
  const auto wrong = [&](const toml::node& where, const std::string& what) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}:{}: {}", file, where.source().begin.line, what));
  };
  Config config;
  for (const auto& [section, node] : *root) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      return wrong(node, fmt::format("{} stands outside of any [section]", section.str()));
    }
    for (const auto& [key, value] : *table) {
      const std::string name = fmt::format("{}.{}", section.str(), key.str());
      if (auto taken = take(config, name, value); !taken) {
        return wrong(value, taken.error().message);
      }
    }
  }
  if (auto fits = check_whole(config); !fits) {
    return fail(ErrorCode::invalid_argument, fmt::format("{}: {}", file, fits.error().message));
  }
  return config;
}

Result<Config> read_config(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text && text.error().code == ErrorCode::not_found) return Config{};
  if (!text) return fail(text.error());
  return parse_config(*text, file.string());
}

}  // namespace hvac::config
