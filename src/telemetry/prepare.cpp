#include "telemetry/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"
#include "telemetry/csv_writer.h"

namespace hvac::telemetry {
namespace {

/// Knows instants again: by time and values where there is a time (several coolers are read at the
/// same time), else by all their values.
class Instants {
 public:
  /// Whether the instant is new.
  bool add(const JudgedRow& row) {
    // As float, so that a value that went through a file in another unit is still the same.
    values_.assign(row.values.size(), std::numeric_limits<float>::quiet_NaN());
    for (std::size_t tag = 0; tag < values_.size(); ++tag) {
      if (row.quality[tag] == Quality::good) values_[tag] = static_cast<float>(row.values[tag]);
    }
    if (row.time != kNoTime) {
      auto& there = times_[row.time.time_since_epoch().count()];
      const auto same = [&](const std::vector<float>& other) { return one_cooler(other, values_); };
      if (std::any_of(there.begin(), there.end(), same)) return false;
      there.push_back(values_);
      return true;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(values_.data()),
                                 values_.size() * sizeof(float));
    return prints_.insert(fingerprint(bytes)).second;
  }

 private:
  /// A value or two may have been judged otherwise among other neighbours, or been rounded.
  static bool one_cooler(const std::vector<float>& a, const std::vector<float>& b) {
    constexpr int kMayDiffer = 2;
    int differ = 0;
    for (std::size_t tag = 0; tag < a.size(); ++tag) differ += a[tag] < b[tag] || a[tag] > b[tag];
    return differ <= kMayDiffer;
  }

  std::unordered_map<std::int64_t, std::vector<std::vector<float>>> times_;
  std::unordered_set<std::uint64_t> prints_;
  std::vector<float> values_;
};

/// Writes instants and keeps the books.
class Joiner {
 public:
  Joiner(CsvWriter writer, std::size_t tags) : writer_(std::move(writer)) {
    prepared_.ranges.resize(tags);
  }

  Result<void> add(const JudgedRow& row, PreparedSource& source) {
    if (!instants_.add(row)) {
      ++source.repeated_rows;
      return {};
    }
    if (prepared_.rows == 0 || row.recording != last_recording_) ++prepared_.recordings;
    last_recording_ = row.recording;
    ++prepared_.rows;
    ++source.used_rows;
    source.samples += row.samples;
    for (std::size_t tag = 0; tag < row.values.size(); ++tag) {
      if (row.quality[tag] != Quality::good) continue;
      TagRange& range = prepared_.ranges[tag];
      const double value = row.values[tag];
      range.low = range.values == 0 ? value : std::min(range.low, value);
      range.high = range.values == 0 ? value : std::max(range.high, value);
      ++range.values;
    }
    // Numbered through, so that files do not run into each other.
    const auto number = static_cast<std::uint32_t>(prepared_.recordings - 1);
    return writer_.write(row.values, row.quality, row.time, RecordingId{number});
  }

  /// The next row belongs to another file.
  void next_file() { last_recording_ = kNone; }

  CsvWriter& writer() { return writer_; }
  Prepared& prepared() { return prepared_; }

 private:
  static constexpr RecordingId kNone{0xFFFFFFFFU};
  CsvWriter writer_;
  Instants instants_;
  Prepared prepared_;
  RecordingId last_recording_ = kNone;
};

/// What its used rows stand for: a data set that was prepared before has one row per instant, and
/// its provenance knows how many samples these were.
std::int64_t samples_of(const PreparedSource& source) {
  const auto known = known_samples(source.path, source.sha256);
  if (!known || known->rows == 0) return source.samples;
  const double each = static_cast<double>(known->samples) / static_cast<double>(known->rows);
  return std::llround(each * static_cast<double>(source.used_rows));
}

}  // namespace

std::filesystem::path provenance_file(std::filesystem::path data) {
  return data.replace_extension(".provenance.json");
}

std::optional<KnownSamples> known_samples(const std::filesystem::path& data,
                                          const std::string& sha256) {
  const auto bytes = read_file(provenance_file(data));
  if (!bytes) return std::nullopt;
  const auto document = parse_json(*bytes);
  if (!document) return std::nullopt;
  try {  // Boost.JSON's checked access throws where the document has another shape.
    if (document->at("sha256").as_string() != sha256) return std::nullopt;
    return KnownSamples{document->at("rows").to_number<std::int64_t>(),
                        document->at("samples").to_number<std::int64_t>()};
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

Result<Prepared> prepare(const std::vector<std::filesystem::path>& sources,
                         const std::filesystem::path& output,
                         std::shared_ptr<const AssetProfile> profile, const PrepareOptions& options,
                         const Progress& progress) {
  std::vector<PreparedSource> checked;
  bool timed = false;
  const double steps = 2.0 * static_cast<double>(sources.size());
  double step = 0.0;
  const Progress part = [&](double done, std::string_view what) {
    return progress((step + done) / steps, what);
  };
  for (const auto& path : sources) {
    auto hash = sha256_file(path);
    if (!hash) return fail(hash.error());
    auto check = check_stream(path, profile, part);
    if (!check) return fail(check.error());
    timed = timed || !check->summary.file.time_column.empty();
    checked.push_back({path, std::move(*hash), std::move(*check), 0, 0, 0});
    step += 1.0;
  }
  auto writer = CsvWriter::create(output, profile, timed ? TimeColumn::with : TimeColumn::without);
  if (!writer) return fail(writer.error());
  Joiner joiner(std::move(*writer), profile->tags.size());
  for (PreparedSource& source : checked) {
    joiner.next_file();
    const auto visited = visit_usable(
        source.path, profile, source.check.blocks,
        [&](const JudgedRow& row) -> Result<void> {
          if (row.time < options.since) return {};
          return joiner.add(row, source);
        },
        part);
    if (!visited) return fail(visited.error());
    source.samples = samples_of(source);
    joiner.prepared().samples += source.samples;
    step += 1.0;
  }
  const Prepared& joined = joiner.prepared();
  if (joined.samples < options.least_samples) {
    return fail(ErrorCode::rejected,
                fmt::format("only {} usable rows ({} different instants); training needs at "
                            "least {}",
                            joined.samples, joined.rows, options.least_samples));
  }
  if (auto committed = joiner.writer().commit(); !committed) return fail(committed.error());
  joiner.prepared().sources = std::move(checked);
  return std::move(joiner.prepared());
}

}  // namespace hvac::telemetry
