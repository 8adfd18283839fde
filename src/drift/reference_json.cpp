#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>
#include <numeric>

#include "base/json.h"
#include "base/number.h"
#include "drift/reference.h"

namespace hvac::drift {
namespace {

namespace json = boost::json;

constexpr int kFormat = 1;
constexpr std::size_t kMostBins = 32;
constexpr std::size_t kMostCuts = 200;
constexpr std::size_t kMostTags = 1000;
constexpr std::size_t kMostModes = 32;

// Chunks only tell how the reference varies: seven digits are enough.
double rounded(double value) { return *parse_number(fmt::format("{:.7g}", value)); }

template <class T>
json::array array_of(const std::vector<T>& values) {
  json::array out;
  out.reserve(values.size());
  for (const T value : values) out.emplace_back(value);
  return out;
}

// As text, since Boost.JSON may read a number back one bit off, and a cut just below a value is
// told from it by that.
std::string cuts_text(const std::vector<double>& cuts) {
  std::string text;
  for (const double cut : cuts) text += (text.empty() ? "" : " ") + number_text(cut);
  return text;
}

json::array chunk_json(const Chunk& chunk) {
  json::array out;
  out.reserve(chunk.bins.size() + 5);
  out.emplace_back(chunk.moments.n);
  for (const double value :
       {chunk.moments.mean, chunk.moments.sd(), chunk.moments.low, chunk.moments.high}) {
    out.emplace_back(rounded(value));
  }
  for (const std::uint32_t count : chunk.bins) out.emplace_back(count);
  return out;
}

json::object tag_json(const TagReference& tag) {
  json::object out;
  out["n"] = tag.moments.n;
  if (tag.bins == 0) return out;
  out["mean"] = tag.moments.mean;
  out["sd"] = tag.moments.sd();
  out["low"] = tag.moments.low;
  out["high"] = tag.moments.high;
  out["fence_low"] = tag.fence_low;
  out["fence_high"] = tag.fence_high;
  out["by_value"] = tag.by_value;
  out["bins"] = tag.bins;
  out["cuts"] = cuts_text(tag.cuts);
  out["bin_of_cell"] = array_of(tag.bin_of_cell);
  out["cells"] = array_of(tag.cells);
  json::array chunks;
  for (const Chunk& chunk : tag.chunks) chunks.push_back(chunk_json(chunk));
  out["chunks"] = std::move(chunks);
  return out;
}

// Boost.JSON's checked access throws where the document has another shape; so does this where it
// has that shape but makes no sense. Caught in parse_reference.
void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

double number(const json::value& value) {
  const double number = value.to_number<double>();
  require(std::isfinite(number), "a number is not finite");
  return number;
}

template <class T>
std::vector<T> numbers(const json::value& value, std::size_t most) {
  require(value.as_array().size() <= most, "a list is too long");
  std::vector<T> out;
  for (const json::value& one : value.as_array()) out.push_back(one.to_number<T>());
  return out;
}

Moments moments_of(std::uint64_t n, double mean, double sd, double low, double high) {
  require(sd >= 0.0 && low <= high, "a spread is negative");
  return {n, mean, sd * sd * static_cast<double>(n), low, high};
}

Chunk parse_chunk(const json::array& array, std::size_t bins) {
  require(array.size() == bins + 5, "a chunk has another number of bins");
  Chunk chunk;
  chunk.moments = moments_of(array[0].to_number<std::uint32_t>(), number(array[1]),
                             number(array[2]), number(array[3]), number(array[4]));
  for (std::size_t bin = 0; bin < bins; ++bin) {
    chunk.bins.push_back(array[5 + bin].to_number<std::uint32_t>());
  }
  return chunk;
}

std::vector<double> parse_cuts(std::string_view text) {
  std::vector<double> cuts;
  while (true) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::optional<double> cut = parse_number(text.substr(0, end));
    require(cut.has_value() && cuts.size() < kMostCuts, "a cut is no number, or they are too many");
    cuts.push_back(*cut);
    if (end == text.size()) return cuts;
    text.remove_prefix(end + 1);
  }
}

void parse_bins(const json::object& object, TagReference& tag) {
  tag.bins = object.at("bins").to_number<std::size_t>();
  require(tag.bins >= 1 && tag.bins <= kMostBins, "a tag has too many bins or none");
  tag.cuts = parse_cuts(object.at("cuts").as_string());
  for (std::size_t i = 0; i < tag.cuts.size(); ++i) {
    require(std::isfinite(tag.cuts[i]) && (i == 0 || tag.cuts[i - 1] < tag.cuts[i]),
            "cuts are not ascending");
  }
  tag.bin_of_cell = numbers<std::uint8_t>(object.at("bin_of_cell"), kMostCuts + 1);
  tag.cells = numbers<std::uint64_t>(object.at("cells"), kMostCuts + 1);
  require(
      tag.bin_of_cell.size() == tag.cuts.size() + 1 && tag.cells.size() == tag.bin_of_cell.size(),
      "cells do not match cuts");
  for (const std::uint8_t bin : tag.bin_of_cell) require(bin < tag.bins, "a cell has no bin");
  std::uint64_t sum = 0;
  for (const std::uint64_t count : tag.cells) {
    require(count <= tag.moments.n, "a cell holds more than all");
    sum += count;
  }
  require(sum == tag.moments.n, "cells do not add up");
}

TagReference parse_tag(const json::object& object) {
  TagReference tag;
  tag.moments.n = object.at("n").to_number<std::uint32_t>();
  if (!object.contains("bins")) return tag;
  require(tag.moments.n >= kLeastReference, "a tag has too few values");
  tag.moments = moments_of(tag.moments.n, number(object.at("mean")), number(object.at("sd")),
                           number(object.at("low")), number(object.at("high")));
  tag.fence_low = number(object.at("fence_low"));
  tag.fence_high = number(object.at("fence_high"));
  tag.by_value = object.at("by_value").as_bool();
  parse_bins(object, tag);
  for (const json::value& chunk : object.at("chunks").as_array()) {
    require(tag.chunks.size() < kChunks, "there are too many chunks");
    tag.chunks.push_back(parse_chunk(chunk.as_array(), tag.bins));
  }
  require(tag.chunks.size() == kChunks, "chunks are missing");
  return tag;
}

ModeReference parse_mode(const json::object& object, std::size_t tags) {
  ModeReference mode;
  mode.name = std::string(object.at("name").as_string());
  mode.rows = object.at("rows").to_number<std::uint32_t>();
  require(mode.rows > 0, "a mode has no rows");
  if (const json::value* recordings = object.if_contains("recordings")) {
    mode.recordings = recordings->to_number<std::uint32_t>();
  }
  require(object.at("tags").as_array().size() == tags, "a mode has another number of tags");
  for (const json::value& tag : object.at("tags").as_array()) {
    mode.tags.push_back(parse_tag(tag.as_object()));
  }
  return mode;
}

std::string word(const json::object& object, const char* key) {
  return std::string(object.at(key).as_string());
}

}  // namespace

