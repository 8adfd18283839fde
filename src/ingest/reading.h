#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/asset_id.h"
#include "base/clock.h"
#include "base/result.h"
#include "telemetry/profile.h"

/// Telemetry as it comes in, until it is safe.
namespace hvac::ingest {

/// One instant of one asset as it was sent. A value.
struct RawReading {
  AssetId asset;
  TimePoint time{};
  std::vector<double> values;  ///< One per tag of the profile, in the site's unit; NaN: not sent.
};

/// Which asset a message is of: `hvac/sensors/data` is of the default asset, `hvac/ID/sensors` of
/// ID. Nothing for other topics and for ids that are longer than 128 bytes or hold control
/// characters.
std::optional<std::string_view> asset_of_topic(std::string_view topic,
                                               std::string_view default_asset);

/// Reads the payload `{"timestamp": …, "data": {TAG: value, …}}`. The timestamp is ISO 8601 (UTC
/// where no zone is given) or an epoch in s or ms; null is a value that is not there; of a repeated
/// tag the last value counts; other keys of the outer object are ignored. Reuses its memory and
/// that of the reading: no allocation for a good message after the first ones. One thread.
class ReadingParser {
 public:
  static constexpr std::size_t kMostPayload = 64 * 1024;  // [bytes]

  explicit ReadingParser(std::shared_ptr<const telemetry::AssetProfile> profile);
  ~ReadingParser();
  ReadingParser(const ReadingParser&) = delete;
  ReadingParser& operator=(const ReadingParser&) = delete;

  /// Fills in time and values; on an error they mean nothing.
  /// Errors: out_of_range for a payload above kMostPayload; not_found when no tag is the profile's;
  /// invalid_argument for all else, saying what is wrong where.
  [[nodiscard]] Result<void> parse(std::string_view payload, RawReading& reading);

  /// Tags of the last payload that the profile does not have.
  std::size_t unknown_tags() const;

 private:
  struct Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace hvac::ingest
