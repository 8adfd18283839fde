#include "api/history_service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/csv_export.h"
#include "api/json_writer.h"
#include "api/problem.h"
#include "api/request_values.h"
#include "api/shared.h"
#include "base/iso_time.h"
#include "telemetry/tags.h"

namespace hvac::api {
namespace {

constexpr std::int64_t kUsualPoints = 500;
constexpr std::int64_t kMostPoints = 20'000;
constexpr std::int64_t kUsualFindings = 100;
constexpr std::int64_t kMostFindings = 10'000;
constexpr std::chrono::hours kUsualRange{24};

std::string_view name(store::Level level) {
  switch (level) {
    case store::Level::raw:
      return "raw";
    case store::Level::minute:
      return "minute";
    case store::Level::hour:
      break;
  }
  return "hour";
}

bool has_store(const Shared& shared, Response& response) {
  if (shared.store != nullptr) return true;
  refuse_with(404, "that part of the program does not run here", response);
  return false;
}

/// The unit of a stored series: a tag's, its target's for "UCAOT.predicted", or in its own name.
std::string_view unit_of(const telemetry::AssetProfile& profile, std::string_view series) {
  constexpr std::pair<std::string_view, std::string_view> kOwn[] = {{"q_thermal_kw", "kW"},
                                                                    {"air_kw", "kW"},
                                                                    {"water_kw", "kW"},
                                                                    {"air_flow_m3_h", "m3/h"},
                                                                    {"health_trend_per_day", "1/d"},
                                                                    {"days_to_threshold", "d"}};
  for (const auto& [of, unit] : kOwn) {
    if (of == series) return unit;
  }
  const auto tag = profile.find(series.substr(0, series.find('.')));
  return tag ? std::string_view(profile.tags[*tag].unit) : std::string_view("1");
}

std::optional<store::AssetSummary> summary_of(const std::vector<store::AssetSummary>& assets,
                                              const AssetId& asset) {
  for (const store::AssetSummary& each : assets) {
    if (each.asset == asset) return each;
  }
  return std::nullopt;
}

/// The asset of the path with the time it spans; refuses otherwise.
std::optional<store::AssetSummary> asset_asked(const Shared& shared, RequestValues& values,
                                               Response& response) {
  const AssetId asset{values.path("asset")};
  if (values.refused(response)) return std::nullopt;
  const auto assets = shared.store->assets();
  if (!assets) {
    write_problem(problem_of(assets.error()), response);
    return std::nullopt;
  }
  auto found = summary_of(*assets, asset);
  if (!found) {
    write_problem({404, "not_found", "asset " + asset.value + " has sent nothing", "asset",
                   asset.value, "", "/api/v1/stored lists those there are"},
                  response);
  }
  return found;
}

/// from and to of the query; the last day of what there is where they are not given.
store::TimeRange range_asked(RequestValues& values, const store::AssetSummary& asset) {
  const auto to = values.time("to").value_or(asset.last + std::chrono::milliseconds{1});
  const auto from = values.time("from").value_or(to - kUsualRange);
  return {from, to};
}

bool refuse_empty(const store::TimeRange& range, Response& response) {
  if (range.from < range.to) return false;
  write_problem({422, "out_of_range", "from must be before to", "from", iso_text(range.from),
                 "before " + iso_text(range.to), ""},
                response);
  return true;
}

/// The stream that has that series.
std::optional<store::Stream> stream_of(const store::Store& store, const AssetId& asset,
                                       const std::string& series) {
  for (const store::Stream stream : {store::Stream::samples, store::Stream::outcomes}) {
    const auto names = store.series(asset, stream);
    if (names && std::ranges::find(*names, series) != names->end()) return stream;
  }
  return std::nullopt;
}

void write_points(JsonWriter& json, const store::History& history) {
  json.key("t").begin_array();
  for (const auto& point : history.points) json.integer(point.time.time_since_epoch().count());
  json.end_array().key("mean").begin_array();
  for (const auto& point : history.points) json.number(point.mean);
  json.end_array().key("min").begin_array();
  for (const auto& point : history.points) json.number(point.low);
  json.end_array().key("max").begin_array();
  for (const auto& point : history.points) json.number(point.high);
  json.end_array();
}

void write_finding(JsonWriter& json, const store::Finding& finding) {
  json.begin_object().key("asset").text(finding.asset.value);
  json.key("time").text(iso_text(finding.time)).key("since").text(iso_text(finding.time));
  json.key("kind").text(finding.kind).key("tag").text(finding.subject);
  json.key("message").text(finding.text);
  if (!finding.data.empty()) json.key("data").raw(finding.data);
  json.end_object();
}

// Those of one asset among all: more are read until there are enough.
Result<std::vector<store::Finding>> findings_of(const store::Store& store,
                                                const std::optional<std::string>& asset,
                                                const store::TimeRange& range, std::size_t limit) {
  for (std::size_t read = asset ? 4 * limit : limit;; read *= 4) {
    auto found = store.findings(range, read);
    if (!found) return found;
    const bool all = found->size() < read;
    if (asset) {
      std::erase_if(*found, [&](const store::Finding& each) { return each.asset.value != *asset; });
    }
    if (found->size() > limit) found->resize(limit);
    if (all || found->size() == limit) return found;
  }
}

}  // namespace

void write_stored(const Shared& shared, const Request&, Response& response) {
  if (!has_store(shared, response)) return;
  const auto assets = shared.store->assets();
  if (!assets) return write_problem(problem_of(assets.error()), response);
  response.content_type = "application/json";
  JsonWriter json(response.body);
  json.begin_array();
  for (const store::AssetSummary& each : *assets) {
    json.begin_object().key("asset").text(each.asset.value);
    json.key("from").text(iso_text(each.first)).key("to").text(iso_text(each.last)).end_object();
  }
  json.end_array();
}

void write_series(const Shared& shared, const Request& request, Response& response) {
  if (!has_store(shared, response)) return;
  RequestValues values(request);
  const auto asset = asset_asked(shared, values, response);
  if (!asset) return;
  response.content_type = "application/json";
  JsonWriter json(response.body);
  json.begin_object().key("asset").text(asset->asset.value);
  json.key("from").text(iso_text(asset->first)).key("to").text(iso_text(asset->last));
  json.key("series").begin_array();
  for (const store::Stream stream : {store::Stream::samples, store::Stream::outcomes}) {
    const auto names = shared.store->series(asset->asset, stream);
    if (!names) continue;  // It has no rows of that stream.
    for (const std::string& series : *names) {
      json.begin_object().key("name").text(series);
      json.key("unit").text(unit_of(*shared.profile, series));
      json.key("kind").text(stream == store::Stream::samples ? "measured" : "outcome");
      const auto tag = shared.profile->find(series);
      if (tag) json.key("meaning").text(shared.profile->tags[*tag].meaning);
      json.end_object();
    }
  }
  json.end_array().end_object();
}

void write_history(const Shared& shared, const Request& request, Response& response) {
  if (!has_store(shared, response)) return;
  RequestValues values(request);
  const auto asset = asset_asked(shared, values, response);
  if (!asset) return;
  const store::TimeRange range = range_asked(values, *asset);
  const auto points = values.integer("points", kUsualPoints, 1, kMostPoints);
  const std::vector<std::string> wanted = values.words("series");
  if (values.refused(response) || refuse_empty(range, response)) return;
  if (wanted.empty()) {
    return write_problem({422, "missing_field", "series must name what to answer", "series", "", "",
                          "/series of the asset lists what there is"},
                         response);
  }
  std::vector<store::History> histories;
  for (const std::string& series : wanted) {
    const auto stream = stream_of(*shared.store, asset->asset, series);
    if (!stream) {
      return write_problem({404, "not_found", "there is no such series of this asset", "series",
                            series, "", "/series of the asset lists what there is"},
                           response);
    }
    auto history = shared.store->history(
        {asset->asset, *stream, series, range, static_cast<std::size_t>(points)});
    if (!history) return write_problem(problem_of(history.error()), response);
    histories.push_back(std::move(*history));
  }
  response.content_type = "application/json";
  JsonWriter json(response.body);
  json.begin_object().key("asset").text(asset->asset.value);
  json.key("from").text(iso_text(range.from)).key("to").text(iso_text(range.to));
  json.key("level").text(name(histories.front().level));
  json.key("series").begin_object();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    json.text_key(wanted[i]).begin_object();
    json.key("unit").text(unit_of(*shared.profile, wanted[i]));
    write_points(json, histories[i]);
    json.end_object();
  }
  json.end_object().end_object();
}