std::string reference_text(const Reference& reference) {
  json::array tags(reference.tags.begin(), reference.tags.end());
  json::array modes;
  for (const ModeReference& mode : reference.modes) {
    json::array of_tags;
    for (const TagReference& tag : mode.tags) of_tags.push_back(tag_json(tag));
    modes.push_back({{"name", mode.name},
                     {"rows", mode.rows},
                     {"recordings", mode.recordings},
                     {"tags", std::move(of_tags)}});
  }
  return json_text(json::object{{"format", kFormat},
                                {"source", reference.source},
                                {"created", reference.created},
                                {"model_version", reference.model_version},
                                {"tags", std::move(tags)},
                                {"modes", std::move(modes)}});
}

Result<Reference> parse_reference(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return fail(ErrorCode::corrupt, document.error().message);
  Reference reference;
  try {
    const json::object& object = document->as_object();
    require(object.at("format").to_number<int>() == kFormat, "its format is not 1");
    reference.source = word(object, "source");
    reference.created = word(object, "created");
    reference.model_version = word(object, "model_version");
    const json::array& tags = object.at("tags").as_array();
    require(tags.size() <= kMostTags, "there are too many tags");
    for (const json::value& tag : tags) reference.tags.emplace_back(tag.as_string());
    const json::array& modes = object.at("modes").as_array();
    require(!modes.empty() && modes.size() <= kMostModes, "there are no modes or too many");
    for (const json::value& mode : modes) {
      reference.modes.push_back(parse_mode(mode.as_object(), tags.size()));
    }
  } catch (const std::exception& error) {
    return fail(ErrorCode::corrupt, std::string("is no drift reference: ") + error.what());
  }
  return reference;
}

}  // namespace hvac::drift
