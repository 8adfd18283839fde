#include "ops/backup.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/file_lock.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/iso_time.h"
#include "ops/archive.h"
#include "ops/instance_files.h"
#include "ops/postgres_tools.h"
#include "ops/probe.h"

namespace hvac::ops {
namespace {

namespace fs = std::filesystem;

constexpr char kCheckedFile[] = ".checked";  // When an increment last found nothing to do.

// A folder for what is prepared, gone afterwards.
class Staging {
 public:
  explicit Staging(fs::path folder) : folder_(std::move(folder)) {}
  ~Staging() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  fs::path operator/(const char* name) const { return folder_ / name; }

 private:
  fs::path folder_;
};

StoredFile stored(const Member& member, std::int64_t modified_ns, const std::string& id) {
  return {member.path, member.size, member.mode, member.sha256, modified_ns, id};
}

// One backup being made.
class Making {
 public:
  Making(const BackupSource& source, const BackupOptions& options, const Catalog& catalog,
         TimePoint now)
      : source_(source),
        options_(options),
        staging_(catalog.folder() / ".staging"),
        archive_(catalog.archive_of(options.kind, now, options.secret.has_value())) {
    manifest_.kind = options.kind;
    manifest_.created = now;
    manifest_.id = fmt::format("{}-{}", name(options.kind), stamp(now));
    manifest_.program = source.program;
    manifest_.store = source.store == nullptr     ? "none"
                      : source.connection.empty() ? "sqlite"
                                                  : "postgresql";
  }

  const fs::path& archive() const { return archive_; }
  const Manifest& manifest() const { return manifest_; }
  const std::optional<Error>& model_fault() const { return model_fault_; }

  // Everything.
  Result<ArchiveFile> make_whole(const Progress& progress) {
    const auto models = lock_models();
    if (!models) return fail(models.error());
    probe();
    if (auto copied = copy_store(progress); !copied) return fail(copied.error());
    if (auto begun = begin(); !begun) return fail(begun.error());
    if (auto added = add_store(); !added) return fail(added.error());
    const auto files = list_files(source_.home);
    if (!files) return fail(files.error());
    std::size_t done = 0;
    for (const InstanceFile& file : *files) {
      const double part =
          0.4 + 0.6 * static_cast<double>(done++) / static_cast<double>(files->size());
      if (!progress(part, "archiving")) {
        return fail(ErrorCode::interrupted, "the backup was interrupted; nothing was kept");
      }
      if (options_.kind == BackupKind::daily && component_of(file.path) == Component::logs)
        continue;
      if (auto added = add_file(file); !added) return fail(added.error());
    }
    return finish();
  }

  // What changed since `parent`; nothing when nothing did.
  Result<std::optional<ArchiveFile>> make_increment(const Manifest& parent) {
    manifest_.parent = parent.id;
    manifest_.prediction = parent.prediction;
    const auto models = lock_models();
    if (!models) return fail(models.error());
    const auto files = list_files(source_.home);
    if (!files) return fail(files.error());
    const auto commit = changes_since(parent);
    if (!commit) return fail(commit.error());
    manifest_.commit = *commit;

    auto fresh = compare(parent, *files);
    if (models_differ(parent, fresh)) {
      probe();
      // What is damaged does not take the place of what was whole.
      if (model_fault_ && !parent.prediction.digest.empty()) keep_models(parent, fresh);
    }
    if (fresh.empty() && *commit == parent.commit &&
        manifest_.files.size() == parent.files.size()) {
      return std::nullopt;
    }
    if (auto begun = begin(); !begun) return fail(begun.error());
    if (*commit != parent.commit) {
      if (auto added = add_member(kChangesMember, staging_ / "changes"); !added) {
        return fail(added.error());
      }
    }
    for (const InstanceFile& file : fresh) {
      if (auto added = add_file(file); !added) return fail(added.error());
    }
    auto done = finish();
    if (!done) return fail(done.error());
    return std::optional(std::move(*done));
  }

 private:
  // Puts into the manifest what is as the parent has it; returns the files that are not.
  std::vector<InstanceFile> compare(const Manifest& parent,
                                    const std::vector<InstanceFile>& files) {
    std::map<std::string, const StoredFile*> before;
    for (const StoredFile& file : parent.files) before[file.path] = &file;
    std::vector<InstanceFile> fresh;
    for (const InstanceFile& file : files) {
      if (component_of(file.path) == Component::logs) continue;
      const auto known = before.find(file.path);
      const bool same = known != before.end() && known->second->size == file.size &&
                        known->second->modified_ns == file.modified_ns;
      if (same) {
        manifest_.files.push_back(*known->second);
      } else {
        fresh.push_back(file);
      }
    }
    // Logs, and the database that increments add to, are as the parent has them.
    for (const StoredFile& file : parent.files) {
      const bool carried = file.path == kDatabase || component_of(file.path) == Component::logs;
      if (carried) manifest_.files.push_back(file);
    }
    return fresh;
  }

