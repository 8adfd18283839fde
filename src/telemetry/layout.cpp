#include "telemetry/layout.h"

namespace hvac::telemetry {

struct LayoutDetector::State {
  std::int64_t rows = 0;
};

LayoutDetector::LayoutDetector(std::shared_ptr<const AssetProfile>)
    : state_(std::make_unique<State>()) {}
LayoutDetector::~LayoutDetector() = default;
LayoutDetector::LayoutDetector(LayoutDetector&&) noexcept = default;
LayoutDetector& LayoutDetector::operator=(LayoutDetector&&) noexcept = default;

void LayoutDetector::add(std::span<const double>) { ++state_->rows; }

std::vector<Block> LayoutDetector::finish() {
  if (state_->rows == 0) return {};
  Block block;
  block.last_row = state_->rows - 1;
  return {block};
}

}  // namespace hvac::telemetry
