#include "telemetry/check.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "telemetry/layout.h"
#include "telemetry/row_pipeline.h"

namespace hvac::telemetry {
namespace {

constexpr int kRowsPerProgress = 4096;

/// Walks forward through blocks as rows come in order.
class BlockWalk {
 public:
  explicit BlockWalk(const std::vector<Block>& blocks) : blocks_(blocks) {}
  bool good(std::int64_t row) {
    while (at_ < blocks_.size() && blocks_[at_].last_row < row) ++at_;
    return at_ < blocks_.size() && blocks_[at_].verdict == Verdict::good;
  }

 private:
  const std::vector<Block>& blocks_;
  std::size_t at_ = 0;
};

bool holds_good_value(std::span<const Quality> quality) {
  return std::find(quality.begin(), quality.end(), Quality::good) != quality.end();
}

bool is_usable(const JudgedRow& row) {
  return row.state == RowState::instant && holds_good_value(row.quality);
}

/// Counts what goes by.
class Counter {
 public:
  explicit Counter(std::size_t tags) { summary_.tags.resize(tags); }

  void add(const JudgedRow& row) {
    ++summary_.rows;
    if (row.state == RowState::blank) {
      ++summary_.blank_rows;
      return;
    }
    if (row.state == RowState::duplicate) ++summary_.duplicate_rows;
    if (row.state == RowState::reboot) ++summary_.reboot_rows;
    summary_.recordings = std::int64_t{row.recording.value} + 1;
    if (row.time != kNoTime) {
      // Joined files follow each other as they were named, not in order of time.
      const bool first = summary_.first_time == kNoTime || row.time < summary_.first_time;
      if (first) summary_.first_time = row.time;
      summary_.last_time = std::max(summary_.last_time, row.time);
    }
    for (std::size_t tag = 0; tag < row.quality.size(); ++tag) {
      ++summary_.tags[tag].by_quality[static_cast<std::size_t>(row.quality[tag])];
    }
  }

  CheckSummary finish(const CsvReport& file) {
    summary_.file = file;
    for (std::size_t tag = 0; tag < summary_.tags.size(); ++tag) {
      summary_.tags[tag].malformed = file.malformed[tag];
    }
    return std::move(summary_);
  }

 private:
  CheckSummary summary_;
};

/// Runs the file through the pipeline; `also` sees every row's values in the profile's units
/// before anything later is known.
Result<CsvReport> run(const std::filesystem::path& path,
                      const std::shared_ptr<const AssetProfile>& profile, RowPipeline& pipeline,
                      const std::function<void(const CsvRow&)>& also, const Progress& progress) {
  Result<CsvReader> reader = CsvReader::open(path, profile);
  if (!reader) return fail(reader.error());
  CsvRow row;
  for (int until_progress = 0;; --until_progress) {
    if (until_progress == 0) {
      until_progress = kRowsPerProgress;
      if (!progress(reader->progress(), "reading " + path.filename().string())) {
        return fail(ErrorCode::interrupted, path.string() + ": reading was stopped");
      }
    }
    const Result<bool> more = reader->next(row);
    if (!more) return fail(more.error());
    if (!*more) break;
    if (auto pushed = pipeline.push(row); !pushed) return fail(pushed.error());
    also(row);
  }
  if (auto finished = pipeline.finish(); !finished) return fail(finished.error());
  progress(1.0, "read " + path.filename().string());
  return reader->report();
}

/// `progress` for a piece of the work that reaches from `begin` to `end` of the whole.
Progress part_of(const Progress& progress, double begin, double end) {
  return [&progress, begin, end](double done, std::string_view what) {
    return progress(begin + (end - begin) * done, what);
  };
}

/// Shows the file's rows to `layout`, converted to the profile's units but not judged again.
Result<void> read_values(const std::filesystem::path& path,
                         const std::shared_ptr<const AssetProfile>& profile, LayoutDetector& layout,
                         const Progress& progress) {
  Result<CsvReader> reader = CsvReader::open(path, profile);
  if (!reader) return fail(reader.error());
  std::vector<double> values(profile->tags.size());
  CsvRow row;
  for (std::int64_t count = 0;; ++count) {
    if (count % kRowsPerProgress == 0 && !progress(reader->progress(), "looking at the columns")) {
      return fail(ErrorCode::interrupted, path.string() + ": reading was stopped");
    }
    const Result<bool> more = reader->next(row);
    if (!more) return fail(more.error());
    if (!*more) return {};
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = row.values[i] * profile->tags[i].scale + profile->tags[i].offset;
    }
    layout.add(values);
  }
}

/// The blocks of a whole table; rows of the file that are not in it are blank.
std::vector<Block> find_blocks(const Table& table, std::int64_t rows, LayoutModel model) {
  LayoutDetector layout(std::move(model));
  const std::vector<double> blank(table.columns.size(), std::numeric_limits<double>::quiet_NaN());
  std::vector<double> values(table.columns.size());
  std::size_t at = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    if (at == table.rows() || table.source_row[at] != row) {
      layout.add(blank);
      continue;
    }
    for (std::size_t tag = 0; tag < values.size(); ++tag) values[tag] = table.columns[tag][at];
    layout.add(values);
    ++at;
  }
  return layout.finish();
}

