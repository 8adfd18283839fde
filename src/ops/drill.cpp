#include "ops/drill.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>
#include <thread>

#include "base/files.h"
#include "base/iso_time.h"
#include "base/journal.h"
#include "base/json.h"
#include "ops/backup.h"
#include "ops/child.h"
#include "ops/instance.h"
#include "ops/postgres_tools.h"
#include "ops/probe.h"
#include "ops/restore.h"
#include "registry/load_model.h"
#include "registry/registry.h"
#include "store/store.h"

namespace hvac::ops {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr char kRecord[] = "drills.jsonl";
constexpr char kScratch[] = ".drill";
constexpr char kScratchDatabase[] = "hvac_twin_drill";
constexpr std::chrono::seconds kStartLimit{120};

class Scratch {
 public:
  explicit Scratch(fs::path folder) : folder_(std::move(folder)) { clear(); }
  ~Scratch() { clear(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& folder() const { return folder_; }

 private:
  void clear() const {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  fs::path folder_;
};

std::string batch_body() {
  json::array rows;
  for (const Question& question : questions()) {
    rows.push_back(json::object{{"UCWIT", question.ucwit_c},
                                {"UCAIT", question.ucait_c},
                                {"UCWF", question.ucwf_l_min},
                                {"UCAIH", question.ucaih_percent},
                                {"AMBT", question.ambt_c},
                                {"UCTSP", question.uctsp_c}});
  }
  return json_text(rows);
}

// Whether every answer of the server is that of the model, as far as it is written out.
Result<bool> served_equals(std::string_view body, const std::vector<twin::PerTarget<double>>& own) {
  const auto document = parse_json(body);
  if (!document) return fail(document.error());
  const json::array* list = document->if_array();
  if (list == nullptr && document->is_object()) {
    const json::value* inside = document->get_object().if_contains("predictions");
    list = inside != nullptr ? inside->if_array() : nullptr;
  }
  if (list == nullptr || list->size() != own.size()) return false;
  constexpr double kWritten = 5e-3;  // Answers are rounded for people.
  for (std::size_t i = 0; i < own.size(); ++i) {
    const json::object* one = (*list)[i].if_object();
    for (std::size_t t = 0; t < own[i].size(); ++t) {
      const json::value* value =
          one != nullptr ? one->if_contains(telemetry::kTargetNames[t]) : nullptr;
      if (value == nullptr || !value->is_number()) return false;
      if (!(std::abs(value->to_number<double>() - own[i][t]) <= kWritten)) return false;
    }
  }
  return true;
}

// The started program's URL, once it is healthy.
Result<std::string> wait_until_healthy(Child& child, const Ask& ask) {
  const auto line = child.line(kStartLimit);
  if (!line) return fail(line.error());
  const auto said = parse_json(*line);
  const json::value* url =
      said && said->is_object() ? said->get_object().if_contains("url") : nullptr;
  if (url == nullptr || !url->is_string()) {
    return fail(ErrorCode::unavailable, "the restored instance does not say where it serves");
  }
  const std::string address(url->get_string());
  const auto end = std::chrono::steady_clock::now() + kStartLimit;
  for (;;) {
    const auto health = ask(address + "/health/ready", "");
    if (health) return address;
    if (std::chrono::steady_clock::now() > end) return fail(health.error());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

// Keys and certificates of the instance are not for the scratch one, which serves on the loopback
// only, takes no telemetry and has a store of its own. That is said in its settings: a connection
// may hold a password, and a command line can be read by all.
Result<void> make_it_scratch(const fs::path& home, const std::string& connection) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(home, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("keys") || name == "tls" || name == "config.toml") {
      fs::remove_all(entry.path(), ignored);
    }
  }
  if (connection.empty()) return {};
  std::string quoted;
  for (const char c : connection) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return write_file_atomically(home / "config.toml", fmt::format("[store]\nurl = \"{}\"\n", quoted),
                               Readers::owner);
}

Result<std::unique_ptr<store::Store>> open_restored(const fs::path& home,
                                                    const std::string& connection) {
  return connection.empty() ? store::open_sqlite(home / kDatabase)
                            : store::open_postgres(connection);
}

Result<void> check_running(const fs::path& home, const Ask& ask, DrillReport& report) {
  const auto model = registry::load_model(registry::Registry(home / "models"), "current");
  if (!model) return fail(model.error());
  const auto own = answers(**model);
  std::vector<std::string> words = {own_program(), "--home", home.string(), "--json",
                                    "run",         "--role", "api",         "--port",
                                    "0",           "--bind", "127.0.0.1"};
  // Without settings, whatever the environment says of a store.
  if (!fs::exists(home / "config.toml")) {
    words.insert(words.end(), {"--store", (home / kDatabase).string()});
  }
  auto child = Child::start(words, (home / "drill.err").string());
  if (!child) return fail(child.error());
  const auto url = wait_until_healthy(*child, ask);
  if (!url) return fail(url.error());
  const auto served = ask(*url + "/predict/batch", batch_body());
  if (!served) return fail(served.error());
  const auto equal = served_equals(*served, own);
  if (!equal) return fail(equal.error());
  report.served_matches = *equal;
  if (const int exit = child->stop(std::chrono::seconds(30)); exit != 0) {
    return fail(ErrorCode::unavailable,
                fmt::format("the restored instance did not stop in order (exit code {})", exit));
  }
  if (!report.served_matches) {
    return fail(ErrorCode::corrupt,
                "the restored instance serves other predictions than its model");
  }
  return {};
}

Result<void> run(const Catalog& catalog, const DrillOptions& options, const Clock& clock,
                 const Progress& progress, DrillReport& report) {
  const auto begin = std::chrono::steady_clock::now();
  const auto backups = catalog.list();
  if (!backups) return fail(backups.error());
  const auto covered = covered_until(catalog, *backups);
  if (covered) {
    report.rpo_s = std::chrono::duration<double>(report.time - *covered).count();
  }
  const Scratch scratch(catalog.folder() / kScratch);
  RestoreRequest request;
  request.secret = options.secret;
  request.by = options.by;
  const auto chosen = newest_backup(*backups, std::nullopt);
  if (!chosen) return fail(chosen.error());
  std::optional<ScratchDatabase> database;
  if (chosen->card.store == "postgresql") {
    if (options.connection.empty()) {
      return fail(
          ErrorCode::invalid_argument,
          "the backup is of a PostgreSQL store, and store.url names no server to restore it to");
    }
    auto made = ScratchDatabase::make(options.connection, kScratchDatabase);
    if (!made) return fail(made.error());
    database.emplace(std::move(*made));
    request.connection = database->connection();
  }
  const auto restored = restore_backup(catalog, scratch.folder(), request, clock, progress);
  if (!restored) return fail(restored.error());
  report.backup = restored->backups.back();
  const auto digest = prediction_digest(scratch.folder());
  if (!digest) return fail(digest.error());
  report.digest_matches = digest->digest == restored->prediction.digest;
  report.expected_samples = restored->counts.samples;
  if (!report.digest_matches) {
    return fail(ErrorCode::corrupt, "the restored model predicts otherwise than the backed up one");
  }
  if (auto made = make_it_scratch(scratch.folder(), request.connection); !made) return made;
  if (digest->model.empty()) {
    return fail(ErrorCode::not_found, "the backup holds no model, so nothing can be started");
  }
  if (auto right = check_running(scratch.folder(), options.ask, report); !right) return right;
  report.rto_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!database && !fs::exists(scratch.folder() / kDatabase)) return {};
  const auto store = open_restored(scratch.folder(), request.connection);
  if (!store) return fail(store.error());
  const auto counts = (*store)->counts();
  if (!counts) return fail(counts.error());
  report.samples = counts->samples;
  if (report.samples != report.expected_samples) {
    return fail(ErrorCode::corrupt,
                fmt::format("the running instance has {} samples, restored were {}", report.samples,
                            report.expected_samples));
  }
  return {};
}

}  // namespace

std::string drill_text(const DrillReport& report) {
  return json_text(json::object{{"time", iso_text(report.time)},
                                {"time_ms", report.time.time_since_epoch().count()},
                                {"backup", report.backup},
                                {"passed", report.passed},
                                {"fault", report.fault},
                                {"rto_s", report.rto_s},
                                {"rpo_s", report.rpo_s},
                                {"digest_matches", report.digest_matches},
                                {"served_matches", report.served_matches},
                                {"samples", report.samples},
                                {"expected_samples", report.expected_samples},
                                {"by", report.by}});
}

Result<DrillReport> drill(const Catalog& catalog, const DrillOptions& options, const Clock& clock,
                          const Progress& progress) {
  DrillReport report;
  report.time = clock();
  report.by = options.by;
  const auto done = run(catalog, options, clock, progress, report);
  if (!done && done.error().code == ErrorCode::interrupted) return fail(done.error());
  report.passed = done.has_value();
  if (!done) report.fault = done.error().message;
  if (auto kept = append_journal(catalog.folder() / kRecord, drill_text(report)); !kept) {
    return fail(kept.error());
  }
  return report;
}

Result<std::vector<DrillReport>> read_drills(const Catalog& catalog) {
  const auto lines = read_journal(catalog.folder() / kRecord);
  if (!lines) return fail(lines.error());
  std::vector<DrillReport> drills;
  for (const std::string& line : *lines) {
    const auto document = parse_json(line);
    const json::object* object = document ? document->if_object() : nullptr;
    if (object == nullptr) continue;  // A damaged line hides no other.
    const auto text = [&](const char* key) {
      const json::value* value = object->if_contains(key);
      return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                    : std::string();
    };
    const auto number = [&](const char* key) {
      const json::value* value = object->if_contains(key);
      return value != nullptr && value->is_number() ? value->to_number<double>() : 0.0;
    };
    const auto flag = [&](const char* key) {
      const json::value* value = object->if_contains(key);
      return value != nullptr && value->is_bool() && value->get_bool();
    };
    drills.push_back(
        {TimePoint(std::chrono::milliseconds(static_cast<std::int64_t>(number("time_ms")))),
         text("backup"), flag("passed"), text("fault"), number("rto_s"), number("rpo_s"),
         flag("digest_matches"), flag("served_matches"),
         static_cast<std::int64_t>(number("samples")),
         static_cast<std::int64_t>(number("expected_samples")), text("by")});
  }
  return drills;
}

}  // namespace hvac::ops
