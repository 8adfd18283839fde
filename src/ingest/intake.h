#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "ingest/disk_buffer.h"
#include "ingest/reading.h"
#include "ingest/sink.h"
#include "mqtt/subscriber.h"

namespace hvac::ingest {

/// What came in since the start. None of it stops the stream.
struct IntakeCounts {
  std::uint64_t readings = 0;      ///< Taken: in the sink or in the buffer.
  std::uint64_t malformed = 0;     ///< Dropped: no reading.
  std::uint64_t oversized = 0;     ///< Dropped: above ReadingParser::kMostPayload.
  std::uint64_t foreign = 0;       ///< Dropped: not our topics, tags, or more assets than may be.
  std::uint64_t refused = 0;       ///< Dropped: the sink can never take it.
  std::uint64_t unknown_tags = 0;  ///< Single values of tags that the profile does not have.
  // Of the readings taken; all of these go on to the sink.
  std::uint64_t duplicate = 0;     ///< The instant of a recent reading of that asset again.
  std::uint64_t out_of_order = 0;  ///< Older than the newest of that asset.
  std::uint64_t late = 0;          ///< Older than `late_after` when it came.
  std::uint64_t gapped = 0;        ///< After five times the usual time between readings, or more.
  // The disk buffer.
  std::uint64_t buffered = 0;        ///< Readings that went through it.
  std::uint64_t buffer_bytes = 0;    ///< What waits there now.
  std::uint64_t buffer_damaged = 0;  ///< Files whose end could not be read.
  std::string last_refusal;          ///< Why the last message was dropped, with its topic.
  std::string last_failure;          ///< Of the sink; empty: none, or it works again.
};

struct IntakeOptions {
  AssetId default_asset{"cooler-1"};  ///< Of `hvac/sensors/data`.
  DiskBufferOptions buffer;
  std::chrono::milliseconds late_after{10 * 60 * 1000};
  std::chrono::milliseconds sink_pause{1000};  ///< Between attempts at a sink that is away.
  std::size_t most_assets = 10'000;
};

/// Messages in, readings out: parses, hands over to the sink, keeps what it cannot take on disk,
/// and catches up in order. `take` belongs to one thread; `counts` may be called from any.
class Intake {
 public:
  /// `sink` must outlive it. Errors: unavailable when the buffer's folder cannot be used.
  [[nodiscard]] static Result<std::unique_ptr<Intake>> open(
      const IntakeOptions& options, std::shared_ptr<const telemetry::AssetProfile> profile,
      Sink& sink, Clock clock);
  ~Intake();
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  /// Success: every reading of the batch is in the sink or on disk, everything else is counted. An
  /// empty batch catches up with what is buffered.
  /// Errors: unavailable when neither sink nor buffer can take it: bring it again.
  [[nodiscard]] Result<void> take(std::span<const mqtt::MessageView> batch);

  IntakeCounts counts() const;

 private:
  struct State;
  explicit Intake(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hvac::ingest
