#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// The 32 tags a unit cooler's controller logs, in the order of its files.
namespace hvac::plant {

// clang-format off
enum class Tag : std::uint8_t {
  AMBT, UCTSP, UCAOT, CPMMP, CPSP, UCAIT, CPPR, UCWF, CPMEP, UCWOT, UCAF, CPMC, MVDP, CPHP, CPCF, UCFS,
  MVSO, MVCV, CPHE, UCHV, CPMV, UCHC, UCWIT, UCFMS, UCAIH, UCSDP, CPDP, UCWDP, MVWF, UCFMC, UCFMV, UCOM,
};
// clang-format on
inline constexpr std::size_t kTagCount = 32;

/// One sensor or computed value.
struct TagInfo {
  std::string_view name;
  double resolution;  ///< Step of the logged value, in its unit.
  double noise;       ///< Standard deviation of the reading [unit]; 0 for what is computed or set.
  double fault_span;  ///< Error of a sensor fault of severity 1 [unit].
};

// Resolution and noise as measured on a rig's telemetry in steady spells.
inline constexpr std::array<TagInfo, kTagCount> kTags = {{
    {"AMBT", 0.01, 0.05, 6.0},   {"UCTSP", 0.1, 0.0, 6.0},   {"UCAOT", 0.01, 0.08, 6.0},
    {"CPMMP", 1.0, 3.0, 200.0},  {"CPSP", 1.0, 3.0, 200.0},  {"UCAIT", 0.01, 0.05, 6.0},
    {"CPPR", 1.0, 0.0, 400.0},   {"UCWF", 1.0, 4.0, 250.0},  {"CPMEP", 1.0, 0.0, 200.0},
    {"UCWOT", 0.01, 0.08, 6.0},  {"UCAF", 1.0, 8.0, 300.0},  {"CPMC", 0.001, 0.004, 0.5},
    {"MVDP", 1.0, 3.0, 250.0},   {"CPHP", 1.0, 0.0, 15.0},   {"CPCF", 1.0, 0.0, 250.0},
    {"UCFS", 1.0, 3.0, 300.0},   {"MVSO", 1.0, 0.3, 40.0},   {"MVCV", 0.01, 0.0, 1.0},
    {"CPHE", 1.0, 0.0, 10.0},    {"UCHV", 0.1, 2.5, 60.0},   {"CPMV", 0.1, 2.5, 60.0},
    {"UCHC", 0.001, 0.004, 1.5}, {"UCWIT", 0.01, 0.05, 6.0}, {"UCFMS", 1.0, 1.0, 400.0},
    {"UCAIH", 0.01, 0.3, 25.0},  {"UCSDP", 0.488, 0.3, 6.0}, {"CPDP", 1.0, 4.0, 300.0},
    {"UCWDP", 1.0, 1.2, 15.0},   {"MVWF", 1.0, 0.5, 100.0},  {"UCFMC", 0.01, 0.005, 0.4},
    {"UCFMV", 1.0, 0.4, 80.0},   {"UCOM", 1.0, 0.0, 1.0},
}};

/// Decimals that the controller writes of a tag of that resolution.
constexpr int decimals(double resolution) {
  return resolution >= 1.0 ? 0 : resolution == 0.1 ? 1 : resolution >= 0.01 ? 2 : 3;
}

constexpr std::size_t index(Tag tag) { return static_cast<std::size_t>(tag); }
constexpr std::string_view name(Tag tag) { return kTags[index(tag)].name; }

/// The tag of that name, if it is one.
constexpr std::optional<Tag> find_tag(std::string_view wanted) {
  for (std::size_t i = 0; i < kTagCount; ++i) {
    if (kTags[i].name == wanted) return static_cast<Tag>(i);
  }
  return std::nullopt;
}

}  // namespace hvac::plant
