#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"

namespace hvac::config {

/// A setting in a Config; its alternative is its type.
using Setting =
    std::variant<double*, std::int64_t*, bool*, std::string*, std::vector<std::string>*>;

/// When a changed setting takes effect in a running program.
enum class Takes { at_once, at_start };

/// What there is to know of one key.
struct Key {
  std::string_view name;  ///< "drift.psi_warning"
  Setting (*of)(Config&);
  double least;           ///< Of numbers ...
  double most;            ///< ... and of the length of texts and lists.
  std::string_view unit;  ///< Empty: none.
  Takes takes;
  std::string_view meaning;  ///< One line, for the operator.
};

/// All keys, those of a section together.
std::span<const Key> keys();

/// Errors: not_found, naming the nearest key there is.
[[nodiscard]] Result<const Key*> find_key(std::string_view name);

/// A setting as TOML spells it: 0.1, "text", ["UCAIT"].
std::string setting_text(const Key& key, const Config& config);

/// Errors: out_of_range, naming the key, the value and the limit.
[[nodiscard]] Result<void> check_limits(const Key& key, const Config& config);

/// Whether the settings fit each other. Errors: invalid_argument, naming both.
[[nodiscard]] Result<void> check_whole(const Config& config);

/// A setting that is not as it was.
struct Difference {
  std::string key;
  std::string before;  ///< As `setting_text`.
  std::string after;
  Takes takes = Takes::at_once;
};
std::vector<Difference> differences(const Config& before, const Config& after);

}  // namespace hvac::config
