#include <fmt/format.h>

#include <fstream>
#include <optional>

#include "store/bytes.h"
#include "store/changes.h"
#include "store/keys.h"
#include "store/record_codec.h"
#include "store/row_codec.h"

// A file of changes: the magic, then frames of at most a few hundred kilobytes, each a length and
// items; an item is a letter and its fields. Numbers of assets and layouts are the file's own.
namespace hvac::store {
namespace {

constexpr std::string_view kMagic = "HVACCHG1";
constexpr std::size_t kFrameBytes = 256 << 10;
constexpr std::uint64_t kLargestFrame = 64 << 20;

enum Item : char {
  asset_item = 'a',
  layout_item = 'l',
  sample_item = 's',
  outcome_item = 'o',
  finding_item = 'f',
  alert_item = 'p',
  report_item = 'd',
  audit_item = 'u',
  state_item = 't',
  end_item = 'e',
};

void append_text(std::string& bytes, std::string_view text) {
  append_varint(bytes, text.size());
  bytes += text;
}

// Reads the items of one frame.
class ItemReader {
 public:
  explicit ItemReader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  bool good() const { return good_; }

  char letter() { return take(1).empty() ? '\0' : last_.front(); }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::string_view one = take(1);
      if (one.empty()) return 0;
      const auto byte = static_cast<unsigned char>(one.front());
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    good_ = false;
    return 0;
  }
  std::string_view text() {
    const std::uint64_t size = number();
    return size == 0 ? std::string_view() : take(size);
  }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) {
      good_ = false;
      rest_ = {};
      return last_ = {};
    }
    last_ = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return last_;
  }

  std::string_view rest_;
  std::string_view last_;
  bool good_ = true;
};

// What the items of a file become.
class Parser {
 public:
  explicit Parser(std::int64_t chained) : chained_(chained) {}

  // The batch of one frame; nothing when its bytes make no sense.
  std::optional<Batch> parse(std::string_view frame) {
    Batch batch;
    ItemReader in(frame);
    while (!in.at_end()) {
      if (ended_ || !item(in, batch) || !in.good()) return std::nullopt;
    }
    return batch;
  }
  bool ended() const { return ended_; }
  std::optional<std::int64_t> audit_gap() const { return audit_gap_; }

 private:
  bool item(ItemReader& in, Batch& batch) {
    const char kind = in.letter();
    switch (kind) {
      case asset_item:
        assets_.emplace_back(in.text());
        return true;
      case layout_item:
        return layout(in);
      case sample_item:
        return row(in, batch.samples);
      case outcome_item:
        return row(in, batch.outcomes);
      case state_item: {
        const std::string name(in.text());
        batch.states.push_back({name, std::string(in.text())});
        return true;
      }
      case audit_item:
        return audit(in, batch);
      case end_item:
        in.number();
        ended_ = true;
        return true;
      default:
        return record(kind, in, batch);
    }
  }

  bool layout(ItemReader& in) {
    Layout layout;
    layout.origin = in.text();
    for (std::uint64_t n = in.number(); n > 0 && in.good(); --n) {
      layout.series.emplace_back(in.text());
    }
    layouts_.push_back(std::make_shared<const Layout>(std::move(layout)));
    return true;
  }

  bool row(ItemReader& in, std::vector<Row>& rows) {
    const std::uint64_t asset = in.number();
    const std::uint64_t layout = in.number();
    const auto ms = static_cast<std::int64_t>(in.number());
    const std::string_view bytes = in.text();
    if (asset >= assets_.size() || layout >= layouts_.size()) return false;
    if (!decode_row(bytes, layouts_[layout]->series.size(), decoded_)) return false;
    rows.push_back(Row{AssetId{assets_[asset]}, time_from_ms(ms), layouts_[layout], decoded_.values,
                       decoded_.quality});
    return true;
  }

  bool record(char kind, ItemReader& in, Batch& batch) {
    const TimePoint time = time_from_ms(static_cast<std::int64_t>(in.number()));
    const std::string_view bytes = in.text();
    const auto keep = [](auto parsed, auto& list) {
      if (parsed) list.push_back(std::move(*parsed));
      return parsed.has_value();
    };
    if (kind == finding_item) return keep(parse_finding(bytes, time), batch.findings);
    if (kind == alert_item) return keep(parse_alert(bytes, time), batch.alerts);
    if (kind == report_item) return keep(parse_drift_report(bytes, time), batch.drift_reports);
    return false;
  }

  bool audit(ItemReader& in, Batch& batch) {
    const auto number = static_cast<std::int64_t>(in.number());
    const auto entry = parse_audit(in.text(), number);
    if (!entry) return false;
    if (number <= chained_) return true;
    if (number != chained_ + 1) audit_gap_ = chained_ + 1;
    chained_ = number;
    batch.audit.push_back(entry->entry);
    return !audit_gap_;
  }

