#include "live/replay.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "telemetry/csv_reader.h"

namespace hvac::live {
namespace {

/// How much is read from the store at a time.
constexpr std::chrono::hours kPiece{1};
/// Behind a blank row nothing of before counts: longer than a judge bridges.
constexpr std::chrono::hours kBlankGap{2};

Result<void> interrupted() { return fail(ErrorCode::interrupted, "the replay was stopped"); }

/// Stored values are in the profile's units already.
std::shared_ptr<const telemetry::AssetProfile> unscaled(const telemetry::AssetProfile& profile) {
  auto copy = std::make_shared<telemetry::AssetProfile>(profile);
  for (telemetry::Tag& tag : copy->tags) {
    tag.scale = 1.0;
    tag.offset = 0.0;
  }
  return copy;
}

bool repeated(const store::Row& sample) {
  return std::ranges::any_of(sample.quality, [](telemetry::Quality quality) {
    return quality == telemetry::Quality::duplicate || quality == telemetry::Quality::reboot;
  });
}

/// The series in which two rows differ, as the store keeps them; nothing when there is none.
std::optional<std::size_t> difference(const store::Row& made, const store::Row& stored) {
  if (made.values.size() != stored.values.size()) return 0;
  for (std::size_t i = 0; i < made.values.size(); ++i) {
    const auto a = static_cast<float>(made.values[i]);
    const auto b = static_cast<float>(stored.values[i]);
    if (std::isnan(a) && std::isnan(b)) continue;
    if (std::memcmp(&a, &b, sizeof a) != 0) return i;
  }
  return std::nullopt;
}

/// A twin that goes through what is stored.
class Stepper {
 public:
  Stepper(const StoredReplay& replay, std::shared_ptr<const telemetry::AssetProfile> profile,
          const ModelOf& model_of, const std::function<void(const ViewPointer&)>& show)
      : replay_(replay), site_(unscaled(*profile)), model_of_(model_of), show_(show) {}

  /// `outcome`: of the same instant; null when there is none.
  Result<void> push(const store::Row& sample, const store::Row* outcome) {
    // What came late was stored and not stepped.
    if (outcome == nullptr && !repeated(sample)) return {};
    if (outcome != nullptr) {
      if (auto ready = serve(outcome->layout->origin); !ready) return ready;
    }
    if (!twin_) return {};
    const ingest::RawReading reading{replay_.asset, sample.time, sample.values};
    produced_ = {};
    twin_->take(reading, sample.time, produced_);
    if (outcome != nullptr && in_range(sample.time)) compare(*outcome);
    return {};
  }

  const Comparison& comparison() const { return comparison_; }

 private:
  bool in_range(TimePoint time) const {
    return replay_.range.from <= time && time < replay_.range.to;
  }

  Result<void> serve(const std::string& version) {
    if (serving_ && version_ == version) return {};
    auto model = model_of_(version);
    if (!model) return fail(model.error());
    serving_ = std::make_shared<const Serving>(std::move(*model));
    version_ = version;
    if (!twin_) twin_.emplace(replay_.asset, site_, serving_);
    twin_->serve(serving_);
    return {};
  }

  void compare(const store::Row& stored) {
    ++comparison_.stepped;
    if (!produced_.views.empty()) show_(produced_.views.back());
    const auto apart = produced_.outcomes.empty() ? std::optional<std::size_t>(0)
                                                  : difference(produced_.outcomes.back(), stored);
    if (!apart) {
      ++comparison_.same;
      return;
    }
    ++comparison_.different;
    if (comparison_.first_different) return;
    comparison_.first_different = stored.time;
    comparison_.first_series = stored.layout->series[*apart];
  }

  const StoredReplay& replay_;
  const Site site_;
  const ModelOf& model_of_;
  const std::function<void(const ViewPointer&)>& show_;
  std::string version_;
  std::shared_ptr<const Serving> serving_;
  std::optional<AssetTwin> twin_;
  Produced produced_;
  Comparison comparison_;
};

}  // namespace

Result<FileReplayReport> replay_file(const FileReplay& replay,
                                     std::shared_ptr<const telemetry::AssetProfile> profile,
                                     ingest::Sink& sink, const Pace& pace,
                                     const Progress& progress) {
  auto reader = telemetry::CsvReader::open(replay.file, std::move(profile));
  if (!reader) return fail(reader.error());
  FileReplayReport report;
  std::vector<ingest::RawReading> batch;
  TimePoint unstamped = replay.start;
  telemetry::CsvRow row;
  while (true) {
    const auto more = reader->next(row);
    if (!more) return fail(more.error());
    const bool value = *more && row.kind == telemetry::RowKind::values;
    if (*more && row.kind == telemetry::RowKind::ragged) ++report.skipped;
    if (*more && row.kind == telemetry::RowKind::blank) unstamped += kBlankGap;
    if (value) {
      unstamped += replay.interval;
      const TimePoint time = row.time == telemetry::kNoTime ? unstamped : row.time;
      if (!pace(time)) return fail(ErrorCode::interrupted, "the replay was stopped");
      batch.push_back({replay.asset, time, {row.values.begin(), row.values.end()}});
    }
    if (batch.size() >= replay.batch || (!*more && !batch.empty())) {
      if (auto done = sink.commit(batch); !done) return fail(done.error());
      report.readings += batch.size();
      batch.clear();
      if (!progress(reader->progress(), "replaying")) {
        return fail(ErrorCode::interrupted, "the replay was stopped");
      }
    }
    if (!*more) return report;
  }
}

Result<Comparison> replay_stored(const StoredReplay& replay, const store::Store& store,
                                 std::shared_ptr<const telemetry::AssetProfile> profile,
                                 const ModelOf& model_of,
                                 const std::function<void(const ViewPointer&)>& show,
                                 const Pace& pace, const Progress& progress) {
  const auto assets = store.assets();
  if (!assets) return fail(assets.error());
  const auto known = std::ranges::find(*assets, replay.asset, &store::AssetSummary::asset);
  if (known == assets->end()) {
    return fail(ErrorCode::not_found, "asset " + replay.asset.value + " has nothing stored");
  }
  Stepper stepper(replay, std::move(profile), model_of, show);
  const TimePoint end = std::min(replay.range.to, known->last + std::chrono::milliseconds{1});
  for (TimePoint from = known->first; from < end; from += kPiece) {
    const store::TimeRange piece{from, std::min(end, from + kPiece)};
    std::map<TimePoint, store::Row> outcomes;
    auto read = store.visit(store::Stream::outcomes, replay.asset, piece,
                            [&](const store::Row& row) -> Result<void> {
                              outcomes.emplace(row.time, row);
                              return {};
                            });
    if (!read) return fail(read.error());
    read = store.visit(
        store::Stream::samples, replay.asset, piece, [&](const store::Row& row) -> Result<void> {
          if (row.time >= replay.range.from && !pace(row.time)) return interrupted();
          const auto outcome = outcomes.find(row.time);
          return stepper.push(row, outcome == outcomes.end() ? nullptr : &outcome->second);
        });
    if (!read) return fail(read.error());
    const double done =
        (piece.to - known->first) / std::chrono::duration<double>(end - known->first);
    if (!progress(done, "replaying")) {
      return fail(ErrorCode::interrupted, "the replay was stopped");
    }
  }
  return stepper.comparison();
}

}  // namespace hvac::live