  static bool is_model(const std::string& path) { return component_of(path) == Component::models; }

  bool models_differ(const Manifest& parent, const std::vector<InstanceFile>& fresh) const {
    const auto count = [](const std::vector<StoredFile>& files) {
      return std::count_if(files.begin(), files.end(),
                           [](const StoredFile& file) { return is_model(file.path); });
    };
    return count(parent.files) != count(manifest_.files) ||
           std::any_of(fresh.begin(), fresh.end(),
                       [](const InstanceFile& file) { return is_model(file.path); });
  }

  void keep_models(const Manifest& parent, std::vector<InstanceFile>& fresh) {
    std::erase_if(fresh, [](const InstanceFile& file) { return is_model(file.path); });
    std::erase_if(manifest_.files, [](const StoredFile& file) { return is_model(file.path); });
    for (const StoredFile& file : parent.files) {
      if (is_model(file.path)) manifest_.files.push_back(file);
    }
    manifest_.prediction = parent.prediction;
  }

  // So that no version is half there. Models are registered seldom and in moments.
  Result<Descriptor> lock_models() const {
    if (!fs::exists(source_.home / "models")) return Descriptor();
    return lock_file(source_.home / "models" / ".lock");
  }

  // A backup is needed most when something is broken: a model that cannot be loaded does not stop
  // it, but is reported.
  void probe() {
    auto digest = prediction_digest(source_.home);
    if (digest) {
      manifest_.prediction = std::move(*digest);
    } else {
      model_fault_ = digest.error();
      manifest_.prediction = {};
    }
  }

  Result<void> begin() {
    auto writer = ArchiveWriter::create(archive_, options_.secret);
    if (!writer) return fail(writer.error());
    writer_ = std::move(*writer);
    return {};
  }

  Result<void> copy_store(const Progress& progress) {
    if (source_.store == nullptr) return {};
    if (!progress(0.0, "copying the store")) {
      return fail(ErrorCode::interrupted, "the backup was interrupted; nothing was kept");
    }
    if (auto known = know_timeline(); !known) return known;
    if (!source_.connection.empty()) {
      // What is stored while the dump runs is in the next increment again, which does no harm.
      const auto commit = source_.store->last_commit();
      if (!commit) return fail(commit.error());
      manifest_.commit = *commit;
      const auto counts = source_.store->counts();
      if (!counts) return fail(counts.error());
      manifest_.counts = *counts;
      return dump_postgres(source_.connection, staging_ / "dump");
    }
    const fs::path copy = staging_ / "telemetry.db";
    if (auto copied = source_.store->backup_to(copy); !copied) return copied;
    const auto opened = store::open_sqlite(copy);
    if (!opened) return fail(opened.error());
    const auto commit = (*opened)->last_commit();
    if (!commit) return fail(commit.error());
    manifest_.commit = *commit;
    const auto counts = (*opened)->counts();
    if (!counts) return fail(counts.error());
    manifest_.counts = *counts;
    return {};
  }

  Result<void> know_timeline() {
    const auto state = source_.store->state(kTimelineState);
    if (!state) return fail(state.error());
    manifest_.timeline = *state ? **state : new_timeline();
    if (*state) return {};
    const auto kept = source_.store->commit({.states = {{kTimelineState, manifest_.timeline}}});
    if (!kept) return fail(kept.error());
    return {};
  }

  Result<void> add_store() {
    if (source_.store == nullptr) return {};
    if (!source_.connection.empty()) return add_member(kDumpMember, staging_ / "dump");
    const auto member = writer_->add_file(kDatabase, staging_ / "telemetry.db");
    if (!member) return fail(member.error());
    manifest_.files.push_back(stored(*member, 0, manifest_.id));
    return {};
  }

  Result<std::int64_t> changes_since(const Manifest& parent) {
    if (source_.store == nullptr) return parent.commit;
    const auto timeline = source_.store->state(kTimelineState);
    if (!timeline) return fail(timeline.error());
    if (timeline->value_or("") != parent.timeline) {
      return fail(ErrorCode::conflict,
                  "the store was restored or made anew since " + parent.id +
                      "; make a whole backup first: backup create --kind daily");
    }
    manifest_.timeline = parent.timeline;
    const auto last = source_.store->last_commit();
    if (!last || *last == parent.commit) return last;
    return source_.store->write_changes(parent.commit, staging_ / "changes");
  }