void write_export(const Shared& shared, const Request& request, Response& response) {
  if (!has_store(shared, response)) return;
  RequestValues values(request);
  const auto asset = asset_asked(shared, values, response);
  if (!asset) return;
  store::TimeRange range{values.time("from").value_or(asset->first),
                         values.time("to").value_or(asset->last + std::chrono::milliseconds{1})};
  std::vector<std::string> wanted = values.words("series");
  if (values.refused(response) || refuse_empty(range, response)) return;
  for (const std::string& series : wanted) {
    if (stream_of(*shared.store, asset->asset, series)) continue;
    return write_problem({404, "not_found", "there is no such series of this asset", "series",
                          series, "", "/series of the asset lists what there is"},
                         response);
  }
  if (wanted.empty()) {
    auto all = shared.store->series(asset->asset, store::Stream::samples);
    if (!all) return write_problem(problem_of(all.error()), response);
    wanted = std::move(*all);
  }
  response.content_type = "text/csv; charset=utf-8";
  response.headers = "Content-Disposition: attachment; filename=\"telemetry.csv\"\r\n";
  response.source =
      std::make_shared<CsvExport>(*shared.store, asset->asset, std::move(wanted), range);
}

void write_findings(const Shared& shared, const Request& request, Response& response) {
  if (!has_store(shared, response)) return;
  RequestValues values(request);
  const auto asset = values.text("asset");
  const store::TimeRange range{values.time("from").value_or(TimePoint{}),
                               values.time("to").value_or(TimePoint{std::chrono::years{278}})};
  const auto limit = values.integer("limit", kUsualFindings, 1, kMostFindings);
  if (values.refused(response) || refuse_empty(range, response)) return;
  const auto found = findings_of(*shared.store, asset, range, static_cast<std::size_t>(limit));
  if (!found) return write_problem(problem_of(found.error()), response);
  response.content_type = "application/json";
  JsonWriter json(response.body);
  json.begin_array();
  for (const store::Finding& finding : *found) write_finding(json, finding);
  json.end_array();
}

}  // namespace hvac::api
