#include "ingest/intake.h"

#include <fmt/format.h>

#include <utility>

#include "ingest/arrivals.h"

namespace hvac::ingest {
namespace {

constexpr std::size_t kChunk = 1000;        // readings handed over at once when catching up
constexpr std::size_t kChunksPerTurn = 50;  // then new messages have their turn
constexpr std::size_t kLongestTopicShown = 80;

bool may_work_later(const Error& error) {
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::timed_out ||
         error.code == ErrorCode::interrupted;
}

}  // namespace

struct Intake::State {
  State(const IntakeOptions& chosen, std::shared_ptr<const telemetry::AssetProfile> profile,
        Sink& into, Clock now, DiskBuffer kept)
      : options(chosen),
        parser(std::move(profile)),
        sink(into),
        clock(std::move(now)),
        buffer(std::move(kept)),
        arrivals(chosen) {}

  // Fills the first `count` of `readings`.
  void parse(std::span<const mqtt::MessageView> batch) {
    count = 0;
    for (const mqtt::MessageView& message : batch) {
      const auto asset = asset_of_topic(message.topic, options.default_asset.value);
      if (!asset || !arrivals.admits(*asset)) {
        drop(message, asset ? Error{ErrorCode::not_found,
                                    fmt::format("there are {} assets already, the most",
                                                options.most_assets)}
                            : Error{ErrorCode::not_found, "not a topic of readings"});
        continue;
      }
      if (readings.size() <= count) readings.emplace_back();
      RawReading& reading = readings[count];
      if (auto parsed = parser.parse(message.payload, reading); !parsed) {
        drop(message, parsed.error());
        continue;
      }
      fresh.unknown_tags += parser.unknown_tags();
      reading.asset.value.assign(*asset);
      ++count;
    }
  }

  void drop(const mqtt::MessageView& message, const Error& why) {
    ++(why.code == ErrorCode::not_found      ? fresh.foreign
       : why.code == ErrorCode::out_of_range ? fresh.oversized
                                             : fresh.malformed);
    fresh.last_refusal =
        fmt::format("{}: {}", message.topic.substr(0, kLongestTopicShown), why.message);
  }

  // To the sink; what it can never take is dropped. Errors: those that may pass.
  Result<void> hand_over(std::span<const RawReading> some) {
    if (some.empty()) return {};
    const auto now = std::chrono::steady_clock::now();
    if (away_until && now < *away_until) return fail(ErrorCode::unavailable, failure);
    Result<void> done = sink.commit(some);
    if (!done && !may_work_later(done.error())) done = one_by_one(some);
    if (!done) {
      failure = done.error().message;
      away_until = std::chrono::steady_clock::now() + options.sink_pause;
      return done;
    }
    failure.clear();
    away_until.reset();
    return {};
  }

  Result<void> one_by_one(std::span<const RawReading> some) {
    std::uint64_t dropped = 0;
    std::string why;
    for (const RawReading& reading : some) {
      const Result<void> done = sink.commit({&reading, 1});
      if (done) continue;
      if (may_work_later(done.error())) return done;  // All of them come again.
      ++dropped;
      why = reading.asset.value + ": " + done.error().message;
    }
    fresh.refused += dropped;
    if (dropped > 0) fresh.last_refusal = why;
    return {};
  }

  // Hands over what waits on disk, oldest first, as long as the sink takes it.
  void catch_up() {
    for (std::size_t i = 0; i < kChunksPerTurn && !buffer.empty(); ++i) {
      if (auto done = buffer.read(kChunk, chunk); !done) {
        failure = done.error().message;
        return;
      }
      if (!hand_over(chunk)) return;
      if (auto done = buffer.forget(); !done) {
        failure = done.error().message;
        return;
      }
    }
  }

  // Only when nothing older waits may new readings overtake the disk.
  Result<void> keep(std::span<const RawReading> some) {
    if (buffer.empty() && hand_over(some)) return {};
    if (auto done = buffer.append(some); !done) {
      return fail(ErrorCode::unavailable, failure + "; " + done.error().message);
    }
    fresh.buffered += some.size();
    return {};
  }

  void publish_counts() {
    fresh.buffer_bytes = buffer.bytes();
    fresh.buffer_damaged = buffer.damaged();
    fresh.last_failure = failure;
    shown.with([&](IntakeCounts& counts) { counts = fresh; });
  }

  const IntakeOptions options;
  ReadingParser parser;
  Sink& sink;
  const Clock clock;
  DiskBuffer buffer;
  Arrivals arrivals;
  std::vector<RawReading> readings;
  std::size_t count = 0;
  std::vector<RawReading> chunk;
  IntakeCounts fresh;
  std::string failure;  // of the sink; empty: it works
  std::optional<std::chrono::steady_clock::time_point> away_until;
  Guarded<IntakeCounts> shown;
};

Intake::Intake(std::unique_ptr<State> state) : state_(std::move(state)) {}
Intake::~Intake() = default;

Result<std::unique_ptr<Intake>> Intake::open(const IntakeOptions& options,
                                             std::shared_ptr<const telemetry::AssetProfile> profile,
                                             Sink& sink, Clock clock) {
  Result<DiskBuffer> buffer = DiskBuffer::open(options.buffer);
  if (!buffer) return fail(buffer.error());
  return std::unique_ptr<Intake>(new Intake(std::make_unique<State>(
      options, std::move(profile), sink, std::move(clock), std::move(*buffer))));
}

Result<void> Intake::take(std::span<const mqtt::MessageView> batch) {
  State& s = *state_;
  s.catch_up();
  const IntakeCounts before = s.fresh;
  s.parse(batch);
  const std::span<const RawReading> some(s.readings.data(), s.count);
  const Result<void> kept = s.keep(some);
  if (kept) {
    const TimePoint now = s.clock();
    for (const RawReading& reading : some) s.arrivals.note(reading, now, s.fresh);
  } else {
    s.fresh = before;  // The batch comes again and is counted then.
  }
  s.publish_counts();
  return kept;
}

IntakeCounts Intake::counts() const {
  return state_->shown.with([](const IntakeCounts& counts) { return counts; });
}

}  // namespace hvac::ingest