  std::int64_t chained_;
  std::vector<std::string> assets_;
  std::vector<std::shared_ptr<const Layout>> layouts_;
  DecodedRow decoded_;
  bool ended_ = false;
  std::optional<std::int64_t> audit_gap_;
};

std::optional<std::string> read_frame(std::istream& file) {
  std::uint32_t size = 0;
  if (!file.read(reinterpret_cast<char*>(&size), sizeof size) || size > kLargestFrame) {
    return std::nullopt;
  }
  std::string frame(size, '\0');
  if (!file.read(frame.data(), size)) return std::nullopt;
  return frame;
}

tl::unexpected<Error> damaged(Table table, Key key) {
  return fail(ErrorCode::corrupt, fmt::format("table {}: entry {} is damaged", name(table), key));
}

char letter_of(Table table) {
  switch (table) {
    case Table::samples:
      return sample_item;
    case Table::outcomes:
      return outcome_item;
    case Table::findings:
      return finding_item;
    case Table::alerts:
      return alert_item;
    case Table::drift_reports:
      return report_item;
    case Table::audit:
      return audit_item;
    default:
      return state_item;
  }
}

}  // namespace

ChangeFileWriter::ChangeFileWriter(Sink sink) : sink_(std::move(sink)) {}

std::uint64_t ChangeFileWriter::asset_of(const std::string& name) {
  const auto [place, fresh] = assets_.emplace(name, assets_.size());
  if (fresh) {
    frame_ += asset_item;
    append_text(frame_, name);
  }
  return place->second;
}

std::uint64_t ChangeFileWriter::layout_of(const std::shared_ptr<const Layout>& layout) {
  const auto [place, fresh] = layouts_.emplace(layout.get(), layouts_.size());
  if (fresh) {
    frame_ += layout_item;
    append_text(frame_, layout->origin);
    append_varint(frame_, layout->series.size());
    for (const std::string& series : layout->series) append_text(frame_, series);
  }
  return place->second;
}

Result<void> ChangeFileWriter::add(const Dictionary& names, Table table, const Entry& entry) {
  if (table == Table::samples || table == Table::outcomes) {
    const auto number = store::layout_of(entry.value);
    const auto& assets = names.names(NameKind::asset);
    const std::uint32_t asset = store::asset_of(entry.key);
    if (!number || *number >= names.layouts().size() || asset >= assets.size()) {
      return damaged(table, entry.key);
    }
    const std::uint64_t asset_here = asset_of(assets[asset]);
    const std::uint64_t layout_here = layout_of(names.layouts()[*number].layout);
    frame_ += letter_of(table);
    append_varint(frame_, asset_here);
    append_varint(frame_, layout_here);
    append_varint(frame_, static_cast<std::uint64_t>(ms_of(entry.key)));
  } else if (table == Table::states) {
    const auto& states = names.names(NameKind::state);
    if (entry.key < 0 || static_cast<std::size_t>(entry.key) >= states.size()) {
      return damaged(table, entry.key);
    }
    frame_ += state_item;
    append_text(frame_, states[static_cast<std::size_t>(entry.key)]);
  } else {
    frame_ += letter_of(table);
    const Key number = table == Table::audit ? entry.key : entry.key >> kSlotBits;
    append_varint(frame_, static_cast<std::uint64_t>(number));
  }
  append_text(frame_, entry.value);
  return frame_.size() < kFrameBytes ? Result<void>() : flush();
}

Result<void> ChangeFileWriter::flush() {
  std::string bytes;
  if (!begun_) bytes = kMagic;
  begun_ = true;
  append_fixed(bytes, static_cast<std::uint32_t>(frame_.size()));
  bytes += frame_;
  frame_.clear();
  return sink_(bytes);
}

Result<void> ChangeFileWriter::end(std::int64_t last) {
  frame_ += end_item;
  append_varint(frame_, static_cast<std::uint64_t>(last));
  return flush();
}

Result<void> read_change_file(const std::filesystem::path& path, std::int64_t chained,
                              const std::function<Result<void>(const Batch&)>& sink) {
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorCode::corrupt, path.string() + ": " + what);
  };
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::not_found, path.string() + ": cannot open");
  std::string magic(kMagic.size(), '\0');
  if (!file.read(magic.data(), static_cast<std::streamsize>(magic.size())) || magic != kMagic) {
    return wrong("no file of changes");
  }
  Parser parser(chained);
  while (!parser.ended()) {
    const auto frame = read_frame(file);
    if (!frame) return wrong("damaged or cut off");
    const auto batch = parser.parse(*frame);
    if (parser.audit_gap()) {
      return wrong(fmt::format("does not follow: audit entry {} is missing", *parser.audit_gap()));
    }
    if (!batch) return wrong("damaged");
    if (auto taken = sink(*batch); !taken) return taken;
  }
  if (file.peek() != std::ifstream::traits_type::eof()) return wrong("goes on after its end");
  return {};
}

}  // namespace hvac::store
