#include "store/memory_engine.h"

#include <array>
#include <map>
#include <mutex>
#include <shared_mutex>

namespace hvac::store {
namespace {

using Rows = std::map<Key, std::string>;

struct Tables {
  std::shared_mutex mutex;  // Held shared by a reader, alone by the writer.
  std::array<Rows, kTableCount> rows;

  Rows& of(Table table) { return rows[static_cast<std::size_t>(table)]; }
};

Result<void> visit_rows(const Rows& rows, KeyRange range, Order order, const Reader::Visit& visit) {
  if (range.from >= range.to) return {};
  const auto first = rows.lower_bound(range.from);
  const auto last = rows.lower_bound(range.to);
  if (order == Order::ascending) {
    for (auto row = first; row != last && visit(row->first, row->second); ++row) {
    }
    return {};
  }
  for (auto row = last; row != first;) {
    --row;
    if (!visit(row->first, row->second)) break;
  }
  return {};
}

Result<std::optional<std::string>> find(const Rows& rows, Key key) {
  const auto row = rows.find(key);
  return row == rows.end() ? std::nullopt : std::optional(row->second);
}

class MemoryReader final : public Reader {
 public:
  explicit MemoryReader(Tables& tables) : tables_(tables), lock_(tables.mutex) {}

  Result<std::optional<std::string>> get(Table table, Key key) override {
    return find(tables_.of(table), key);
  }
  Result<void> scan(Table table, KeyRange range, Order order, const Visit& visit) override {
    return visit_rows(tables_.of(table), range, order, visit);
  }
  Result<std::int64_t> count(Table table) override {
    return static_cast<std::int64_t>(tables_.of(table).size());
  }

 private:
  Tables& tables_;
  std::shared_lock<std::shared_mutex> lock_;
};

// Changes the tables at once and keeps what was there before, to put it back without commit.
class MemoryWriter final : public Writer {
 public:
  explicit MemoryWriter(Tables& tables) : tables_(tables), lock_(tables.mutex) {}

  ~MemoryWriter() override {
    if (committed_) return;
    for (auto change = before_.rbegin(); change != before_.rend(); ++change) {
      Rows& rows = tables_.of(change->table);
      if (change->value) {
        rows.insert_or_assign(change->key, std::move(*change->value));
      } else {
        rows.erase(change->key);
      }
    }
  }

  Result<std::optional<std::string>> get(Table table, Key key) override {
    return find(tables_.of(table), key);
  }
  Result<void> scan(Table table, KeyRange range, Order order, const Visit& visit) override {
    return visit_rows(tables_.of(table), range, order, visit);
  }
  Result<std::int64_t> count(Table table) override {
    return static_cast<std::int64_t>(tables_.of(table).size());
  }

  Result<std::vector<bool>> insert_new(Table table, std::span<const Entry> entries) override {
    std::vector<bool> added;
    added.reserve(entries.size());
    for (const Entry& entry : entries) {
      added.push_back(tables_.of(table).emplace(entry.key, entry.value).second);
      if (added.back()) before_.push_back({table, entry.key, std::nullopt});
    }
    return added;
  }

  Result<void> put(Table table, std::span<const Entry> entries) override {
    for (const Entry& entry : entries) {
      const auto [row, added] = tables_.of(table).try_emplace(entry.key, entry.value);
      before_.push_back({table, entry.key, added ? std::nullopt : std::optional(row->second)});
      if (!added) row->second = entry.value;
    }
    return {};
  }

  Result<std::int64_t> erase(Table table, KeyRange range, std::int64_t limit) override {
    Rows& rows = tables_.of(table);
    std::int64_t removed = 0;
    auto row = rows.lower_bound(range.from);
    while (row != rows.end() && row->first < range.to && removed < limit) {
      before_.push_back({table, row->first, std::move(row->second)});
      row = rows.erase(row);
      ++removed;
    }
    return removed;
  }

  Result<void> commit() override {
    committed_ = true;
    return {};
  }

 private:
  struct Before {
    Table table;
    Key key;
    std::optional<std::string> value;
  };

  Tables& tables_;
  std::unique_lock<std::shared_mutex> lock_;
  std::vector<Before> before_;
  bool committed_ = false;
};

class MemoryEngine final : public Engine {
 public:
  Result<std::unique_ptr<Reader>> read() override {
    return std::make_unique<MemoryReader>(tables_);
  }
  Result<std::unique_ptr<Writer>> write() override {
    return std::make_unique<MemoryWriter>(tables_);
  }
  Result<void> verify() override { return {}; }
  Result<void> backup_to(const std::filesystem::path& path) override {
    return fail(ErrorCode::conflict,
                path.string() + ": a store in memory is not kept, so there is nothing to back up");
  }

 private:
  Tables tables_;
};

}  // namespace

std::unique_ptr<Engine> make_memory_engine() { return std::make_unique<MemoryEngine>(); }

}  // namespace hvac::store
