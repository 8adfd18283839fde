#include "training/held_out.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "base/hash.h"
#include "features/input_view.h"
#include "training/split.h"
#include "twin/tracking.h"

namespace hvac::training {
namespace {

using telemetry::kInputCount;
using telemetry::kTargetCount;
using telemetry::Sample;

static_assert(std::endian::native == std::endian::little, "held_out.bin is little-endian");

constexpr std::string_view kHeader = "hvac-held-out-1\n";
constexpr std::size_t kMostRows = 200'000;

struct Record {
  std::uint64_t print;
  std::array<float, kTargetCount> value;
};
constexpr std::size_t kRecordBytes = sizeof(std::uint64_t) + kTargetCount * sizeof(float);

/// By the good inputs as float, so that a value that went through a file is still the same.
std::uint64_t print_of(const Sample& sample) {
  std::array<float, kInputCount> values{};
  for (std::size_t i = 0; i < kInputCount; ++i) {
    const auto value = sample.input(static_cast<telemetry::InputTag>(i));
    values[i] = value ? static_cast<float>(*value) : std::numeric_limits<float>::quiet_NaN();
  }
  return fingerprint({reinterpret_cast<const char*>(values.data()), sizeof values});
}

/// Of each row together with the row before it in its recording: still air repeats itself.
std::vector<std::uint64_t> prints_of(std::span<const Sample> samples) {
  std::vector<std::uint64_t> prints;
  prints.reserve(samples.size());
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i == 0 || samples[i].recording != samples[i - 1].recording) before = 0;
    const std::array<std::uint64_t, 2> both = {before, print_of(samples[i])};
    before = both[1];
    prints.push_back(fingerprint({reinterpret_cast<const char*>(both.data()), sizeof both}));
  }
  return prints;
}

Result<std::vector<Record>> parse(std::string_view bytes) {
  const bool fits =
      bytes.starts_with(kHeader) && (bytes.size() - kHeader.size()) % kRecordBytes == 0;
  if (!fits) {
    return fail(ErrorCode::corrupt, "held_out.bin: is no record of held-out predictions");
  }
  bytes.remove_prefix(kHeader.size());
  std::vector<Record> records(bytes.size() / kRecordBytes);
  for (Record& record : records) {
    std::memcpy(&record.print, bytes.data(), sizeof record.print);
    std::memcpy(record.value.data(), bytes.data() + sizeof record.print, sizeof record.value);
    bytes.remove_prefix(kRecordBytes);
  }
  return records;
}

const Record* find(const std::vector<Record>& records, std::uint64_t print) {
  const auto found = std::ranges::lower_bound(records, print, {}, &Record::print);
  return found != records.end() && found->print == print ? &*found : nullptr;
}

void replace_values(twin::Prediction& prediction, const Record& record) {
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    twin::TargetPrediction& target = prediction.targets[t];
    const double shift = static_cast<double>(record.value[t]) - target.value;
    target.value += shift;
    target.interval90.low += shift;
    target.interval90.high += shift;
  }
}

/// 1 where a row was learned from, 0 near one, 1 elsewhere.
std::vector<std::uint8_t> fair_rows(std::span<const Sample> samples,
                                    std::span<const std::uint8_t> learned) {
  std::vector<std::uint8_t> fair(samples.size(), 1);
  const auto sweep = [&](auto next, std::size_t start) {
    std::size_t since = kEmbargoRows + 1;
    std::size_t before = start;
    for (std::size_t n = 0; n < samples.size(); ++n) {
      const std::size_t i = next(n);
      if (samples[i].recording != samples[before].recording) since = kEmbargoRows + 1;
      before = i;
      since = learned[i] != 0 ? 0 : since + 1;
      if (since > 0 && since <= kEmbargoRows) fair[i] = 0;
    }
  };
  if (samples.empty()) return fair;
  sweep([](std::size_t n) { return n; }, 0);
  sweep([&](std::size_t n) { return samples.size() - 1 - n; }, samples.size() - 1);
  return fair;
}

}  // namespace

std::string held_out_bytes(std::span<const Sample> samples,
                           std::span<const twin::Prediction> predictions) {
  const std::vector<std::uint64_t> prints = prints_of(samples);
  const std::size_t step = samples.size() / kMostRows + 1;
  std::vector<Record> records;
  for (std::size_t i = 0; i < samples.size(); i += step) {
    Record record{prints[i], {}};
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      record.value[t] = static_cast<float>(predictions[i].targets[t].value);
    }
    records.push_back(record);
  }
  std::ranges::stable_sort(records, {}, &Record::print);
  std::string bytes(kHeader);
  for (const Record& record : records) {
    bytes.append(reinterpret_cast<const char*>(&record.print), sizeof record.print);
    bytes.append(reinterpret_cast<const char*>(record.value.data()), sizeof record.value);
  }
  return bytes;
}

Result<FairJudgement> judge_fairly(const twin::Model& model, std::span<const Sample> samples) {
  std::vector<Record> records;
  const std::string& remembered = model.parts().held_out;
  if (!remembered.empty()) {
    auto parsed = parse(remembered);
    if (!parsed) return fail(parsed.error());
    records = std::move(*parsed);
  }
  const std::vector<std::uint64_t> prints = prints_of(samples);
  std::vector<std::uint8_t> learned(samples.size(), 0);
  FairJudgement result;
  result.judged.reserve(samples.size());
  features::FeatureBuilder builder = model.builder();
  twin::Tracker tracker;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    twin::Prediction prediction = model.predict(builder.push(features::InputView(samples[i])));
    if (const Record* record = find(records, prints[i])) {
      replace_values(prediction, *record);
      learned[i] = 1;
      ++result.learned;
    }
    result.judged.push_back(
        {prediction, tracker.push(model.parts().intervals, prediction, samples[i])});
  }
  result.fair = fair_rows(samples, learned);
  if (remembered.empty()) result.unknown = samples.size();
  return result;
}

}  // namespace hvac::training
