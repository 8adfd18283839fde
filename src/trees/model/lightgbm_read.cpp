#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "base/number.h"
#include "trees/model/lightgbm.h"
#include "trees/model/lightgbm_objective.h"

namespace hvac::trees {
namespace {

constexpr std::size_t kMaxFeatures = 65536;

// Bits of a decision_type.
constexpr std::int32_t kCategoricalBit = 1;
constexpr std::int32_t kDefaultLeftBit = 2;
constexpr std::int32_t kMissingShift = 2;
constexpr std::int32_t kDecisionLimit = 12;  // Missing types 0..2 and the two bits below.

tl::unexpected<Error> wrong(std::size_t line, std::string_view what) {
  return fail(ErrorCode::invalid_argument, fmt::format("line {}: {}", line, what));
}

// The value of one `key=value` line and where it stands.
struct Entry {
  std::string_view key;
  std::string_view value;
  std::size_t line = 0;
};

// The lines of a block, up to a blank one.
class Block {
 public:
  Result<void> add(Entry entry) {
    if (find(entry.key) != nullptr) {
      return wrong(entry.line, fmt::format("{} stands twice", entry.key));
    }
    entries_.push_back(entry);
    return {};
  }
  const Entry* find(std::string_view key) const {
    for (const Entry& entry : entries_) {
      if (entry.key == key) return &entry;
    }
    return nullptr;
  }
  Result<Entry> need(std::string_view key) const {
    const Entry* entry = find(key);
    if (entry == nullptr) return wrong(last_line, fmt::format("{} is missing above", key));
    return *entry;
  }

  std::size_t first_line = 0;
  std::size_t last_line = 0;
  std::size_t bytes = 0;  ///< Of the block, with the blank line that ends it.

 private:
  std::vector<Entry> entries_;
};

class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  bool at_end() const { return position_ >= text_.size(); }
  std::size_t number() const { return number_; }
  std::size_t position() const { return position_; }
  std::string_view peek() const {
    return text_.substr(position_, text_.find('\n', position_) - position_);
  }
  std::string_view next() {
    const std::string_view line = peek();
    position_ = std::min(position_ + line.size() + 1, text_.size());
    ++number_;
    return line;
  }
  void skip_blank() {
    while (!at_end() && peek().empty()) next();
  }

