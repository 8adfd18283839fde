#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "base/number.h"
#include "base/toml.h"
#include "telemetry/expression.h"
#include "telemetry/profile.h"
#include "telemetry/site_units.h"
#include "telemetry/tags.h"

namespace hvac::telemetry {
namespace {

constexpr std::size_t kLongestName = 40;

/// A quantity that [units] can set for all of its tags at once.
struct Group {
  std::string_view key;
  std::string_view unit;  // The program's, of its tags.
};
constexpr Group kGroups[] = {{"temperature", "degC"}, {"water_flow", "L/h"}, {"air_flow", "m3/h"},
                             {"pressure", "mbar"},    {"power", "W"},        {"current", "A"},
                             {"voltage", "V"},        {"speed", "rpm"}};

bool is_name(std::string_view text) {
  const auto letter = [](char c) {
    return std::isalpha(static_cast<unsigned char>(c)) || c == '_';
  };
  return !text.empty() && text.size() <= kLongestName && letter(text.front()) && text != "sqrt" &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return letter(c) || std::isdigit(static_cast<unsigned char>(c));
         });
}

/// `text` with the tag name `from` replaced by `to`, whole words only.
std::string renamed(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  std::size_t at = 0;
  const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  while (at < text.size()) {
    std::size_t end = at;
    while (end < text.size() && word(text[end])) ++end;
    const std::string_view token = text.substr(at, end - at);
    result += token == from ? to : token;
    if (end < text.size()) result += text[end++];
    at = end;
  }
  return result;
}

/// Reads one profile; the first error stops it.
class ProfileParser {
 public:
  explicit ProfileParser(std::string_view file) : file_(file) {}

  Result<AssetProfile> parse(const toml::table& root) {
    check_keys(root, {"name", "base", "units", "tag", "identity"});
    read_head(root);
    read_units(root);
    read_list(root, "tag", [this](const toml::table& table) { read_tag(table); });
    read_list(root, "identity", [this](const toml::table& table) { read_identity(table); });
    check_whole(root);
    if (!error_.empty()) return fail(ErrorCode::invalid_argument, error_);
    return std::move(profile_);
  }

 private:
  void complain(const toml::node& where, const std::string& what) {
    if (!error_.empty()) return;
    error_ = std::string(file_) + ":" + std::to_string(where.source().begin.line) + ": " + what;
  }

