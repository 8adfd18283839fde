#pragma once

#include <optional>

#include "telemetry/sample.h"

namespace hvac::features {

/// All that features may see of a sample: its inputs. There is no way from here to a target;
/// asking for one does not compile. Refers to the sample, which must outlive it.
class InputView {
 public:
  explicit InputView(const telemetry::Sample& sample) : sample_(&sample) {}

  /// The good value of an input tag, in the profile's unit, or nothing.
  std::optional<double> operator[](telemetry::InputTag tag) const { return sample_->input(tag); }
  telemetry::RecordingId recording() const { return sample_->recording; }

 private:
  const telemetry::Sample* sample_;
};

}  // namespace hvac::features