 private:
  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t number_ = 0;  // Of the line last returned, from 1.
};

Result<Block> read_block(Lines& lines) {
  Block block;
  block.first_line = lines.number() + 1;
  const std::size_t begin = lines.position();
  while (!lines.at_end() && !lines.peek().empty()) {
    const std::string_view line = lines.next();
    const std::size_t equals = line.find('=');
    Entry entry{line.substr(0, equals), {}, lines.number()};
    if (equals != std::string_view::npos) entry.value = line.substr(equals + 1);
    if (auto ok = block.add(entry); !ok) return fail(ok.error());
  }
  lines.skip_blank();
  block.last_line = lines.number();
  block.bytes = lines.position() - begin;
  return block;
}

// Words between blanks; LightGBM itself leaves double and trailing blanks in linear leaves.
template <class Use>
Result<void> for_each_word(const Entry& entry, Use&& use) {
  std::string_view rest = entry.value;
  while (true) {
    const std::size_t begin = rest.find_first_not_of(' ');
    if (begin == std::string_view::npos) return {};
    rest.remove_prefix(begin);
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    if (auto ok = use(word); !ok) return ok;
  }
}

enum class Infinite { no, allowed };

Result<std::vector<double>> reals(const Entry& entry, std::optional<std::size_t> size,
                                  Infinite infinite = Infinite::no) {
  std::vector<double> out;
  auto ok = for_each_word(entry, [&](std::string_view word) -> Result<void> {
    const auto value = parse_number(word);
    if (!value || std::isnan(*value) || (std::isinf(*value) && infinite == Infinite::no)) {
      return wrong(entry.line,
                   fmt::format("{}: \"{}\" is not a number it can be", entry.key, word));
    }
    out.push_back(*value);
    return {};
  });
  if (!ok) return fail(ok.error());
  if (size && out.size() != *size) {
    return wrong(entry.line, fmt::format("{} has {} values, not {}", entry.key, out.size(), *size));
  }
  return out;
}

template <class Int>
Result<std::vector<Int>> integers(const Entry& entry, std::optional<std::size_t> size) {
  std::vector<Int> out;
  auto ok = for_each_word(entry, [&](std::string_view word) -> Result<void> {
    Int value{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size()) {
      return wrong(entry.line, fmt::format("{}: \"{}\" is not a whole number of {} bits", entry.key,
                                           word, 8 * sizeof(Int)));
    }
    out.push_back(value);
    return {};
  });
  if (!ok) return fail(ok.error());
  if (size && out.size() != *size) {
    return wrong(entry.line, fmt::format("{} has {} values, not {}", entry.key, out.size(), *size));
  }
  return out;
}

Result<std::int64_t> integer(const Entry& entry, std::int64_t low, std::int64_t high) {
  const auto values = integers<std::int64_t>(entry, 1);
  if (!values) return fail(values.error());
  if (values->front() < low || values->front() > high) {
    return wrong(entry.line,
                 fmt::format("{} is {}, outside {}..{}", entry.key, values->front(), low, high));
  }
  return values->front();
}

// The optional arrays of a tree: of the right size where they stand.
Result<std::vector<double>> reals_or_zeros(const Block& block, std::string_view key,
                                           std::size_t size) {
  const Entry* entry = block.find(key);
  return entry != nullptr ? reals(*entry, size) : std::vector<double>(size, 0.0);
}

Result<void> read_categories(const Block& block, Tree& tree) {
  const auto count = block.need("num_cat");
  if (!count) return fail(count.error());
  const auto sets = integer(*count, 0, static_cast<std::int64_t>(tree.splits.size()));
  if (!sets) return fail(sets.error());
  if (*sets == 0) {
    if (std::ranges::none_of(tree.splits, &Split::categorical)) return {};
    return wrong(count->line, "num_cat is 0, but decision_type has categorical splits");
  }
  const auto bounds_entry = block.need("cat_boundaries");
  const auto bits_entry = block.need("cat_threshold");
  if (!bounds_entry) return fail(bounds_entry.error());
  if (!bits_entry) return fail(bits_entry.error());
  auto bounds = integers<std::uint32_t>(*bounds_entry, static_cast<std::size_t>(*sets) + 1);
  if (!bounds) return fail(bounds.error());
  auto bits = integers<std::uint32_t>(*bits_entry, std::nullopt);
  if (!bits) return fail(bits.error());
  bool rising = bounds->front() == 0 && bounds->back() == bits->size();
  for (std::size_t i = 1; i < bounds->size(); ++i) {
    rising = rising && (*bounds)[i] >= (*bounds)[i - 1];
  }
  if (!rising) {
    return wrong(bounds_entry->line,
                 fmt::format("cat_boundaries do not rise from 0 to {}", bits->size()));
  }
  for (std::size_t node = 0; node < tree.splits.size(); ++node) {
    Split& split = tree.splits[node];
    if (!split.categorical) continue;
    const double set = split.threshold;
    if (!(set >= 0.0 && set < static_cast<double>(*sets)) || set != std::floor(set)) {
      return wrong(block.need("threshold")->line,
                   fmt::format("node {} uses category set {} of {}", node, set, *sets));
    }
    const auto i = static_cast<std::size_t>(set);
    split.category_begin = (*bounds)[i];
    split.category_words = (*bounds)[i + 1] - (*bounds)[i];
    split.threshold = 0.0;
  }
  tree.category_bits = std::move(*bits);
  return {};
}

Result<void> read_splits(const Block& block, Tree& tree) {
  const std::size_t n = tree.splits.size();
  if (n == 0) return {};
  std::array<std::vector<std::int32_t>, 3> whole;
  const std::array<std::string_view, 3> keys = {"split_feature", "left_child", "right_child"};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto entry = block.need(keys[i]);
    if (!entry) return fail(entry.error());
    auto values = integers<std::int32_t>(*entry, n);
    if (!values) return fail(values.error());
    whole[i] = std::move(*values);
  }
  const auto threshold_entry = block.need("threshold");
  const auto decision_entry = block.need("decision_type");
  if (!threshold_entry) return fail(threshold_entry.error());
  if (!decision_entry) return fail(decision_entry.error());
  const auto thresholds = reals(*threshold_entry, n, Infinite::allowed);
  const auto decisions = integers<std::int32_t>(*decision_entry, n);
  const auto gains = reals_or_zeros(block, "split_gain", n);
  const auto counts = reals_or_zeros(block, "internal_count", n);
  if (!thresholds) return fail(thresholds.error());
  if (!decisions) return fail(decisions.error());
  if (!gains) return fail(gains.error());
  if (!counts) return fail(counts.error());
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t decision = (*decisions)[i];
    if (decision < 0 || decision >= kDecisionLimit) {
      return wrong(decision_entry->line, fmt::format("node {} has decision_type {}, outside 0..{}",
                                                     i, decision, kDecisionLimit - 1));
    }
    Split& split = tree.splits[i];
    split.feature = whole[0][i];
    split.left = whole[1][i];
    split.right = whole[2][i];
    split.threshold = (*thresholds)[i];
    split.categorical = (decision & kCategoricalBit) != 0;
    split.default_left = !split.categorical && (decision & kDefaultLeftBit) != 0;
    split.missing = static_cast<MissingType>(decision >> kMissingShift);
    split.gain = (*gains)[i];
    split.cover = (*counts)[i];
  }
  return read_categories(block, tree);
}

