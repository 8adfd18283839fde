#include "telemetry/csv_writer.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/iso_time.h"
#include "telemetry/fields.h"

namespace hvac::telemetry {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 18;
constexpr char kDelimiter = ';';
constexpr int kDigits = 12;  // Enough for any sensor; hides the rounding of unit conversions.

/// The value as the site sends it, as text.
void append_value(std::string& text, double value, const Tag& tag) {
  std::array<char, 32> digits;
  std::to_chars_result end{};
  if (tag.scale == 1.0 && tag.offset == 0.0) {
    end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  } else {
    end = std::to_chars(digits.data(), digits.data() + digits.size(),
                        (value - tag.offset) / tag.scale, std::chars_format::general, kDigits);
  }
  text.append(digits.data(), end.ptr);
}

}  // namespace

Result<CsvWriter> CsvWriter::create(const std::filesystem::path& path,
                                    std::shared_ptr<const AssetProfile> profile, TimeColumn time) {
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file) return fail(file.error());
  CsvWriter writer(std::move(*file), std::move(profile), time);
  if (time == TimeColumn::with) writer.buffer_ = "time;";
  const auto& tags = writer.profile_->tags;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    writer.buffer_ += tags[i].name;
    writer.buffer_ += i + 1 < tags.size() ? kDelimiter : '\n';
  }
  return writer;
}

Result<void> CsvWriter::flush() {
  const std::string bytes = std::exchange(buffer_, {});
  buffer_.reserve(kBuffer + 4096);
  return file_.write(bytes);
}

Result<void> CsvWriter::write(std::span<const double> values, std::span<const Quality> quality,
                              TimePoint time, RecordingId recording) {
  if (any_row_ && recording != last_recording_) {
    buffer_.append(values.size() - 1 + (time_ == TimeColumn::with ? 1 : 0), kDelimiter);
    buffer_ += '\n';
  }
  any_row_ = true;
  last_recording_ = recording;
  if (time_ == TimeColumn::with) {
    if (time != kNoTime) buffer_ += iso_text(time);
    buffer_ += kDelimiter;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (quality[i] == Quality::good) append_value(buffer_, values[i], profile_->tags[i]);
    buffer_ += i + 1 < values.size() ? kDelimiter : '\n';
  }
  if (buffer_.size() < kBuffer) return {};
  return flush();
}

Result<void> CsvWriter::commit() {
  if (auto flushed = flush(); !flushed) return flushed;
  return file_.commit();
}

}  // namespace hvac::telemetry
