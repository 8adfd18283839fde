#include "telemetry/csv_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/number.h"
#include "telemetry/fields.h"
#include "telemetry/line_source.h"

namespace hvac::telemetry {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMaxProblems = 20;
constexpr std::int32_t kSkip = -1;  // What a column is when it is no tag.
constexpr std::int32_t kTime = -2;

// Powers of ten that a double holds exactly: a mantissa below 2^53 divided by one of them is
// correctly rounded, so the fast path gives the same bits as the slow one.
constexpr std::array<double, 16> kPowerOfTen = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
constexpr std::ptrdiff_t kFastDigits = 15;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

bool names_time(std::string_view column) {
  constexpr std::array<std::string_view, 12> kNames = {
      "time",  "timestamp", "datetime", "date_time", "date time",   "ts",
      "epoch", "epoch_s",   "epoch_ms", "time_utc",  "zeitstempel", "utc"};
  return std::find(kNames.begin(), kNames.end(), lower(column)) != kNames.end();
}

/// The profile's tag a column's name means; upper and lower case are the same when nothing else is.
std::optional<std::size_t> find_tag(const AssetProfile& profile, std::string_view column) {
  if (const auto exact = profile.find(column)) return exact;
  for (std::size_t i = 0; i < profile.tags.size(); ++i) {
    if (lower(profile.tags[i].name) == lower(column)) return i;
  }
  return std::nullopt;
}

std::vector<std::string> header_fields(std::string_view line, char delimiter) {
  std::vector<std::string> fields = split_fields(line, delimiter);
  for (std::string& field : fields) field = std::string(trimmed(field));
  while (fields.size() > 1 && fields.back().empty()) fields.pop_back();
  return fields;
}

/// The delimiter that makes most tags of `line`.
char find_delimiter(std::string_view line, const AssetProfile& profile) {
  char best = ',';
  std::ptrdiff_t most = -1;
  for (const char delimiter : {';', '\t', ','}) {
    const auto fields = header_fields(line, delimiter);
    const auto known = std::count_if(fields.begin(), fields.end(), [&](const auto& field) {
      return find_tag(profile, field).has_value();
    });
    if (known > most) {
      most = known;
      best = delimiter;
    }
  }
  return best;
}

std::string expected_header(const AssetProfile& profile) {
  std::string text = "expected a header with tags of the profile '" + profile.name + "' such as ";
  for (std::size_t i = 0; i < std::min<std::size_t>(profile.tags.size(), 6); ++i) {
    text += (i > 0 ? ", " : "") + profile.tags[i].name;
  }
  return text;
}

/// For a message: what stands there, cut and without bytes a terminal would mind.
std::string shown(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  std::string result;
  for (const char c : text.substr(0, kLongest)) result += c >= ' ' && c <= '~' ? c : '?';
  return text.size() > kLongest ? result + "..." : result;
}

}  // namespace

struct CsvReader::State {
  State(LineSource from, std::shared_ptr<const AssetProfile> tags)
      : source(std::move(from)), profile(std::move(tags)) {}

  Result<void> read_header();
  Result<void> map_columns(const std::vector<std::string>& header);
  void find_time_column(const std::vector<std::string>& header);
  void read_row(const LineSource::Line& line, CsvRow& row);
  const char* read_number(const char* at, double& value);
  const char* read_field(const char* at, const char* end, std::int32_t column, CsvRow& row);
  void read_value(std::string_view text, std::int32_t column, CsvRow& row);
  double slow_number(std::string_view text) const;
  void note(std::int64_t at_row, std::string column, std::string what);

  LineSource source;
  std::shared_ptr<const AssetProfile> profile;
  CsvReport report;
  std::vector<std::int32_t> columns;  // Tag of each column of the file, kSkip or kTime.
  std::vector<double> values;
  std::string scratch;  // A quoted field without its quotes.
  std::int64_t rows = 0;
  char delimiter = ',';
  char decimal = 0;       // Decided by the first fraction of the file.
  bool any_text = false;  // Whether any field of the row holds something.
};

void CsvReader::State::note(std::int64_t at_row, std::string column, std::string what) {
  if (report.problems.size() >= kMaxProblems) return;
  report.problems.push_back({at_row, std::move(column), std::move(what)});
}

Result<void> CsvReader::State::read_header() {
  LineSource::Line line;
  const Result<bool> first = source.next(line);
  if (!first) return fail(first.error());
  if (!*first) {
    return fail(ErrorCode::invalid_argument,
                source.name() + ": the file is empty; " + expected_header(*profile));
  }
  std::string_view text(line.begin, static_cast<std::size_t>(line.end - line.begin));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  delimiter = report.delimiter = find_delimiter(text, *profile);
  const std::vector<std::string> header = header_fields(text, delimiter);
  if (auto mapped = map_columns(header); !mapped) return mapped;
  find_time_column(header);
  values.assign(profile->tags.size(), kMissing);
  report.malformed.assign(profile->tags.size(), 0);
  return {};
}