Result<void> read_linear(const Block& block, Tree& tree) {
  const Entry* flag = block.find("is_linear");
  if (flag == nullptr) return {};
  const auto linear = integer(*flag, 0, 1);
  if (!linear) return fail(linear.error());
  if (*linear == 0) return {};
  const std::size_t leaves = tree.leaf_values.size();
  const auto constant_entry = block.need("leaf_const");
  const auto count_entry = block.need("num_features");
  const auto feature_entry = block.need("leaf_features");
  const auto coefficient_entry = block.need("leaf_coeff");
  for (const auto* entry : {&constant_entry, &count_entry, &feature_entry, &coefficient_entry}) {
    if (!*entry) return fail(entry->error());
  }
  const auto constants = reals(*constant_entry, leaves);
  if (!constants) return fail(constants.error());
  const auto counts = integers<std::uint32_t>(*count_entry, leaves);
  if (!counts) return fail(counts.error());
  std::size_t total = 0;
  for (const std::uint32_t count : *counts) total += count;
  const auto features = integers<std::int32_t>(*feature_entry, total);
  if (!features) return fail(features.error());
  const auto coefficients = reals(*coefficient_entry, total);
  if (!coefficients) return fail(coefficients.error());
  auto feature = features->begin();
  auto coefficient = coefficients->begin();
  for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
    LinearLeaf& out = tree.linear.emplace_back();
    out.constant = (*constants)[leaf];
    const auto count = static_cast<std::ptrdiff_t>((*counts)[leaf]);
    out.features.assign(feature, feature + count);
    out.coefficients.assign(coefficient, coefficient + count);
    feature += count;
    coefficient += count;
  }
  return {};
}

