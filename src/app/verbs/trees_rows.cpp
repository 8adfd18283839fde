#include "app/verbs/trees_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "base/number.h"

namespace hvac::app {
namespace {

tl::unexpected<Error> wrong(const std::filesystem::path& path, std::string what) {
  return fail(ErrorCode::invalid_argument, path.string() + ": " + std::move(what));
}

char separator_of(std::string_view line) {
  for (const char separator : {',', ';', '\t'}) {
    if (line.find(separator) != std::string_view::npos) return separator;
  }
  return ',';
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \r\"");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \r\"") - begin + 1);
}

void split(std::string_view line, char separator, std::vector<std::string_view>& fields) {
  fields.clear();
  while (true) {
    const std::size_t end = line.find(separator);
    fields.push_back(trimmed(line.substr(0, end)));
    if (end == std::string_view::npos) return;
    line.remove_prefix(end + 1);
  }
}

bool is_value(std::string_view field) { return field.empty() || parse_number(field).has_value(); }

}  // namespace

Result<RowReader> RowReader::open(const std::filesystem::path& path,
                                  std::span<const std::string> features) {
  RowReader reader;
  reader.path_ = path;
  reader.file_.open(path);
  if (!reader.file_) return fail(ErrorCode::not_found, path.string() + " cannot be read");
  std::error_code error;
  reader.size_ = std::filesystem::file_size(path, error);
  if (!std::getline(reader.file_, reader.line_)) return wrong(path, "the file is empty");
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (reader.line_.starts_with(kByteOrderMark)) reader.line_.erase(0, kByteOrderMark.size());
  reader.read_ = reader.line_.size() + 1;
  reader.number_ = 1;
  reader.separator_ = separator_of(reader.line_);
  split(reader.line_, reader.separator_, reader.fields_);
  if (auto ok = reader.choose_columns(reader.fields_, features); !ok) return fail(ok.error());
  return reader;
}

Result<void> RowReader::choose_columns(const std::vector<std::string_view>& header,
                                       std::span<const std::string> features) {
  width_ = header.size();
  std::string absent;
  for (const std::string& feature : features) {
    const auto found = std::ranges::find(header, feature);
    if (found == header.end() && absent.empty()) absent = feature;
    columns_.push_back(static_cast<std::size_t>(found - header.begin()));
  }
  if (absent.empty()) return {};
  if (width_ != features.size()) {
    return wrong(path_, fmt::format("column {} is missing, and {} columns are not the {} features "
                                    "of the model",
                                    absent, width_, features.size()));
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i] = i;
  first_is_data_ = std::ranges::all_of(header, is_value);
  return {};
}

Result<bool> RowReader::next(std::span<double> row) {
  if (!std::exchange(first_is_data_, false)) {
    do {
      if (!std::getline(file_, line_)) return false;
      ++number_;
      read_ += line_.size() + 1;
    } while (width_ > 1 && trimmed(line_).empty());
  }
  split(line_, separator_, fields_);
  if (fields_.size() != width_) {
    return wrong(path_,
                 fmt::format("line {} has {} fields, not {}", number_, fields_.size(), width_));
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string_view field = fields_[columns_[i]];
    const auto value =
        field.empty() ? std::numeric_limits<double>::quiet_NaN() : parse_number(field);
    if (!value) {
      return wrong(path_, fmt::format("line {}, column {}: \"{}\" is not a number", number_,
                                      columns_[i] + 1, field));
    }
    row[i] = *value;
  }
  return true;
}

double RowReader::done() const {
  return size_ > 0 ? std::min(1.0, static_cast<double>(read_) / static_cast<double>(size_)) : 0.0;
}

}  // namespace hvac::app