  Result<void> add_file(const InstanceFile& file) {
    const auto member = writer_->add_file(file.path, source_.home / file.path);
    if (member) {
      manifest_.files.push_back(stored(*member, file.modified_ns, manifest_.id));
      return {};
    }
    // Gone meanwhile: a log that was rotated, a report that was too old.
    if (member.error().code == ErrorCode::not_found) return {};
    return fail(member.error());
  }

  Result<void> add_member(const char* name, const fs::path& file) {
    const auto member = writer_->add_file(name, file);
    if (!member) return fail(member.error());
    manifest_.members.push_back(stored(*member, 0, manifest_.id));
    return {};
  }

  Result<ArchiveFile> finish() {
    const auto described = writer_->add(kManifestMember, manifest_text(manifest_));
    if (!described) return fail(described.error());
    return writer_->commit();
  }

  const BackupSource& source_;
  const BackupOptions& options_;
  Staging staging_;
  fs::path archive_;
  Manifest manifest_;
  std::optional<ArchiveWriter> writer_;
  std::optional<Error> model_fault_;
};

// The newest backup that can be read with this secret: one that somebody encrypted with a key of
// his own does not stop the others.
Result<Manifest> newest_manifest(const Catalog& catalog, const std::optional<Secret>& secret) {
  const auto backups = catalog.list();
  if (!backups) return fail(backups.error());
  for (auto backup = backups->rbegin(); backup != backups->rend(); ++backup) {
    if (backup->card.encrypted && !secret) continue;
    if (!chain_of(*backups, *backup)) continue;
    auto manifest = check_backup(*backup, secret);
    if (manifest || manifest.error().code != ErrorCode::invalid_argument) return manifest;
  }
  return fail(ErrorCode::conflict,
              "there is no backup to follow on; make one first: backup create --kind daily");
}

// The backup that an increment follows on.
Result<Manifest> parent_manifest(const Catalog& catalog, const BackupSource& source,
                                 const std::optional<Secret>& secret) {
  auto manifest = newest_manifest(catalog, secret);
  if (!manifest) return manifest;
  const std::string store = source.store == nullptr     ? "none"
                            : source.connection.empty() ? "sqlite"
                                                        : "postgresql";
  if (manifest->store != store) {
    return fail(ErrorCode::conflict,
                fmt::format("{} is of the store \"{}\", now it is \"{}\"; make a whole one first: "
                            "backup create --kind daily",
                            manifest->id, manifest->store, store));
  }
  return manifest;
}

}  // namespace

Result<BackupReport> create_backup(const Catalog& catalog, const BackupSource& source,
                                   const BackupOptions& options, const Clock& clock,
                                   const Progress& progress) {
  const auto lock = catalog.lock();
  if (!lock) return fail(lock.error());
  if (auto tidied = catalog.tidy(options.secret); !tidied) return fail(tidied.error());
  BackupReport report;
  Making making(source, options, catalog, clock());
  ArchiveFile archive;
  if (options.kind == BackupKind::increment) {
    const auto parent = parent_manifest(catalog, source, options.secret);
    if (!parent) return fail(parent.error());
    const auto made = making.make_increment(*parent);
    if (!made) return fail(made.error());
    if (!*made) {
      report.unchanged = true;
      report.card.id = parent->id;
      const std::string time = std::to_string(making.manifest().created.time_since_epoch().count());
      auto noted = write_file_atomically(catalog.folder() / kCheckedFile, time, Readers::owner);
      if (!noted) return fail(noted.error());
      return report;
    }
    archive = **made;
  } else {
    const auto made = making.make_whole(progress);
    if (!made) return fail(made.error());
    archive = *made;
  }
  report.card = make_card(making.manifest(), archive, options.secret.has_value());
  report.archive = making.archive();
  report.model_fault = making.model_fault();
  if (auto added = catalog.add(report.archive, report.card); !added) return fail(added.error());
  progress(1.0, "done");
  return report;
}

std::optional<TimePoint> covered_until(const Catalog& catalog, const std::vector<Backup>& backups) {
  const auto newest = newest_backup(backups, std::nullopt);
  if (!newest) return std::nullopt;
  TimePoint covered = newest->card.created;
  const auto checked = read_file(catalog.folder() / kCheckedFile);
  if (checked) {
    const auto ms = std::strtoll(checked->c_str(), nullptr, 10);
    covered = std::max(covered, TimePoint(std::chrono::milliseconds(ms)));
  }
  return covered;
}

}  // namespace hvac::ops
