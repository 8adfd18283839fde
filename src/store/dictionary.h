#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/engine.h"
#include "store/records.h"

namespace hvac::store {

/// What a number stands for.
enum class NameKind : std::uint8_t { asset, series, state };
inline constexpr std::size_t kNameKindCount = 3;

/// A layout and the numbers of its series.
struct KnownLayout {
  std::shared_ptr<const Layout> layout;
  std::vector<std::uint32_t> series;
};

/// The numbers that stand for names and layouts in the tables. Numbers of a kind are 0, 1, 2, ...
/// and never change, so an older copy is right as far as it goes. A value.
class Dictionary {
 public:
  /// Whether `reader` sees entries that this has not.
  [[nodiscard]] Result<bool> behind(Reader& reader) const;

  /// Adds what was written since. Errors: corrupt for entries that make no sense, and the reader's.
  [[nodiscard]] Result<void> catch_up(Reader& reader);

  std::optional<std::uint32_t> find(NameKind kind, const std::string& name) const;
  const std::vector<std::string>& names(NameKind kind) const { return of(kind).names; }
  const std::vector<KnownLayout>& layouts() const { return layouts_; }

  /// The number of that name or layout; a new one is written. Requires a dictionary that has caught
  /// up with `writer`. Errors: the writer's.
  [[nodiscard]] Result<std::uint32_t> number_of(NameKind kind, const std::string& name,
                                                Writer& writer);
  [[nodiscard]] Result<std::uint32_t> number_of(const std::shared_ptr<const Layout>& layout,
                                                Writer& writer);

 private:
  struct Names {
    std::vector<std::string> names;
    std::unordered_map<std::string, std::uint32_t> numbers;
    void add(std::string name);
  };
  const Names& of(NameKind kind) const { return names_[static_cast<std::size_t>(kind)]; }
  Names& of(NameKind kind) { return names_[static_cast<std::size_t>(kind)]; }
  KeyRange unknown(NameKind kind) const;
  bool add_layout(std::string_view text);

  std::array<Names, kNameKindCount> names_;
  std::vector<KnownLayout> layouts_;
  std::unordered_map<std::string, std::uint32_t> layout_numbers_;  // By their text.
};

}  // namespace hvac::store
