#include "ops/postgres_tools.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/files.h"
#include "ops/command.h"

namespace hvac::ops {
namespace {

struct Parsed {
  std::string words;     ///< key='value' ... without the password.
  std::string password;  ///< Empty when there is none.
};

std::string quoted(const std::string& value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

// `database` empty: the connection's own.
Result<Parsed> parse(const std::string& connection, const std::string& database = "") {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(connection.c_str(), &message), &PQconninfoFree);
  if (!options) {
    const std::string reason = message == nullptr ? "unknown" : message;
    PQfreemem(message);
    return fail(ErrorCode::invalid_argument, "PostgreSQL connection: " + reason);
  }
  Parsed parsed;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    const std::string_view key = option->keyword;
    if (option->val == nullptr || (key == "dbname" && !database.empty())) continue;
    if (key == "password") {
      parsed.password = option->val;
    } else {
      parsed.words += fmt::format("{}={} ", key, quoted(option->val));
    }
  }
  if (!database.empty()) parsed.words = fmt::format("dbname={} {}", quoted(database), parsed.words);
  return parsed;
}

Result<CommandResult> run(const std::string& connection, std::vector<std::string> words,
                          CommandOptions options) {
  const auto parsed = parse(connection);
  if (!parsed) return fail(parsed.error());
  if (!parsed->password.empty()) options.environment["PGPASSWORD"] = parsed->password;
  options.environment["PGCONNECT_TIMEOUT"] = "10";
  options.limit = std::chrono::seconds(3600);
  words.push_back("--dbname=" + parsed->words);
  const auto result = run_command(words, options);
  if (!result) return fail(result.error());
  if (result->exit == 0) return result;
  std::string reason = result->errors.substr(0, 500);
  reason.erase(reason.find_last_not_of(" \n") + 1);
  return fail(ErrorCode::unavailable, words.front() + ": " + reason);
}

Result<CommandResult> query(const std::string& connection, const std::string& sql) {
  return run(connection, {"psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command=" + sql},
             {});
}

}  // namespace

Result<void> dump_postgres(const std::string& connection, const std::filesystem::path& file) {
  if (auto made = make_folder(file.parent_path()); !made) return made;
  CommandOptions options;
  options.output = file;
  const auto done = run(connection,
                        {"pg_dump", "--schema=hvac_twin", "--no-owner", "--no-privileges",
                         "--encoding=UTF8", "--lock-wait-timeout=10s"},
                        options);
  if (!done) return fail(done.error());
  return {};
}

Result<void> restore_postgres(const std::string& connection, const std::filesystem::path& dump,
                              const std::string& stamp) {
  std::string schema = "hvac_twin_replaced_" + stamp;
  std::transform(schema.begin(), schema.end(), schema.begin(), [](unsigned char c) {
    return std::isalnum(c) != 0 ? static_cast<char>(std::tolower(c)) : '_';
  });
  // The empty schema of a new database has nothing that is worth keeping, but is kept all the same.
  const auto there = query(
      connection, fmt::format("SELECT count(*) FROM pg_namespace WHERE nspname = '{}'", schema));
  if (!there) return fail(there.error());
  if (there->output.starts_with("1")) return {};
  const std::string script = fmt::format(
      "SET lock_timeout = '10s';\n"
      "DO $$ BEGIN IF EXISTS (SELECT FROM pg_namespace WHERE nspname = 'hvac_twin') THEN\n"
      "  ALTER SCHEMA hvac_twin RENAME TO {0}; ELSE CREATE SCHEMA {0}; END IF; END $$;\n"
      "\\i '{1}'\n",
      schema, dump.string());
  const std::filesystem::path file = dump.string() + ".switch";
  if (auto written = write_file_atomically(file, script); !written) return written;
  const auto done = run(connection,
                        {"psql", "--no-psqlrc", "--quiet", "--single-transaction",
                         "--set=ON_ERROR_STOP=1", "--file=" + file.string()},
                        {});
  if (!done) return fail(done.error());
  return {};
}

Result<ScratchDatabase> ScratchDatabase::make(const std::string& connection,
                                              const std::string& name) {
  const auto parsed = parse(connection, name);
  if (!parsed) return fail(parsed.error());
  // What a drill that was killed left behind.
  const auto dropped = query(connection, fmt::format("DROP DATABASE IF EXISTS {}", name));
  if (!dropped) return fail(dropped.error());
  const auto made = query(connection, fmt::format("CREATE DATABASE {}", name));
  if (!made) return fail(made.error());
  std::string own = parsed->words;
  if (!parsed->password.empty()) own += "password=" + quoted(parsed->password);
  return ScratchDatabase(connection, name, std::move(own));
}

ScratchDatabase::ScratchDatabase(std::string server, std::string name, std::string connection)
    : server_(std::move(server)), name_(std::move(name)), connection_(std::move(connection)) {}

ScratchDatabase::ScratchDatabase(ScratchDatabase&& other) noexcept
    : server_(std::exchange(other.server_, {})),
      name_(std::move(other.name_)),
      connection_(std::move(other.connection_)) {}

ScratchDatabase::~ScratchDatabase() {
  if (server_.empty()) return;
  const auto dropped =
      query(server_, fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", name_));
  (void)dropped;  // The next drill drops it.
}

std::string without_password(const std::string& connection) {
  const auto parsed = parse(connection);
  return parsed ? parsed->words : std::string("(unreadable)");
}

}  // namespace hvac::ops
