#include "drift/latch.h"

#include <boost/json.hpp>
#include <optional>

namespace hvac::drift {
namespace {

std::optional<Status> parse_status(const boost::json::value* value) {
  if (value == nullptr || !value->is_string()) return std::nullopt;
  for (const Status status : {Status::stable, Status::warning, Status::critical}) {
    if (value->get_string() == name(status)) return status;
  }
  return std::nullopt;
}

}  // namespace

void Latch::push(const Comparison& result, std::int64_t windows) {
  for (const FeatureDrift& feature : result.features) {
    if (feature.excluded) {
      tags_.erase(feature.tag);
      continue;
    }
    if (feature.status == Status::insufficient) continue;
    LatchedTag& tag = tags_[feature.tag];
    tag.windows = tag.seen == feature.status ? tag.windows + 1 : 1;
    tag.seen = feature.status;
    tag.psi = feature.psi();
    tag.reason = feature.reason;
    if (tag.windows >= windows) tag.status = tag.seen;
  }
}

boost::json::object Latch::to_json() const {
  boost::json::object out;
  for (const auto& [tag, latched] : tags_) {
    out[tag] = {{"status", name(latched.status)},
                {"seen", name(latched.seen)},
                {"windows", latched.windows}};
  }
  return out;
}

Latch Latch::from_json(const boost::json::value& value) {
  Latch latch;
  if (!value.is_object()) return latch;
  for (const auto& [tag, entry] : value.get_object()) {
    const boost::json::object* object = entry.if_object();
    if (object == nullptr) continue;
    const auto status = parse_status(object->if_contains("status"));
    const auto seen = parse_status(object->if_contains("seen"));
    const boost::json::value* windows = object->if_contains("windows");
    if (!status || !seen || windows == nullptr || !windows->is_int64()) continue;
    latch.tags_[tag] = {*status, *seen, windows->get_int64(), 0.0, ""};
  }
  return latch;
}

}  // namespace hvac::drift
