#include "telemetry/tags.h"

namespace hvac::telemetry {
namespace {

template <class Tag, class Names>
std::optional<Tag> find(const Names& names, std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Tag>(i);
  }
  return std::nullopt;
}

}  // namespace

std::optional<InputTag> find_input(std::string_view name) {
  return find<InputTag>(kInputNames, name);
}
std::optional<TargetTag> find_target(std::string_view name) {
  return find<TargetTag>(kTargetNames, name);
}

}  // namespace hvac::telemetry
