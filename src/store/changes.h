#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/dictionary.h"
#include "store/engine.h"
#include "store/records.h"

/// What each commit wrote, so that a backup can take what came since the last one, late rows too.
namespace hvac::store {

/// Entries of one table, [from, last].
struct ChangedRange {
  Table table;
  Key from;
  Key last;
};

/// A writer that notes which rows and records are written through it. Names, layouts, rollups and
/// marks follow from them and are not noted.
class ChangeRecorder final : public Writer {
 public:
  /// `to` must outlive it.
  explicit ChangeRecorder(Writer& to) : to_(to) {}

  /// Writes what was noted under the next number and forgets what is far behind it.
  [[nodiscard]] Result<void> finish();

  Result<std::optional<std::string>> get(Table table, Key key) override {
    return to_.get(table, key);
  }
  Result<void> scan(Table table, KeyRange range, Order order, const Visit& visit) override {
    return to_.scan(table, range, order, visit);
  }
  Result<std::int64_t> count(Table table) override { return to_.count(table); }
  Result<std::vector<bool>> insert_new(Table table, std::span<const Entry> entries) override;
  Result<void> put(Table table, std::span<const Entry> entries) override;
  Result<std::int64_t> erase(Table table, KeyRange range, std::int64_t limit) override {
    return to_.erase(table, range, limit);
  }
  Result<void> commit() override { return to_.commit(); }

 private:
  void note(Table table, Key key);

  Writer& to_;
  std::vector<ChangedRange> ranges_;
};

/// The newest number; 0 when there is none.
[[nodiscard]] Result<std::int64_t> last_change(Reader& reader);

/// What the commits after `after` wrote, joined and in order of table and key. Errors: conflict
/// when some of them are forgotten or `after` is ahead; corrupt.
[[nodiscard]] Result<std::vector<ChangedRange>> changes_after(Reader& reader, std::int64_t after);

/// Writes entries so that they can be read without the dictionary they were written with.
class ChangeFileWriter {
 public:
  using Sink = std::function<Result<void>(std::string_view)>;
  explicit ChangeFileWriter(Sink sink);

  /// Errors: corrupt for an entry that makes no sense; those of the sink.
  [[nodiscard]] Result<void> add(const Dictionary& names, Table table, const Entry& entry);
  [[nodiscard]] Result<void> end(std::int64_t last);

 private:
  Result<void> flush();
  std::uint64_t asset_of(const std::string& name);
  std::uint64_t layout_of(const std::shared_ptr<const Layout>& layout);

  Sink sink_;
  std::string frame_;
  bool begun_ = false;
  std::unordered_map<std::string, std::uint64_t> assets_;
  std::unordered_map<const Layout*, std::uint64_t> layouts_;
};

/// Hands on what the file holds in batches; audit entries up to number `chained` are left out.
/// Errors: not_found; corrupt, naming the file, when it is damaged, cut off or audit entries are
/// missing before its first; those of `sink`.
[[nodiscard]] Result<void> read_change_file(const std::filesystem::path& path, std::int64_t chained,
                                            const std::function<Result<void>(const Batch&)>& sink);

}  // namespace hvac::store
