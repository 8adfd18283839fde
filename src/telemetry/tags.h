#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// The tags of the built-in `unit-cooler` profile as types. Inputs and targets are different
/// types, so that code that makes features cannot even name a target.
namespace hvac::telemetry {

/// What the twin may look at: every tag that is not a target, in the order of the profile.
enum class InputTag : std::uint8_t {
  AMBT,
  UCTSP,
  CPMMP,
  CPSP,
  UCAIT,
  CPPR,
  UCWF,
  CPMEP,
  CPMC,
  MVDP,
  CPHP,
  CPCF,
  UCFS,
  MVSO,
  MVCV,
  CPHE,
  UCHV,
  CPMV,
  UCHC,
  UCWIT,
  UCFMS,
  UCAIH,
  UCSDP,
  CPDP,
  UCWDP,
  MVWF,
  UCFMC,
  UCFMV,
  UCOM,
};
inline constexpr std::size_t kInputCount = 29;

/// What the twin predicts.
enum class TargetTag : std::uint8_t {
  UCAOT,  ///< Air outlet temperature [degC].
  UCWOT,  ///< Water outlet temperature [degC].
  UCAF,   ///< Air flow [m3/h].
};
inline constexpr std::size_t kTargetCount = 3;

inline constexpr std::array<std::string_view, kInputCount> kInputNames = {
    "AMBT",  "UCTSP", "CPMMP", "CPSP", "UCAIT", "CPPR", "UCWF",  "CPMEP", "CPMC", "MVDP",
    "CPHP",  "CPCF",  "UCFS",  "MVSO", "MVCV",  "CPHE", "UCHV",  "CPMV",  "UCHC", "UCWIT",
    "UCFMS", "UCAIH", "UCSDP", "CPDP", "UCWDP", "MVWF", "UCFMC", "UCFMV", "UCOM"};
inline constexpr std::array<std::string_view, kTargetCount> kTargetNames = {"UCAOT", "UCWOT",
                                                                            "UCAF"};

constexpr std::size_t index(InputTag tag) { return static_cast<std::size_t>(tag); }
constexpr std::size_t index(TargetTag tag) { return static_cast<std::size_t>(tag); }
constexpr std::string_view name(InputTag tag) { return kInputNames[index(tag)]; }
constexpr std::string_view name(TargetTag tag) { return kTargetNames[index(tag)]; }

/// The tag of that name, if it is one.
std::optional<InputTag> find_input(std::string_view name);
std::optional<TargetTag> find_target(std::string_view name);

}  // namespace hvac::telemetry
