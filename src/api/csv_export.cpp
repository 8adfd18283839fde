#include "api/csv_export.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/iso_time.h"
#include "base/number.h"

namespace hvac::api {
namespace {

constexpr std::size_t kRows = 500;  // At a time: other clients' requests wait meanwhile.
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

bool good(const store::Row& row, std::size_t i) {
  return row.quality.empty() || row.quality[i] == telemetry::Quality::good;
}

}  // namespace

BodySource::State CsvExport::next(std::string& piece) {
  if (!begun_) {
    piece += "timestamp";
    for (const std::string& series : series_) piece += ";" + series;
    piece += "\n";
    begun_ = true;
  }
  std::map<TimePoint, std::vector<double>> rows;
  TimePoint end = range_.to;  // Of this piece: both streams are read up to it.
  for (const store::Stream stream : {store::Stream::samples, store::Stream::outcomes}) {
    std::size_t count = 0;
    const auto visited = store_.visit(
        stream, asset_, {range_.from, end}, [&](const store::Row& row) -> Result<void> {
          if (++count > kRows) {
            end = row.time;
            return fail(ErrorCode::interrupted, "enough for now");
          }
          std::vector<double>* values = nullptr;
          for (std::size_t i = 0; i < row.layout->series.size(); ++i) {
            const auto place = std::ranges::find(series_, row.layout->series[i]);
            if (place == series_.end()) continue;
            if (values == nullptr) {
              values = &rows.try_emplace(row.time, series_.size(), kNan).first->second;
            }
            if (good(row, i))
              (*values)[static_cast<std::size_t>(place - series_.begin())] = row.values[i];
          }
          return {};
        });
    // An answer that has begun can only be broken off.
    if (!visited && visited.error().code != ErrorCode::interrupted) return State::ended;
  }
  for (const auto& [time, values] : rows) {
    if (time >= end) break;
    piece += iso_text(time);
    for (const double value : values) {
      piece += ";";
      if (!std::isnan(value)) piece += number_text(value);
    }
    piece += "\n";
  }
  range_.from = end;
  return range_.from < range_.to ? State::more : State::ended;
}

}  // namespace hvac::api
