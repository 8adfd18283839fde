#include <benchmark/benchmark.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "base/number.h"
#include "telemetry/csv_reader.h"
#include "telemetry/judge.h"
#include "telemetry/layout.h"

// How fast telemetry is read, judged and searched for mislabelled columns, beside what the machine
// can do with the same bytes: a search for line ends (what `wc -l` does), which no reader can beat.
namespace hvac::telemetry {
namespace {

/// Rows like a cooler's, 32 columns, about 16 MB.
const std::string& telemetry_text() {
  static const std::string text = [] {
    const auto profile = unit_cooler_profile();
    std::string result;
    for (const Tag& tag : profile->tags) result += tag.name + ";";
    result.back() = '\n';
    std::mt19937_64 random(1);
    std::normal_distribution<double> noise;
    for (int row = 0; row < 100'000; ++row) {
      const double flow = 300.0 + std::round(20.0 * noise(random));
      const double suction = -250.0 + std::round(5.0 * noise(random));
      const double discharge = 1290.0 + std::round(5.0 * noise(random));
      for (const Tag& tag : profile->tags) {
        double value = 0.5 * (std::min(tag.high, 500.0) + std::max(tag.low, 0.0)) / 5.0;
        if (tag.name == "UCWF" || tag.name == "CPCF") value = flow;
        if (tag.name == "CPSP") value = suction;
        if (tag.name == "CPDP") value = discharge;
        if (tag.name == "CPPR") value = discharge - suction;
        if (tag.name == "CPHP") value = std::round(flow * (discharge - suction) / 36000.0);
        if (!tag.may_hold) value = 20.0 + noise(random);
        result += fixed_text(value, tag.resolution >= 1.0 ? 1 : 2) + ";";
      }
      result.back() = '\n';
    }
    return result;
  }();
  return text;
}

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(telemetry_text().size()));
}

void scan_line_ends(benchmark::State& state) {
  const std::string& text = telemetry_text();
  for (auto _ : state) {
    std::size_t lines = 0;
    const char* at = text.data();
    const char* const end = at + text.size();
    while ((at = static_cast<const char*>(
                std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) != nullptr) {
      ++lines;
      ++at;
    }
    benchmark::DoNotOptimize(lines);
  }
  count_bytes(state);
}
BENCHMARK(scan_line_ends);

template <class Use>
void read_rows(benchmark::State& state, const Use& use) {
  for (auto _ : state) {
    auto reader = CsvReader::from_text(telemetry_text(), "bench.csv", unit_cooler_profile());
    CsvRow row;
    while (reader->next(row).value()) use(row);
  }
  count_bytes(state);
}

void read_csv(benchmark::State& state) {
  read_rows(state, [](const CsvRow& row) { benchmark::DoNotOptimize(row.values.data()); });
}
BENCHMARK(read_csv);

void read_and_judge(benchmark::State& state) {
  StreamJudge judge(unit_cooler_profile());
  std::vector<double> values(unit_cooler_profile()->tags.size());
  std::vector<Quality> quality(values.size());
  read_rows(state, [&](const CsvRow& row) {
    std::copy(row.values.begin(), row.values.end(), values.begin());
    benchmark::DoNotOptimize(judge.push(values, quality, row.time).state);
  });
}
BENCHMARK(read_and_judge);

void read_and_find_layouts(benchmark::State& state) {
  LayoutLearner learner(unit_cooler_profile());
  auto reader = CsvReader::from_text(telemetry_text(), "bench.csv", unit_cooler_profile());
  CsvRow row;
  while (reader->next(row).value()) learner.add(row.values);
  LayoutDetector detector(learner.finish());
  read_rows(state, [&](const CsvRow& r) { detector.add(r.values); });
}
BENCHMARK(read_and_find_layouts);

void judge_one_instant(benchmark::State& state) {
  const InstantJudge judge(unit_cooler_profile());
  std::vector<double> values(unit_cooler_profile()->tags.size(), 20.0);
  std::vector<Quality> quality(values.size());
  for (auto _ : state) {
    const Sample sample = judge.sample(values, quality);
    benchmark::DoNotOptimize(sample.input(InputTag::UCAIT));
  }
}
BENCHMARK(judge_one_instant);

}  // namespace
}  // namespace hvac::telemetry

BENCHMARK_MAIN();