Result<void> CsvReader::State::map_columns(const std::vector<std::string>& header) {
  std::vector<bool> present(profile->tags.size(), false);
  for (const std::string& column : header) {
    const auto tag = find_tag(*profile, column);
    if (tag && present[*tag]) {
      return fail(ErrorCode::invalid_argument,
                  source.name() + ":1: the column " + column + " is there twice");
    }
    if (tag) present[*tag] = true;
    columns.push_back(tag ? static_cast<std::int32_t>(*tag) : kSkip);
  }
  if (std::find(present.begin(), present.end(), true) == present.end()) {
    return fail(ErrorCode::invalid_argument,
                source.name() + ":1: none of its " + std::to_string(header.size()) +
                    " columns is known (it begins \"" + shown(header.front()) + "\"); " +
                    expected_header(*profile));
  }
  for (std::size_t i = 0; i < present.size(); ++i) {
    if (!present[i]) report.absent_tags.push_back(profile->tags[i].name);
  }
  return {};
}

// A column is the time when its name or its first value says so.
void CsvReader::State::find_time_column(const std::vector<std::string>& header) {
  std::vector<std::string> first(header.size());
  std::string_view ahead = source.ahead();
  for (int lines = 0; lines < 50 && !ahead.empty(); ++lines) {
    const std::size_t end = std::min(ahead.find('\n'), ahead.size());
    const auto fields = split_fields(trimmed(ahead.substr(0, end)), delimiter);
    for (std::size_t i = 0; i < std::min(fields.size(), first.size()); ++i) {
      if (first[i].empty()) first[i] = std::string(trimmed(fields[i]));
    }
    ahead.remove_prefix(std::min(end + 1, ahead.size()));
  }
  std::size_t chosen = header.size();
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (columns[i] != kSkip) continue;
    const bool by_name = names_time(header[i]) && (first[i].empty() || parse_time(first[i]));
    if (by_name || (chosen == header.size() && parse_iso_time(first[i]))) chosen = i;
    if (by_name) break;
  }
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (i == chosen) {
      columns[i] = kTime;
      report.time_column = header[i];
    } else if (columns[i] == kSkip) {
      report.unknown_columns.push_back(header[i]);
    }
  }
}

// Reads a plain short decimal that reaches to the next delimiter or the end of the line; returns
// where it ends, or null when the field needs the slow way. The line ends with '\n'.
const char* CsvReader::State::read_number(const char* at, double& value) {
  const bool negative = *at == '-';
  if (negative) ++at;
  const char* const first = at;
  std::uint64_t mantissa = 0;
  while (static_cast<unsigned char>(*at - '0') < 10) {
    mantissa = mantissa * 10 + static_cast<std::uint64_t>(*at++ - '0');
  }
  std::ptrdiff_t digits = at - first;
  std::ptrdiff_t fraction = 0;
  if (digits == 0) return nullptr;
  if (*at != delimiter && *at == (decimal != 0 ? decimal : '.')) {
    const char* const point = at++;
    while (static_cast<unsigned char>(*at - '0') < 10) {
      mantissa = mantissa * 10 + static_cast<std::uint64_t>(*at++ - '0');
    }
    fraction = at - point - 1;
    digits += fraction;
    decimal = *point;
  }
  if (digits > kFastDigits || (*at != delimiter && *at != '\n')) return nullptr;
  const double magnitude =
      static_cast<double>(mantissa) / kPowerOfTen[static_cast<std::size_t>(fraction)];
  value = negative ? -magnitude : magnitude;
  return at;
}

// Any number, or NaN when the text spells none or an infinite one.
double CsvReader::State::slow_number(std::string_view text) const {
  constexpr std::size_t kLongestNumber = 64;
  if (text.size() > kLongestNumber) return kMissing;
  std::array<char, kLongestNumber> copy;
  std::copy(text.begin(), text.end(), copy.begin());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.' && decimal == ',') return kMissing;
    if (text[i] == ',' && decimal == '.') return kMissing;
    if (text[i] == ',') copy[i] = '.';
  }
  const auto number = parse_number({copy.data(), text.size()});
  return number && std::isfinite(*number) ? *number : kMissing;
}

