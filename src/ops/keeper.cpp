#include "ops/keeper.h"

#include "base/files.h"
#include "ops/command.h"

namespace hvac::ops {
namespace {

using namespace std::chrono_literals;

constexpr auto kDay = std::chrono::hours(24);
constexpr auto kWeek = 7 * kDay;

std::optional<TimePoint> newest(const std::vector<Backup>& backups, bool (*counts)(BackupKind)) {
  std::optional<TimePoint> time;
  for (const Backup& backup : backups) {
    if (!backup.fault && counts(backup.card.kind)) time = backup.card.created;
  }
  return time;
}

Result<void> rclone(const std::string& from, const std::string& to) {
  const auto done = run_command({"rclone", "copy", from, to, "--filter=- .*", "--filter=- *.tmp*",
                                 "--filter=+ /{daily,weekly,full,increment}/*", "--filter=- *"},
                                {.limit = 1h});
  if (!done) return fail(done.error());
  if (done->exit == 0) return {};
  return fail(ErrorCode::unavailable,
              "rclone copy " + from + " " + to + ": " + done->errors.substr(0, 500));
}

}  // namespace

Result<void> copy_offsite(const Catalog& catalog, const std::string& remote) {
  return rclone(catalog.folder().string(), remote);
}

Result<void> fetch_offsite(const Catalog& catalog, const std::string& remote) {
  if (auto made = make_folder(catalog.folder()); !made) return made;
  return rclone(remote, catalog.folder().string());
}

Result<void> keep_backed_up(const Catalog& catalog, const BackupSource& source,
                            const KeeperOptions& options, const Clock& clock) {
  BackupOptions backup;
  if (!options.key_file.empty()) {
    auto secret = read_secret(options.key_file);
    if (!secret) return fail(secret.error());
    backup.secret = std::move(*secret);
  }
  const auto backups = catalog.list();
  if (!backups) return fail(backups.error());
  const TimePoint now = clock();
  const auto whole = newest(*backups, [](BackupKind k) { return k != BackupKind::increment; });
  const auto weekly = newest(*backups, [](BackupKind k) { return k == BackupKind::weekly; });
  backup.kind = BackupKind::increment;
  if (!whole || now - *whole >= kDay) backup.kind = BackupKind::daily;
  if (weekly && now - *weekly >= kWeek) backup.kind = BackupKind::weekly;
  if (!weekly && !backups->empty() && now - backups->front().card.created >= kWeek) {
    backup.kind = BackupKind::weekly;
  }
  auto made = create_backup(catalog, source, backup, clock, no_progress());
  // The store was restored, too much came since, or what it would follow on is damaged.
  const bool begin_anew =
      !made && backup.kind == BackupKind::increment &&
      (made.error().code == ErrorCode::conflict || made.error().code == ErrorCode::corrupt);
  if (begin_anew) {
    backup.kind = BackupKind::daily;
    made = create_backup(catalog, source, backup, clock, no_progress());
  }
  if (!made) return fail(made.error());
  if (backup.kind == BackupKind::increment) return {};
  const auto lock = catalog.lock();
  if (!lock) return fail(lock.error());
  if (auto pruned = catalog.prune(options.retention, now); !pruned) return fail(pruned.error());
  if (!options.remote.empty()) return copy_offsite(catalog, options.remote);
  return {};
}

}  // namespace hvac::ops
