#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ingest/intake.h"
#include "mqtt/publisher.h"
#include "mqtt/subscriber.h"

namespace hvac::api {

/// How the running program fares, beside the model. A value.
struct StationStatus {
  TimePoint started;
  std::filesystem::path home;
  std::vector<std::string> roles;
  std::string store;          ///< Where it is, without a password.
  std::string store_failure;  ///< Empty: it takes what comes.
  bool demo = false;
  std::optional<ingest::IntakeCounts> intake;      ///< With a broker.
  std::optional<mqtt::SubscriberStatus> incoming;  ///< The same.
  std::optional<mqtt::PublisherStatus> outgoing;   ///< The same.
  std::uint64_t outcomes_published = 0;
  std::uint64_t outcomes_held_back = 0;  ///< By the rate limit of each asset.
};

/// What does not work as it should, in words; none when all is well.
std::vector<std::string> shortcomings(const StationStatus& status);

}  // namespace hvac::api
