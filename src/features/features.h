#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "features/input_view.h"

namespace hvac::physics {
struct CoolerParameters;
}

namespace hvac::features {

inline constexpr std::string_view kSchema = "unit-cooler-1";
inline constexpr std::size_t kFeatureCount =
    64;  ///< At most 64: a row of ranks is one vector register.

/// Name of each feature: the quantity, its unit, and how it was made.
std::span<const std::string_view> feature_names();

enum class Regime { fan_on, fan_off, unknown };
std::string_view name(Regime regime);

/// What the model sees of one instant. NaN means missing, here and nowhere else.
struct FeatureRow {
  std::array<float, kFeatureCount> values;
  Regime regime;
};

/// Makes feature rows sample by sample, the same way in training and serving: causal, and
/// forgetting everything when the recording changes. One thread; does not allocate after making.
class FeatureBuilder {
 public:
  explicit FeatureBuilder(const physics::CoolerParameters& cooler);
  ~FeatureBuilder();
  FeatureBuilder(FeatureBuilder&&) noexcept;
  FeatureBuilder& operator=(FeatureBuilder&&) noexcept;

  FeatureRow push(const InputView& inputs);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hvac::features
