#include "store/open.h"

#include <chrono>
#include <optional>
#include <utility>

#include "base/guarded.h"
#include "store/postgres_engine.h"

namespace hvac::store {
namespace {

bool is_postgres(const std::string& where) {
  return where.starts_with("postgresql://") || where.starts_with("postgres://") ||
         where.find("dbname=") != std::string::npos;
}

std::filesystem::path file_of(const std::string& where, const std::filesystem::path& otherwise) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (where.empty()) return otherwise;
  return where.starts_with(kSqlite) ? where.substr(kSqlite.size()) : where;
}

/// A PostgreSQL database that is opened when its server is there. Any thread.
class LateEngine final : public Engine {
 public:
  explicit LateEngine(std::string connection) : connection_(std::move(connection)) {}

  /// The engine, once it could be opened. Errors: as open_postgres.
  Result<Engine*> engine() {
    return state_.with([&](State& state) -> Result<Engine*> {
      if (state.engine) return state.engine.get();
      const auto now = std::chrono::steady_clock::now();
      if (state.failure && now < state.next) return fail(*state.failure);
      auto opened = make_postgres_engine(connection_);
      if (!opened) {
        state.failure = opened.error();
        state.next = std::chrono::steady_clock::now() + kPause;
        return fail(opened.error());
      }
      state.engine = std::move(*opened);
      return state.engine.get();
    });
  }

  Result<std::unique_ptr<Reader>> read() override {
    const auto open = engine();
    if (!open) return fail(open.error());
    return (*open)->read();
  }
  Result<std::unique_ptr<Writer>> write() override {
    const auto open = engine();
    if (!open) return fail(open.error());
    return (*open)->write();
  }
  Result<void> verify() override {
    const auto open = engine();
    if (!open) return fail(open.error());
    return (*open)->verify();
  }
  Result<void> backup_to(const std::filesystem::path& path) override {
    const auto open = engine();
    if (!open) return fail(open.error());
    return (*open)->backup_to(path);
  }

 private:
  static constexpr std::chrono::seconds kPause{1};
  struct State {
    std::unique_ptr<Engine> engine;
    std::optional<Error> failure;
    std::chrono::steady_clock::time_point next;
  };
  const std::string connection_;
  Guarded<State> state_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::string& where,
                                          const std::filesystem::path& file) {
  if (!is_postgres(where)) return open_sqlite(file_of(where, file));
  auto late = std::make_unique<LateEngine>(where);
  if (auto open = late->engine(); !open && open.error().code != ErrorCode::unavailable) {
    return fail(open.error());
  }
  return std::make_unique<Store>(std::move(late));
}

std::string shown_place(const std::string& where, const std::filesystem::path& file) {
  if (!is_postgres(where)) return file_of(where, file).string();
  std::string shown = where;
  if (const auto scheme = shown.find("://"); scheme != std::string::npos) {
    const auto begin = scheme + 3;
    const auto at = shown.find('@', begin);
    const auto colon = shown.find(':', begin);
    if (at != std::string::npos && colon < at) shown.replace(colon + 1, at - colon - 1, "***");
    return shown;
  }
  constexpr std::string_view kKey = "password=";
  if (const auto key = shown.find(kKey); key != std::string::npos) {
    const auto begin = key + kKey.size();
    const auto end = std::min(shown.find(' ', begin), shown.size());
    shown.replace(begin, end - begin, "***");
  }
  return shown;
}

}  // namespace hvac::store