void CsvReader::State::read_value(std::string_view text, std::int32_t column, CsvRow& row) {
  if (column == kTime) {
    const auto time = parse_time(text);
    if (time) {
      row.time = *time;
    } else {
      ++report.malformed_times;
      note(rows, report.time_column, "'" + shown(text) + "' is no time");
    }
    return;
  }
  if (spells_missing(text)) return;
  const auto tag = static_cast<std::size_t>(column);
  text = trimmed(text);
  values[tag] = slow_number(text);
  if (std::isnan(values[tag])) {
    ++report.malformed[tag];
    note(rows, profile->tags[tag].name, "'" + shown(text) + "' is no number");
  } else if (decimal == 0) {
    const std::size_t point = text.find_first_of(".,");
    if (point != std::string_view::npos) decimal = text[point];
  }
}

// Reads one field the slow way and returns its end.
const char* CsvReader::State::read_field(const char* at, const char* end, std::int32_t column,
                                         CsvRow& row) {
  std::string_view text;
  const char* stop = at;
  if (*at == '"') {
    scratch.clear();
    bool quoted = true;
    for (++stop; stop < end && (quoted || *stop != delimiter); ++stop) {
      if (*stop != '"') {
        scratch += *stop;
      } else if (quoted && stop + 1 < end && stop[1] == '"') {
        scratch += *stop++;
      } else {
        quoted = !quoted;
      }
    }
    text = scratch;
  } else {
    stop = std::find(at, end, delimiter);
    text = {at, static_cast<std::size_t>(stop - at)};
  }
  if (!trimmed(text).empty()) {
    any_text = true;
    if (column != kSkip) read_value(text, column, row);
  }
  return stop;
}

void CsvReader::State::read_row(const LineSource::Line& line, CsvRow& row) {
  std::fill(values.begin(), values.end(), kMissing);
  row = {rows, RowKind::values, kNoTime, values};
  any_text = false;
  const char* at = line.begin;
  const char* const end = line.end;
  std::size_t field = 0;
  bool surplus = false;  // Something stands behind the last column.
  for (;; ++field, ++at) {
    const bool known = field < columns.size();
    const std::int32_t column = known ? columns[field] : kSkip;
    if (at < end && *at != delimiter) {
      double value = kMissing;
      const char* stop = column >= 0 ? read_number(at, value) : nullptr;
      if (stop != nullptr) {
        values[static_cast<std::size_t>(column)] = value;
        any_text = true;
      } else {
        const bool before = std::exchange(any_text, false);
        stop = read_field(at, end, column, row);
        surplus = surplus || (!known && any_text);
        any_text = any_text || before;
      }
      at = stop;
    }
    if (at >= end) break;
  }
  if (!any_text) {
    row.kind = RowKind::blank;
  } else if (surplus || field + 1 < columns.size()) {
    row.kind = RowKind::ragged;
    std::fill(values.begin(), values.end(), kMissing);
    ++report.ragged_rows;
    report.truncated = report.truncated || !line.complete;
    note(rows, "",
         "has " + std::to_string(field + 1) + " fields; the header has " +
             std::to_string(columns.size()));
  }
  ++rows;
}

CsvReader::CsvReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
CsvReader::~CsvReader() = default;
CsvReader::CsvReader(CsvReader&&) noexcept = default;
CsvReader& CsvReader::operator=(CsvReader&&) noexcept = default;

Result<CsvReader> CsvReader::open(const std::filesystem::path& path,
                                  std::shared_ptr<const AssetProfile> profile) {
  Result<LineSource> source = LineSource::open(path);
  if (!source) return fail(source.error());
  auto state = std::make_unique<State>(std::move(*source), std::move(profile));
  if (auto read = state->read_header(); !read) return fail(read.error());
  return CsvReader(std::move(state));
}

Result<CsvReader> CsvReader::from_text(std::string text, std::string name,
                                       std::shared_ptr<const AssetProfile> profile) {
  auto state = std::make_unique<State>(LineSource::from_text(std::move(text), std::move(name)),
                                       std::move(profile));
  if (auto read = state->read_header(); !read) return fail(read.error());
  return CsvReader(std::move(state));
}

Result<bool> CsvReader::next(CsvRow& row) {
  LineSource::Line line;
  Result<bool> more = state_->source.next(line);
  if (!more || !*more) return more;
  *line.end = '\n';  // The sentinel that number parsing stops at.
  state_->read_row(line, row);
  return true;
}

const CsvReport& CsvReader::report() const { return state_->report; }

double CsvReader::progress() const {
  const auto& source = state_->source;
  return source.size() > 0 ? std::min(1.0, static_cast<double>(source.consumed()) /
                                               static_cast<double>(source.size()))
                           : 0.0;
}

}  // namespace hvac::telemetry