/// Which rows are usable apart from their block: a bit each, so a gigabyte of telemetry costs one
/// megabyte here.
class UsableRows {
 public:
  void add(bool usable) { rows_.push_back(usable); }

  std::int64_t count_in(const std::vector<Block>& blocks) const {
    std::int64_t count = 0;
    for (const Block& block : blocks) {
      if (block.verdict != Verdict::good) continue;
      count +=
          std::count(rows_.begin() + block.first_row, rows_.begin() + block.last_row + 1, true);
    }
    return count;
  }

 private:
  std::vector<bool> rows_;
};

void append(Table& table, const JudgedRow& row) {
  table.source_row.push_back(row.row);
  table.recording.push_back(row.recording);
  table.time.push_back(row.time);
  table.state.push_back(row.state);
  for (std::size_t tag = 0; tag < row.values.size(); ++tag) {
    table.columns[tag].push_back(row.values[tag]);
    table.quality[tag].push_back(row.quality[tag]);
  }
}

}  // namespace

Result<CheckedData> check_file(const std::filesystem::path& path,
                               std::shared_ptr<const AssetProfile> profile,
                               const Progress& progress) {
  CheckedData data;
  data.table.profile = profile;
  data.table.columns.resize(profile->tags.size());
  data.table.quality.resize(profile->tags.size());
  Counter counter(profile->tags.size());
  LayoutLearner learner(profile);
  RowPipeline pipeline(profile, [&](const JudgedRow& row) -> Result<void> {
    counter.add(row);
    if (row.state != RowState::blank) append(data.table, row);
    data.usable.resize(data.table.rows(), is_usable(row));
    return {};
  });
  const auto file = run(
      path, profile, pipeline, [&](const CsvRow&) { learner.add(pipeline.last_values()); },
      progress);
  if (!file) return fail(file.error());
  if (file->time_column.empty()) data.table.time.clear();
  data.summary = counter.finish(*file);
  data.blocks = find_blocks(data.table, data.summary.rows, learner.finish());
  BlockWalk walk(data.blocks);
  for (std::size_t row = 0; row < data.table.rows(); ++row) {
    data.usable[row] = data.usable[row] && walk.good(data.table.source_row[row]);
    data.summary.usable_rows += data.usable[row] ? 1 : 0;
  }
  return data;
}

Table usable_instants(const CheckedData& data) {
  // Duplicates go along until their values have filled gaps.
  std::vector<bool> keep = data.usable;
  for (std::size_t row = 1; row < keep.size(); ++row) {
    if (data.table.state[row] == RowState::duplicate) keep[row] = keep[row - 1];
  }
  return merge_duplicates(select_rows(data.table, keep));
}

Result<CheckReport> check_stream(const std::filesystem::path& path,
                                 std::shared_ptr<const AssetProfile> profile,
                                 const Progress& progress) {
  Counter counter(profile->tags.size());
  UsableRows usable;
  LayoutLearner learner(profile);
  RowPipeline pipeline(profile, [&](const JudgedRow& row) -> Result<void> {
    counter.add(row);
    usable.add(is_usable(row));
    return {};
  });
  const auto learned = [&](const CsvRow&) { learner.add(pipeline.last_values()); };
  const auto file = run(path, profile, pipeline, learned, part_of(progress, 0.0, 0.6));
  if (!file) return fail(file.error());
  LayoutDetector layout(learner.finish());
  auto read = read_values(path, profile, layout, part_of(progress, 0.6, 1.0));
  if (!read) return fail(read.error());
  CheckReport report{layout.finish(), counter.finish(*file)};
  report.summary.usable_rows = usable.count_in(report.blocks);
  return report;
}

Result<void> visit_usable(const std::filesystem::path& path,
                          std::shared_ptr<const AssetProfile> profile,
                          const std::vector<Block>& blocks,
                          const std::function<Result<void>(const JudgedRow&)>& visit,
                          const Progress& progress) {
  BlockWalk walk(blocks);
  bool pending = false;  // A usable instant waits for its duplicates.
  JudgedRow kept;
  std::vector<double> values(profile->tags.size());
  std::vector<Quality> quality(profile->tags.size());
  const auto flush = [&]() -> Result<void> {
    if (!std::exchange(pending, false)) return {};
    kept.values = values;
    kept.quality = quality;
    return visit(kept);
  };
  RowPipeline pipeline(profile, [&](const JudgedRow& row) -> Result<void> {
    if (row.state == RowState::duplicate && pending) {
      kept.samples += std::ranges::count(row.quality, Quality::duplicate) > 0 ? 1 : 0;
      for (std::size_t tag = 0; tag < values.size(); ++tag) {
        if (row.quality[tag] != Quality::duplicate || quality[tag] != Quality::missing) continue;
        values[tag] = row.values[tag];
        quality[tag] = Quality::good;
      }
      return {};
    }
    if (auto flushed = flush(); !flushed) return flushed;
    if (!is_usable(row) || !walk.good(row.row)) return {};
    pending = true;
    kept = row;
    std::copy(row.values.begin(), row.values.end(), values.begin());
    std::copy(row.quality.begin(), row.quality.end(), quality.begin());
    return {};
  });
  const auto file = run(path, profile, pipeline, [](const CsvRow&) {}, progress);
  if (!file) return fail(file.error());
  return flush();
}

}  // namespace hvac::telemetry
