#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "telemetry/csv_reader.h"
#include "telemetry/judge.h"
#include "telemetry/layout.h"

using namespace hvac::telemetry;

// Whatever bytes a file holds, it is read to its end: each row has a value or NaN per tag, never an
// infinity, and judging it and searching it for layouts end as well.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto reader = CsvReader::from_text(std::string(reinterpret_cast<const char*>(data), size), "fuzz",
                                     unit_cooler_profile());
  if (!reader) return 0;
  const std::size_t tags = unit_cooler_profile()->tags.size();
  StreamJudge judge(unit_cooler_profile());
  LayoutLearner learner(unit_cooler_profile());
  std::vector<std::vector<double>> rows;
  std::vector<Quality> quality(tags);
  CsvRow row;
  while (reader->next(row).value()) {
    if (row.row != static_cast<std::int64_t>(rows.size()) || row.values.size() != tags)
      std::abort();
    for (const double value : row.values) {
      if (std::isinf(value)) std::abort();
    }
    rows.emplace_back(row.values.begin(), row.values.end());
    if (row.kind == RowKind::blank) judge.end_recording();
    std::vector<double> values = rows.back();
    judge.push(values, quality, row.time);
    learner.add(rows.back());
  }
  LayoutDetector detector(learner.finish());
  for (const auto& values : rows) detector.add(values);
  std::int64_t next = 0;
  for (const Block& block : detector.finish()) {
    if (block.first_row != next || block.last_row < block.first_row) std::abort();
    next = block.last_row + 1;
  }
  if (next != static_cast<std::int64_t>(rows.size())) std::abort();
  return 0;
}
