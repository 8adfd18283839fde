#include "training/mask.h"

#include <array>
#include <span>

#include "features/input_view.h"

namespace hvac::training {
namespace {

using telemetry::InputTag;
using enum telemetry::InputTag;

constexpr std::array kFan = {UCFS, UCFMS, UCFMV, UCFMC, UCSDP};
constexpr std::array kFanPressure = {UCSDP};
constexpr std::array kPump = {CPMMP, CPSP, CPPR, CPMEP, CPMC, CPHP, CPHE, CPMV, CPDP};
constexpr std::array kValve = {MVDP, MVSO, MVCV, MVWF};
constexpr std::array kHeater = {UCHV, UCHC};
constexpr std::array kWaterPressure = {UCWDP};
constexpr std::array kOther = {UCOM, CPCF};
constexpr std::array kWaterFlow = {UCWF, CPCF, CPHP, MVCV};
constexpr std::array kHumidity = {UCAIH};
constexpr std::array kAmbient = {AMBT};
constexpr std::array kSetPoint = {UCTSP};
constexpr std::array kWaterInlet = {UCWIT};
constexpr std::array kAirInlet = {UCAIT};

struct Group {
  std::span<const InputTag> tags;
  double hidden;  ///< Probability in a random mask.
  bool required;  ///< Holds one of the six fields.
};

constexpr std::array<Group, 13> kGroups = {{{kFan, 0.3, false},
                                            {kFanPressure, 0.2, false},
                                            {kPump, 0.3, false},
                                            {kValve, 0.3, false},
                                            {kHeater, 0.3, false},
                                            {kWaterPressure, 0.3, false},
                                            {kOther, 0.3, false},
                                            {kWaterFlow, 0.05, true},
                                            {kHumidity, 0.1, true},
                                            {kAmbient, 0.1, true},
                                            {kSetPoint, 0.1, true},
                                            {kWaterInlet, 0.03, true},
                                            {kAirInlet, 0.03, true}}};

}  // namespace

Mask only_required_fields() {
  Mask mask;
  for (std::size_t g = 0; g < kGroups.size(); ++g) {
    if (!kGroups[g].required) mask.groups |= 1U << g;
  }
  return mask;
}

Mask random_mask(std::mt19937_64& random) {
  Mask mask;
  for (std::size_t g = 0; g < kGroups.size(); ++g) {
    // Not std::bernoulli_distribution: its numbers differ between libraries.
    const double uniform = static_cast<double>(random() >> 11) * 0x1.0p-53;
    if (uniform < kGroups[g].hidden) mask.groups |= 1U << g;
  }
  return mask;
}

telemetry::Sample hide(const telemetry::Sample& sample, Mask mask) {
  telemetry::Sample hidden = sample;
  for (std::size_t g = 0; g < kGroups.size(); ++g) {
    if ((mask.groups >> g & 1U) == 0) continue;
    for (const InputTag tag : kGroups[g].tags) hidden.set(tag, 0.0, telemetry::Quality::missing);
  }
  return hidden;
}

void for_each_hidden(std::span<const telemetry::Sample> samples,
                     const physics::CoolerParameters& cooler, std::uint64_t seed,
                     const std::function<void(std::size_t, const features::FeatureRow&)>& visit) {
  const Mask required = only_required_fields();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    features::FeatureBuilder without_history(cooler);
    visit(i, without_history.push(features::InputView(hide(samples[i], required))));
  }

  // A sensor that is missing is so for a while; a stretch also begins without a history.
  constexpr std::uint64_t kStretch = 40;
  std::mt19937_64 random(seed);
  features::FeatureBuilder builder(cooler);
  Mask mask;
  std::uint64_t left = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (left == 0 || (i > 0 && samples[i].recording != samples[i - 1].recording)) {
      mask = random_mask(random);
      left = 1 + random() % kStretch;
      builder = features::FeatureBuilder(cooler);
    }
    --left;
    visit(i, builder.push(features::InputView(hide(samples[i], mask))));
  }
}

}  // namespace hvac::training