  void check_keys(const toml::table& table, std::initializer_list<std::string_view> known) {
    for (const auto& [key, node] : table) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      std::string list;
      for (const std::string_view name : known) {
        list += (list.empty() ? "" : ", ") + std::string(name);
      }
      complain(node, "unknown key '" + std::string(key.str()) + "'; known are " + list);
    }
  }

  std::optional<std::string> text(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return std::nullopt;
    const auto value = node->value_exact<std::string>();
    if (!value) complain(*node, "'" + std::string(key) + "' must be a text in quotes");
    return value;
  }

  std::optional<double> number(const toml::node* node, const std::string& what) {
    if (node == nullptr) return std::nullopt;
    const auto value = node->is_number() ? node->value<double>() : std::nullopt;
    if (value && std::isfinite(*value)) return value;
    complain(*node, what + " must be a finite number");
    return std::nullopt;
  }

  template <class Read>
  void read_list(const toml::table& root, std::string_view key, const Read& read) {
    const toml::node* node = root.get(key);
    if (node == nullptr || !error_.empty()) return;
    const toml::array* list = node->as_array();
    if (list == nullptr || !list->is_array_of_tables()) {
      return complain(*node,
                      "'" + std::string(key) + "' must be given as [[" + std::string(key) + "]]");
    }
    for (const toml::node& item : *list) {
      if (error_.empty()) read(*item.as_table());
    }
  }

  void read_head(const toml::table& root) {
    const auto name = text(root, "name");
    if (!name || name->empty()) complain(root, "the profile needs a name = \"...\"");
    const std::string base = text(root, "base").value_or("none");
    if (base != "none" && base != unit_cooler_profile()->name) {
      complain(*root.get("base"), "base '" + base + "' is unknown; it can be \"" +
                                      unit_cooler_profile()->name + "\" or \"none\"");
    }
    if (base != "none") profile_ = *unit_cooler_profile();
    if (name) profile_.name = *name;
  }

  void read_units(const toml::table& root) {
    const toml::node* node = root.get("units");
    if (node == nullptr || !error_.empty()) return;
    const toml::table* units = node->as_table();
    if (units == nullptr) return complain(*node, "'units' must be a table [units]");
    for (const auto& [key, value] : *units) {
      const auto group = std::find_if(std::begin(kGroups), std::end(kGroups),
                                      [&](const Group& g) { return g.key == key.str(); });
      if (group == std::end(kGroups)) {
        std::string list;
        for (const Group& g : kGroups) list += (list.empty() ? "" : ", ") + std::string(g.key);
        return complain(value,
                        "unknown quantity '" + std::string(key.str()) + "'; known are " + list);
      }
      const auto site_unit = text(*units, key.str());
      if (!site_unit) return;
      const auto converted = conversion(*site_unit, group->unit);
      if (!converted) {
        return complain(value, std::string(group->key) + " cannot be in '" + *site_unit +
                                   "'; it can be in " + convertible_units(group->unit));
      }
      group_units_.emplace_back(group->unit, *converted);
    }
    for (Tag& tag : profile_.tags) use_group_unit(tag);
  }

  void use_group_unit(Tag& tag) const {
    for (const auto& [unit, converted] : group_units_) {
      if (tag.unit != unit && tag.unit != std::string(unit) + "(g)") continue;
      tag.scale = converted.scale;
      tag.offset = converted.offset;
    }
  }

  /// The tag that a [[tag]] speaks of: a built-in one it takes the place of, or a new one.
  Tag& find_or_add(const toml::table& table, const std::string& name,
                   const std::string& stands_for) {
    for (Tag& tag : profile_.tags) {
      if (tag.stands_for != stands_for || stands_for.empty()) continue;
      rename(tag, name);
      return tag;
    }
    Tag tag;
    if (!stands_for.empty()) {
      tag = unit_cooler_profile()->tags[*unit_cooler_profile()->find(stands_for)];
      use_group_unit(tag);
    }
    tag.name = name;
    if (profile_.tags.size() >= kMaxTags) {
      complain(table, "a profile has at most " + std::to_string(kMaxTags) + " tags");
    }
    profile_.tags.push_back(std::move(tag));
    return profile_.tags.back();
  }

  void rename(Tag& tag, const std::string& name) {
    for (Identity& identity : profile_.identities) {
      identity.tag = renamed(identity.tag, tag.name, name);
      identity.expression = renamed(identity.expression, tag.name, name);
      identity.where = renamed(identity.where, tag.name, name);
    }
    tag.name = name;
  }

  void read_tag(const toml::table& table) {
    check_keys(table, {"name", "stands_for", "unit", "meaning", "role", "range", "max_step",
                       "resolution", "may_hold", "scale", "offset"});
    const std::string name = text(table, "name").value_or("");
    if (!is_name(name)) {
      return complain(table, "tag name '" + name + "' must be 1.." + std::to_string(kLongestName) +
                                 " letters, digits or _, and not begin with a digit");
    }
    const bool built_in = unit_cooler_profile()->find(name).has_value();
    const std::string stands_for = text(table, "stands_for").value_or(built_in ? name : "");
    if (!stands_for.empty() && !unit_cooler_profile()->find(stands_for)) {
      return complain(*table.get("stands_for"),
                      "tag " + name + ": there is no built-in tag '" + stands_for + "'");
    }
    if (!named_.insert_unique(name) || (!stands_for.empty() && !taken_.insert_unique(stands_for))) {
      return complain(table, "tag " + name + " is there twice, by its name or what it stands for");
    }
    Tag& tag = find_or_add(table, name, stands_for);
    if (const auto meaning = text(table, "meaning")) tag.meaning = *meaning;
    read_role(table, tag);
    read_unit(table, tag);
    read_limits(table, tag);
  }

  void read_role(const toml::table& table, Tag& tag) {
    const auto role = text(table, "role");
    if (!role) return;
    if (*role == "input") {
      tag.role = Role::input;
    } else if (*role == "target") {
      tag.role = Role::target;
    } else if (*role == "auxiliary") {
      tag.role = Role::auxiliary;
    } else {
      complain(*table.get("role"),
               "tag " + tag.name + ": role '" + *role + "' must be input, target or auxiliary");
    }
    const bool target = find_target(tag.stands_for).has_value();
    if (target != (tag.role == Role::target)) {
      complain(*table.get("role"),
               "tag " + tag.name + ": " +
                   (target ? "what stands for " + tag.stands_for + " is a target"
                           : "only what stands for UCAOT, UCWOT or UCAF can be a target"));
    }
  }

  void read_unit(const toml::table& table, Tag& tag) {
    const auto site_unit = text(table, "unit");
    if (site_unit && tag.unit.empty()) tag.unit = *site_unit;
    if (site_unit) {
      const auto converted = conversion(*site_unit, tag.unit);
      if (!converted) {
        return complain(*table.get("unit"), "tag " + tag.name + ": cannot be in '" + *site_unit +
                                                "'; it can be in " + convertible_units(tag.unit));
      }
      tag.scale = converted->scale;
      tag.offset = converted->offset;
    }
    if (const auto scale = number(table.get("scale"), "tag " + tag.name + ": scale")) {
      if (*scale == 0.0) complain(*table.get("scale"), "tag " + tag.name + ": scale must not be 0");
      tag.scale = *scale;
      tag.offset = 0.0;
    }
    const auto offset = number(table.get("offset"), "tag " + tag.name + ": offset");
    if (offset) tag.offset = *offset;
  }

  // Limits stand in the site's unit, as its people read them.
  void read_limits(const toml::table& table, Tag& tag) {
    const std::string of = "tag " + tag.name + ": ";
    if (const toml::node* range = table.get("range")) {
      const toml::array* pair = range->as_array();
      if (pair == nullptr || pair->size() != 2) {
        return complain(*range, of + "range must be two numbers, [low, high]");
      }
      const auto low = number(pair->get(0), of + "the low end of the range");
      const auto high = number(pair->get(1), of + "the high end of the range");
      if (!low || !high) return;
      if (!(*low < *high)) {
        return complain(
            *range, of + "low " + number_text(*low) + " must be below high " + number_text(*high));
      }
      tag.low = *low * tag.scale + tag.offset;
      tag.high = *high * tag.scale + tag.offset;
      if (tag.low > tag.high) std::swap(tag.low, tag.high);
    }
    if (const auto step = number(table.get("max_step"), of + "max_step")) {
      if (*step <= 0.0) {
        return complain(*table.get("max_step"),
                        of + "max_step " + number_text(*step) + " must be above 0");
      }
      tag.max_step = *step * std::abs(tag.scale);
    }
    if (const auto resolution = number(table.get("resolution"), of + "resolution")) {
      if (*resolution < 0.0) {
        return complain(*table.get("resolution"),
                        of + "resolution " + number_text(*resolution) + " must not be below 0");
      }
      tag.resolution = *resolution * std::abs(tag.scale);
    }
    if (const toml::node* hold = table.get("may_hold")) {
      const auto value = hold->value_exact<bool>();
      if (!value) return complain(*hold, of + "may_hold must be true or false");
      tag.may_hold = *value;
    }
  }

  void read_identity(const toml::table& table) {
    check_keys(table, {"tag", "expression", "tolerance", "relative", "where"});
    Identity identity;
    identity.tag = text(table, "tag").value_or("");
    identity.expression = text(table, "expression").value_or("");
    identity.tolerance = number(table.get("tolerance"), "tolerance").value_or(0.0);
    identity.relative = number(table.get("relative"), "relative").value_or(0.0);
    const auto resolve = [this](std::string_view tag) { return profile_.find(tag); };
    if (!profile_.find(identity.tag)) {
      return complain(table, "identity: there is no tag '" + identity.tag + "'");
    }
    const auto expression = Expression::parse(identity.expression, resolve);
    if (!expression) {
      return complain(table, "identity of " + identity.tag + ": expression \"" +
                                 identity.expression + "\": " + expression.error().message);
    }
    identity.where = text(table, "where").value_or("");
    if (!identity.where.empty()) {
      const auto where = Expression::parse(identity.where, resolve);
      if (!where) {
        return complain(table, "identity of " + identity.tag + ": where \"" + identity.where +
                                   "\": " + where.error().message);
      }
    }
    if (identity.tolerance < 0.0 || identity.relative < 0.0 ||
        identity.tolerance + identity.relative <= 0.0) {
      return complain(table, "identity of " + identity.tag +
                                 ": tolerance and relative must not be below 0, nor both 0");
    }
    if (profile_.identities.size() >= kMaxIdentities) {
      return complain(table,
                      "a profile has at most " + std::to_string(kMaxIdentities) + " identities");
    }
    profile_.identities.push_back(std::move(identity));
  }

  void check_whole(const toml::table& root) {
    if (profile_.tags.empty()) complain(root, "the profile has no [[tag]] and no base");
    for (std::size_t i = 0; i < profile_.tags.size(); ++i) {
      const auto first = profile_.find(profile_.tags[i].name);
      if (first != i) complain(root, "tag " + profile_.tags[i].name + " is there twice");
    }
  }

  /// Names seen so far.
  class Names {
   public:
    bool insert_unique(const std::string& name) {
      if (std::find(names_.begin(), names_.end(), name) != names_.end()) return false;
      names_.push_back(name);
      return true;
    }

   private:
    std::vector<std::string> names_;
  };

  std::string_view file_;
  std::string error_;
  AssetProfile profile_;
  std::vector<std::pair<std::string_view, Conversion>> group_units_;
  Names named_;
  Names taken_;
};

}  // namespace

Result<AssetProfile> parse_profile(std::string_view toml, std::string_view file) {
  const auto root = parse_toml(toml, file);
  if (!root) return fail(root.error());
  return ProfileParser(file).parse(*root);
}

}  // namespace hvac::telemetry
