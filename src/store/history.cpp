#include "store/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/iso_time.h"
#include "store/keys.h"
#include "store/levels.h"
#include "store/row_codec.h"

namespace hvac::store {
namespace {

constexpr std::size_t kMaxPoints = 100'000;
// A level with a quarter of the points asked for is fine enough: the next one is 60 times the work.
constexpr std::int64_t kFineEnough = 4;

tl::unexpected<Error> damaged(Table table, Key key) {
  return fail(ErrorCode::corrupt, fmt::format("table {}: entry {} is damaged", name(table), key));
}

// Gathers values over equal widths from `start_ms` on.
class Gatherer {
 public:
  Gatherer(std::int64_t start_ms, std::int64_t width_ms, std::int64_t end_ms)
      : start_ms_(start_ms), width_ms_(width_ms) {
    buckets_.resize(static_cast<std::size_t>((end_ms - start_ms + width_ms - 1) / width_ms));
  }

  void add(std::int64_t ms, const Gathered& values) {
    buckets_[static_cast<std::size_t>((ms - start_ms_) / width_ms_)].add(values);
  }

  std::vector<HistoryPoint> points() const {
    std::vector<HistoryPoint> points;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      const Gathered& bucket = buckets_[i];
      if (bucket.n == 0) continue;
      const std::int64_t ms = start_ms_ + static_cast<std::int64_t>(i) * width_ms_;
      points.push_back({time_from_ms(ms), bucket.n, bucket.sum / static_cast<double>(bucket.n),
                        bucket.low, bucket.high});
    }
    return points;
  }

 private:
  std::int64_t start_ms_;
  std::int64_t width_ms_;
  std::vector<Gathered> buckets_;
};

// What a reading of history needs everywhere.
struct Question {
  Reader& reader;
  const Dictionary& dictionary;
  Stream stream;
  std::uint32_t asset;
  std::uint32_t series;
  std::int64_t from_ms;
  std::int64_t to_ms;
  std::int64_t max_points;
};

// The column of the series in each layout; nothing where a layout has none.
std::vector<std::optional<std::size_t>> columns_of(const Question& question) {
  std::vector<std::optional<std::size_t>> columns;
  for (const KnownLayout& layout : question.dictionary.layouts()) {
    const auto place = std::find(layout.series.begin(), layout.series.end(), question.series);
    columns.push_back(place == layout.series.end()
                          ? std::nullopt
                          : std::optional<std::size_t>(place - layout.series.begin()));
  }
  return columns;
}

Result<History> from_rows(const Question& question) {
  const auto columns = columns_of(question);
  const std::int64_t range = question.to_ms - question.from_ms;
  const std::int64_t width = (range + question.max_points - 1) / question.max_points;
  Gatherer gathered(question.from_ms, width, question.to_ms);
  std::vector<HistoryPoint> singles;
  const auto most = static_cast<std::size_t>(question.max_points);
  std::optional<Key> wrong;
  const Table rows = tables_of(question.stream).rows;
  const KeyRange keys{row_key(question.asset, question.from_ms),
                      row_key(question.asset, question.to_ms)};
  const auto read =
      question.reader.scan(rows, keys, Order::ascending, [&](Key key, std::string_view bytes) {
        const auto layout = layout_of(bytes);
        if (!layout || *layout >= columns.size()) wrong = key;
        if (wrong || !columns[*layout]) return !wrong;
        const double value = good_value(bytes, *columns[*layout]);
        if (std::isnan(value)) return true;
        gathered.add(ms_of(key), Gathered{1, value, value, value});
        if (singles.size() <= most) {
          singles.push_back({time_from_ms(ms_of(key)), 1, value, value, value});
        }
        return true;
      });
  if (!read) return fail(read.error());
  if (wrong) return damaged(rows, *wrong);
  if (singles.size() <= most) return History{Level::raw, {}, std::move(singles)};
  return History{Level::raw, std::chrono::milliseconds(width), gathered.points()};
}

Result<void> add_stale(const Question& question, std::int64_t level_ms, const std::set<Key>& stale,
                       Gatherer& gathered) {
  for (const Key key : stale) {
    const auto fold = level_ms == kMinuteMs ? fold_minute : fold_hour;
    const auto fresh = fold(question.reader, question.dictionary, question.stream, key);
    if (!fresh) return fail(fresh.error());
    if (question.series >= fresh->rollup.size()) continue;
    gathered.add(ms_of(key), fresh->rollup[question.series]);
  }
  return {};
}

Result<History> from_rollups(const Question& question, std::int64_t level_ms) {
  const StreamTables& tables = tables_of(question.stream);
  const LevelTables& level = level_ms == kMinuteMs ? tables.minute : tables.hour;
  const std::int64_t start = question.from_ms - question.from_ms % level_ms;
  const std::int64_t steps = (question.to_ms - start + level_ms - 1) / level_ms;
  const std::int64_t width = (steps + question.max_points - 1) / question.max_points * level_ms;
  const std::int64_t end = std::min(start + steps * level_ms, kEndOfTime);
  Gatherer gathered(start, width, end);
  const KeyRange keys{row_key(question.asset, start), row_key(question.asset, end)};
  const auto stale = marks_in(question.reader, level.marks, keys);
  if (!stale) return fail(stale.error());
  std::optional<Key> wrong;
  Gathered one;
  const auto read = question.reader.scan(level.rollups, keys, Order::ascending,
                                         [&](Key key, std::string_view bytes) {
                                           if (stale->contains(key)) return true;
                                           if (!find_in_rollup(bytes, question.series, one))
                                             wrong = key;
                                           gathered.add(ms_of(key), one);
                                           return !wrong;
                                         });
  if (!read) return fail(read.error());
  if (wrong) return damaged(level.rollups, *wrong);
  if (auto added = add_stale(question, level_ms, *stale, gathered); !added) {
    return fail(added.error());
  }
  return History{level_ms == kMinuteMs ? Level::minute : Level::hour,
                 std::chrono::milliseconds(width), gathered.points()};
}

}  // namespace

Result<void> check(const HistoryQuery& query) {
  if (query.max_points < 1 || query.max_points > kMaxPoints) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} points: at least 1 and at most {}", query.max_points, kMaxPoints));
  }
  if (!(query.range.from < query.range.to)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the range from {} to {} is empty", iso_text(query.range.from),
                            iso_text(query.range.to)));
  }
  return {};
}

Result<History> read_history(Reader& reader, const Dictionary& dictionary,
                             const HistoryQuery& query, std::uint32_t asset, std::uint32_t series) {
  const Question question{reader,
                          dictionary,
                          query.stream,
                          asset,
                          series,
                          clamped_ms(query.range.from),
                          clamped_ms(query.range.to),
                          static_cast<std::int64_t>(query.max_points)};
  const std::int64_t range = question.to_ms - question.from_ms;
  if (range <= 0) return History{};
  if (range / kHourMs * kFineEnough >= question.max_points) return from_rollups(question, kHourMs);
  if (range / kMinuteMs * kFineEnough >= question.max_points) {
    return from_rollups(question, kMinuteMs);
  }
  return from_rows(question);
}

}  // namespace hvac::store