Result<Tree> read_tree(const Block& block) {
  const auto leaves_entry = block.need("num_leaves");
  const auto value_entry = block.need("leaf_value");
  if (!leaves_entry) return fail(leaves_entry.error());
  if (!value_entry) return fail(value_entry.error());
  const auto leaves = integer(*leaves_entry, 1, std::numeric_limits<std::int32_t>::max());
  if (!leaves) return fail(leaves.error());
  // Before anything is sized by num_leaves: as many values stand there.
  auto values = reals(*value_entry, static_cast<std::size_t>(*leaves));
  if (!values) return fail(values.error());
  Tree tree;
  tree.leaf_values = std::move(*values);
  auto covers = reals_or_zeros(block, "leaf_count", tree.leaf_values.size());
  if (!covers) return fail(covers.error());
  tree.leaf_covers = std::move(*covers);
  tree.splits.resize(tree.leaf_values.size() - 1);
  if (auto ok = read_splits(block, tree); !ok) return fail(ok.error());
  if (auto ok = read_linear(block, tree); !ok) return fail(ok.error());
  if (const Entry* shrinkage = block.find("shrinkage")) {
    const auto value = reals(*shrinkage, 1);
    if (!value) return fail(value.error());
    tree.shrinkage = value->front();
  }
  return tree;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

bool has_empty(const std::vector<std::string>& list) {
  return std::ranges::any_of(list, &std::string::empty);
}

Result<void> read_features(const Block& header, Ensemble& ensemble) {
  const auto last = header.need("max_feature_idx");
  const auto names = header.need("feature_names");
  if (!last) return fail(last.error());
  if (!names) return fail(names.error());
  const auto last_index = integer(*last, 0, static_cast<std::int64_t>(kMaxFeatures) - 1);
  if (!last_index) return fail(last_index.error());
  const auto count = static_cast<std::size_t>(*last_index) + 1;
  ensemble.feature_names = words(names->value);
  if (ensemble.feature_names.size() != count) {
    return wrong(names->line, fmt::format("{} feature names for {} features",
                                          ensemble.feature_names.size(), count));
  }
  if (has_empty(ensemble.feature_names)) return wrong(names->line, "a feature name is empty");
  const Entry* infos = header.find("feature_infos");
  if (infos == nullptr) return {};
  ensemble.feature_infos = words(infos->value);
  if (ensemble.feature_infos.size() != count) {
    return wrong(infos->line, fmt::format("{} feature infos for {} features",
                                          ensemble.feature_infos.size(), count));
  }
  if (has_empty(ensemble.feature_infos)) return wrong(infos->line, "a feature info is empty");
  return {};
}

// The size in bytes of each tree's text; empty when the file does not say.
Result<std::vector<std::uint64_t>> read_header(const Block& header, Ensemble& ensemble) {
  const auto version = header.need("version");
  if (!version) return fail(version.error());
  if (version->value != "v4" && version->value != "v3") {
    return wrong(version->line, fmt::format("format {} is not v3 or v4", version->value));
  }
  for (const std::string_view key : {"num_class", "num_tree_per_iteration"}) {
    const auto entry = header.need(key);
    if (!entry) return fail(entry.error());
    const auto outputs = integer(*entry, 1, std::numeric_limits<std::int32_t>::max());
    if (!outputs) return fail(outputs.error());
    if (*outputs != 1) {
      return wrong(entry->line, fmt::format("{} is {}: only one output is read", key, *outputs));
    }
  }
  if (auto ok = read_features(header, ensemble); !ok) return fail(ok.error());
  if (const Entry* objective = header.find("objective")) {
    if (auto ok = read_lightgbm_objective(objective->value, ensemble); !ok) {
      return wrong(objective->line, ok.error().message);
    }
  }
  ensemble.average = header.find("average_output") != nullptr;
  const Entry* sizes = header.find("tree_sizes");
  if (sizes == nullptr) return std::vector<std::uint64_t>{};
  return integers<std::uint64_t>(*sizes, std::nullopt);
}

// Whether the tree's heading is "Tree=<index>".
bool is_heading(std::string_view line, std::size_t index) {
  return line == fmt::format("Tree={}", index);
}

Result<void> read_trees(Lines& lines, const std::vector<std::uint64_t>& sizes, bool sized,
                        Ensemble& ensemble) {
  while (!lines.at_end() && lines.peek() != "end of trees") {
    const std::size_t index = ensemble.trees.size();
    const std::size_t begin = lines.position();
    if (!is_heading(lines.next(), index)) {
      return wrong(lines.number(), fmt::format("expected Tree={} or \"end of trees\"", index));
    }
    const auto block = read_block(lines);
    if (!block) return fail(block.error());
    if (sized && (index >= sizes.size() || lines.position() - begin != sizes[index])) {
      return wrong(block->first_line - 1,
                   fmt::format("tree {} is {} bytes long, not as tree_sizes says", index,
                               lines.position() - begin));
    }
    auto tree = read_tree(*block);
    if (!tree) return fail(tree.error());
    if (auto ok = check_tree(*tree, ensemble.feature_count()); !ok) {
      return wrong(block->first_line - 1, ok.error().message);
    }
    ensemble.trees.push_back(std::move(*tree));
  }
  if (lines.at_end()) return wrong(lines.number(), "the file ends before \"end of trees\"");
  if (sized && ensemble.trees.size() != sizes.size()) {
    return wrong(lines.number() + 1, fmt::format("{} trees, but tree_sizes has {}",
                                                 ensemble.trees.size(), sizes.size()));
  }
  return {};
}

}  // namespace

Result<Ensemble> parse_lightgbm(std::string_view text) {
  Lines lines(text);
  if (lines.at_end() || lines.next() != "tree") {
    return wrong(1, "this is not a LightGBM model: its first line is \"tree\"");
  }
  const auto header = read_block(lines);
  if (!header) return fail(header.error());
  Ensemble ensemble;
  ensemble.comparison = Comparison::less_equal;
  const auto sizes = read_header(*header, ensemble);
  if (!sizes) return fail(sizes.error());
  if (auto ok = read_trees(lines, *sizes, header->find("tree_sizes") != nullptr, ensemble); !ok) {
    return fail(ok.error());
  }
  return ensemble;
}

}  // namespace hvac::trees
