#include "app/upkeep.h"

#include <chrono>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "app/backup_alert.h"
#include "app/instance_store.h"
#include "ops/child.h"
#include "ops/keeper.h"

namespace hvac::app {
namespace {

Result<void> keep_backups(const std::filesystem::path& home, const std::string& program,
                          store::Store& store, const config::Config& config) {
  const std::string& where = config.store.url;
  const ops::BackupSource source{home, &store, is_postgres(where) ? where : "", program};
  return ops::keep_backed_up(
      ops::Catalog(home / "backups"), source,
      {config.backup.key_file, backup_retention(config), config.backup.remote}, system_clock());
}

constexpr std::chrono::hours kLongestMaintenance{2};

// Until it has ended; its log says how it went, and that there is none says the rest.
void run_until(const std::vector<std::string>& words, const std::stop_token& stop) {
  const auto end = std::chrono::steady_clock::now() + kLongestMaintenance;
  auto child = ops::Child::start(words, "");
  while (child && !stop.stop_requested() && std::chrono::steady_clock::now() < end) {
    const auto line = child->line(std::chrono::milliseconds(200));
    if (!line && line.error().code != ErrorCode::timed_out) break;
  }
}

}  // namespace

Upkeep::Upkeep(const Context& context, store::Store& store, const LiveConfig& config,
               Backups backups, Schedule::Report report)
    : home_(context.home), schedule_(std::move(report)) {
  desk_ = {home_,
           [this](ops::MaintenanceLevel level, const std::string& by, const std::string& note) {
             return maintain(level, by, note);
           },
           [this] { return under_way_.with([](const std::string& level) { return level; }); }};
  const config::Config now = config.current();
  if (backups == Backups::automatic && now.backup.automatic) {
    const std::chrono::seconds interval(now.backup.interval_s);
    // The first at once: from then on little can be lost.
    schedule_.every(interval, "backup",
                    [home = home_, program = context.version, &store, &config,
                     told = std::optional<bool>()]() mutable -> Result<void> {
                      const auto done = keep_backups(home, program, store, config.current());
                      if (told == done.has_value()) return done;
                      const auto left = tell_of_backup(home, done);
                      if (left) told = done.has_value();
                      return done ? left : done;
                    });
  }
  schedule_.start();
}

Upkeep::~Upkeep() = default;

Result<void> Upkeep::maintain(ops::MaintenanceLevel level, const std::string& operator_name,
                              const std::string& note) {
  const std::string word(ops::name(level));
  const bool free = under_way_.with([&](std::string& other) {
    if (!other.empty()) return false;
    other = word;
    return true;
  });
  if (!free) return fail(ErrorCode::conflict, "maintenance is under way already");
  // Another process: the tasks ask this one over HTTP and must not hold up its threads.
  maintenance_.with([&](std::jthread& thread) {
    thread = std::jthread([this, word, operator_name, note](const std::stop_token& stop) {
      std::vector<std::string> words = {
          ops::own_program(), "--home", home_.string(),
          "maintenance",      word,     "--operator=" + operator_name};
      if (!note.empty()) words.push_back("--note=" + note);
      run_until(words, stop);
      under_way_.with([](std::string& ended) { ended.clear(); });
    });
  });
  return {};
}

}  // namespace hvac::app
