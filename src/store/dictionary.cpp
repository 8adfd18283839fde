#include "store/dictionary.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/json.h"

namespace hvac::store {
namespace {

namespace json = boost::json;

constexpr int kNumberBits = 32;

Key key_of(NameKind kind, std::size_t number) {
  return (static_cast<Key>(kind) << kNumberBits) + static_cast<Key>(number);
}

std::string text_of(const Layout& layout) {
  json::array series;
  for (const std::string& name : layout.series) series.emplace_back(name);
  return json_text(json::object{{"origin", layout.origin}, {"series", std::move(series)}});
}

std::optional<Layout> parse_layout(std::string_view text) {
  const auto document = parse_json(text);
  if (!document || !document->is_object()) return std::nullopt;
  const json::object& object = document->get_object();
  const json::value* origin = object.if_contains("origin");
  const json::value* series = object.if_contains("series");
  if (origin == nullptr || !origin->is_string()) return std::nullopt;
  if (series == nullptr || !series->is_array()) return std::nullopt;
  Layout layout{std::string(origin->get_string()), {}};
  for (const json::value& name : series->get_array()) {
    if (!name.is_string()) return std::nullopt;
    layout.series.emplace_back(name.get_string());
  }
  return layout;
}

tl::unexpected<Error> misplaced(Table table, Key key) {
  return fail(ErrorCode::corrupt,
              fmt::format("table {}: entry {} is not one of this program", name(table), key));
}

}  // namespace

void Dictionary::Names::add(std::string name) {
  numbers.emplace(name, static_cast<std::uint32_t>(names.size()));
  names.push_back(std::move(name));
}

bool Dictionary::add_layout(std::string_view text) {
  auto layout = parse_layout(text);
  if (!layout) return false;
  KnownLayout known;
  for (const std::string& name : layout->series) {
    const auto number = find(NameKind::series, name);
    if (!number) return false;
    known.series.push_back(*number);
  }
  known.layout = std::make_shared<const Layout>(std::move(*layout));
  layout_numbers_.emplace(std::string(text), static_cast<std::uint32_t>(layouts_.size()));
  layouts_.push_back(std::move(known));
  return true;
}

Result<bool> Dictionary::behind(Reader& reader) const {
  bool more = false;
  const Reader::Visit found = [&more](Key, std::string_view) {
    more = true;
    return false;
  };
  for (std::size_t i = 0; i < kNameKindCount && !more; ++i) {
    const auto read =
        reader.scan(Table::names, unknown(static_cast<NameKind>(i)), Order::ascending, found);
    if (!read) return fail(read.error());
  }
  if (more) return true;
  const KeyRange layouts{static_cast<Key>(layouts_.size())};
  const auto read = reader.scan(Table::layouts, layouts, Order::ascending, found);
  if (!read) return fail(read.error());
  return more;
}

KeyRange Dictionary::unknown(NameKind kind) const {
  return {key_of(kind, of(kind).names.size()), key_of(kind, 0) + (Key{1} << kNumberBits)};
}

Result<void> Dictionary::catch_up(Reader& reader) {
  std::optional<Key> wrong;
  for (std::size_t i = 0; i < kNameKindCount; ++i) {
    const auto kind = static_cast<NameKind>(i);
    Names& names = of(kind);
    const auto read = reader.scan(Table::names, unknown(kind), Order::ascending,
                                  [&](Key key, std::string_view value) {
                                    if (key != key_of(kind, names.names.size())) wrong = key;
                                    names.add(std::string(value));
                                    return !wrong;
                                  });
    if (!read) return read;
    if (wrong) return misplaced(Table::names, *wrong);
  }
  const KeyRange layouts{static_cast<Key>(layouts_.size())};
  const auto read =
      reader.scan(Table::layouts, layouts, Order::ascending, [&](Key key, std::string_view value) {
        const bool next = key == static_cast<Key>(layouts_.size());
        if (!next || !add_layout(value)) wrong = key;
        return !wrong;
      });
  if (!read) return read;
  if (wrong) return misplaced(Table::layouts, *wrong);
  return {};
}

std::optional<std::uint32_t> Dictionary::find(NameKind kind, const std::string& name) const {
  const auto found = of(kind).numbers.find(name);
  return found == of(kind).numbers.end() ? std::nullopt : std::optional(found->second);
}

Result<std::uint32_t> Dictionary::number_of(NameKind kind, const std::string& name,
                                            Writer& writer) {
  if (const auto known = find(kind, name)) return *known;
  const auto number = static_cast<std::uint32_t>(of(kind).names.size());
  const Entry entry{key_of(kind, number), name};
  if (auto put = writer.put(Table::names, {&entry, 1}); !put) return fail(put.error());
  of(kind).add(name);
  return number;
}

Result<std::uint32_t> Dictionary::number_of(const std::shared_ptr<const Layout>& layout,
                                            Writer& writer) {
  std::string text = text_of(*layout);
  if (const auto known = layout_numbers_.find(text); known != layout_numbers_.end()) {
    return known->second;
  }
  for (const std::string& name : layout->series) {
    if (auto number = number_of(NameKind::series, name, writer); !number) return number;
  }
  const auto number = static_cast<std::uint32_t>(layouts_.size());
  const Entry entry{number, text};
  if (auto put = writer.put(Table::layouts, {&entry, 1}); !put) return fail(put.error());
  add_layout(text);
  return number;
}

}  // namespace hvac::store
