#include "ops/restore.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <map>

#include "base/files.h"
#include "base/iso_time.h"
#include "ops/archive.h"
#include "ops/probe.h"
#include "ops/switch_over.h"
#include "store/store.h"

namespace hvac::ops {
namespace {

namespace fs = std::filesystem;

const std::set<Component> kUsual = {Component::models, Component::config, Component::data};

// Archives to restore one after the other, each with its manifest, all bytes checked.
struct Checked {
  std::vector<fs::path> archives;
  std::vector<Manifest> manifests;
  const Manifest& last() const { return manifests.back(); }
};

Result<Checked> check_chain(const Catalog& catalog, const RestoreRequest& request,
                            const Progress& progress) {
  Checked checked;
  if (!request.file.empty()) {
    auto manifest = check_archive(request.file, request.secret);
    if (!manifest) return fail(manifest.error());
    if (manifest->kind == BackupKind::increment) {
      return fail(ErrorCode::conflict, request.file.string() + ": is an increment of " +
                                           manifest->parent +
                                           "; it can only be restored with what it follows on");
    }
    checked.archives.push_back(request.file);
    checked.manifests.push_back(std::move(*manifest));
    return checked;
  }
  const auto backups = catalog.list();
  if (!backups) return fail(backups.error());
  const Needs needs = request.only == std::set{Component::models} ? Needs::model : Needs::anything;
  const auto wanted = request.id.empty() ? newest_backup(*backups, request.at, needs)
                                         : find_backup(*backups, request.id);
  if (!wanted) return fail(wanted.error());
  const auto chain = chain_of(*backups, *wanted);
  if (!chain) return fail(chain.error());
  for (const Backup& backup : *chain) {
    const double part =
        static_cast<double>(checked.archives.size()) / static_cast<double>(chain->size());
    if (!progress(0.4 * part, "checking " + backup.card.id)) {
      return fail(ErrorCode::interrupted, "interrupted; nothing was changed");
    }
    auto manifest = check_backup(backup, request.secret);
    if (!manifest) return fail(manifest.error());
    checked.archives.push_back(backup.archive);
    checked.manifests.push_back(std::move(*manifest));
  }
  return checked;
}

Result<void> check_space(const fs::path& home, const Manifest& manifest) {
  std::uint64_t needed = 16 << 20;
  for (const StoredFile& file : manifest.files) needed += file.size;
  struct statvfs info{};
  if (::statvfs(home.c_str(), &info) != 0) return {};
  const std::uint64_t free = static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
  if (free >= needed) return {};
  return fail(ErrorCode::unavailable,
              fmt::format("{}: {} MB are free, the restore needs {} MB; nothing was changed",
                          home.string(), free >> 20U, needed >> 20U));
}

// A file that is written piece by piece and flushed.
class StagedFile {
 public:
  static Result<std::shared_ptr<StagedFile>> create(const fs::path& path, std::uint32_t mode) {
    auto file = AtomicFile::create(path);
    if (!file) return fail(file.error());
    return std::make_shared<StagedFile>(std::move(*file), path, mode);
  }
  StagedFile(AtomicFile file, fs::path path, std::uint32_t mode)
      : file_(std::move(file)), path_(std::move(path)), mode_(mode) {}

  Result<void> write(std::string_view bytes) { return file_.write(bytes); }
  Result<void> commit() {
    if (auto kept = file_.commit(); !kept) return kept;
    ::chmod(path_.c_str(), mode_);
    return {};
  }

 private:
  AtomicFile file_;
  fs::path path_;
  mode_t mode_;
};

// Writes the wanted members of one archive below `folder`; members of the archive itself get the
// number of the archive behind their name.
Result<void> extract(const fs::path& archive, std::size_t number, const std::string& id,
                     const Manifest& last, const RestoreRequest& request,
                     const std::set<Component>& components, const fs::path& folder) {
  std::map<std::string, const StoredFile*> wanted;
  for (const StoredFile& file : last.files) {
    if (file.in == id && components.contains(component_of(file.path))) wanted[file.path] = &file;
  }
  std::shared_ptr<StagedFile> open;
  const auto read =
      read_archive(archive, request.secret, [&](const Member& member) -> Result<ByteSink> {
        if (open) {
          if (auto kept = open->commit(); !kept) return fail(kept.error());
          open.reset();
        }
        std::string name = member.path;
        if (name == kChangesMember) name += fmt::format(".{:06}", number);
        const bool of_archive = member.path == kChangesMember || member.path == kDumpMember;
        const bool take =
            of_archive ? components.contains(Component::data) : wanted.contains(member.path);
        if (!take) return ByteSink();
        auto file = StagedFile::create(folder / name, of_archive ? 0600 : wanted[name]->mode);
        if (!file) return fail(file.error());
        open = *file;
        return ByteSink([to = open](std::string_view bytes) { return to->write(bytes); });
      });
  if (!read) return read;
  return open ? open->commit() : Result<void>();
}

std::vector<std::string> changes_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with(std::string(kChangesMember) + ".")) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Brings the staged database up to the last increment and notes the restore in its audit.
Result<void> prepare_database(const fs::path& staged, const Checked& checked,
                              const RestoreRequest& request, TimePoint now, RestoreReport& report) {
  const fs::path file = staged / kDatabase;
  if (!fs::exists(file)) return {};
  auto store = store::open_sqlite(file);
  if (!store) return fail(store.error());
  const auto before = (*store)->counts();
  if (!before) return fail(before.error());
  // Format 1 did not say how much it held.
  const Manifest& whole = checked.manifests.front();
  if (whole.format > 1 && !(*before == whole.counts)) {
    return fail(ErrorCode::corrupt,
                fmt::format("{}: its store holds {} samples, its manifest says {}", whole.id,
                            before->samples, whole.counts.samples));
  }
  for (const std::string& name : changes_in(staged)) {
    const auto applied = (*store)->apply_changes(staged / name);
    if (!applied) return fail(applied.error());
    report.added += applied->samples.stored + applied->outcomes.stored;
  }
  if (auto sound = (*store)->verify(); !sound) return sound;
  const auto counts = (*store)->counts();
  if (!counts) return fail(counts.error());
  report.counts = *counts;
  const auto noted = (*store)->commit(
      {.audit = {{now, request.by, "restore", "restored from " + checked.last().id}},
       .states = {{kTimelineState, new_timeline()}}});
  if (!noted) return fail(noted.error());
  return {};
}

// Rejection of what would not run: a model that does not predict as it did, settings that are
// wrong.
Result<void> check_staged(const fs::path& staged, const Manifest& manifest,
                          const std::set<Component>& components, const RestoreRequest& request) {
  if (components.contains(Component::models) && !manifest.prediction.digest.empty()) {
    const auto digest = prediction_digest(staged);
    if (!digest) return fail(digest.error());
    if (digest->digest != manifest.prediction.digest) {
      return fail(ErrorCode::corrupt,
                  fmt::format("{}: model {} does not predict as it did when it was backed up",
                              manifest.id, manifest.prediction.model));
    }
  }
  return request.check ? request.check(staged) : Result<void>();
}

// Removes what was prepared unless it was taken.
class StagingGuard {
 public:
  explicit StagingGuard(fs::path home) : home_(std::move(home)) {}
  ~StagingGuard() {
    std::error_code ignored;
    if (!fs::exists(home_ / ".restore" / "plan.json", ignored)) {
      fs::remove_all(home_ / ".restore", ignored);
    }
  }
  StagingGuard(const StagingGuard&) = delete;
  StagingGuard& operator=(const StagingGuard&) = delete;

 private:
  fs::path home_;
};

// Names what is replaced; never the name of what was replaced before.
std::string fresh_stamp(const fs::path& home, TimePoint now) {
  std::string name = stamp(now);
  for (int i = 2; fs::exists(home / "replaced" / name); ++i) {
    name = fmt::format("{}-{}", stamp(now), i);
  }
  return name;
}

std::set<Component> components_of(const RestoreRequest& request, const fs::path& home) {
  if (!request.only.empty()) return request.only;
  std::set<Component> components = kUsual;
  if (!fs::exists(home / "logs")) components.insert(Component::logs);
  return components;
}

// All that can be known without writing.
Result<Checked> check_request(const Catalog& catalog, const fs::path& home,
                              const RestoreRequest& request, const Progress& progress) {
  auto checked = check_chain(catalog, request, progress);
  if (!checked) return checked;
  const Manifest& last = checked->last();
  const bool data = components_of(request, home).contains(Component::data);
  if (data && last.store == "postgresql" && request.connection.empty()) {
    return fail(ErrorCode::conflict,
                last.id +
                    ": is of a PostgreSQL store; name the one to restore to in "
                    "store.url, or restore --only models or config");
  }
  if (data && last.store == "sqlite" && !request.connection.empty()) {
    return fail(ErrorCode::conflict,
                last.id + ": is of an SQLite store, but store.url names a PostgreSQL server");
  }
  if (auto room = check_space(home, last); !room) return fail(room.error());
  return checked;
}

}  // namespace

Result<void> check_restore(const Catalog& catalog, const fs::path& home,
                           const RestoreRequest& request, const Progress& progress) {
  const auto lock = catalog.lock();
  if (!lock) return fail(lock.error());
  const auto checked = check_request(catalog, home, request, progress);
  if (!checked) return fail(checked.error());
  return {};
}

Result<RestoreReport> restore_backup(const Catalog& catalog, const fs::path& home,
                                     const RestoreRequest& request, const Clock& clock,
                                     const Progress& progress) {
  const auto lock = catalog.lock();
  if (!lock) return fail(lock.error());
  if (auto made = make_folder(home); !made) return fail(made.error());
  const auto checked = check_request(catalog, home, request, progress);
  if (!checked) return fail(checked.error());
  const Manifest& last = checked->last();
  const std::set<Component> components = components_of(request, home);
  const bool data = components.contains(Component::data);

  const StagingGuard guard(home);
  const fs::path staged = staged_folder(home);
  std::error_code error;
  fs::remove_all(staged, error);
  if (auto made = make_folder(staged); !made) return fail(made.error());
  for (std::size_t i = 0; i < checked->archives.size(); ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(checked->archives.size());
    if (!progress(0.4 + 0.4 * part, "extracting")) {
      return fail(ErrorCode::interrupted, "interrupted; nothing was changed");
    }
    if (auto out = extract(checked->archives[i], i, checked->manifests[i].id, last, request,
                           components, staged);
        !out) {
      return fail(out.error());
    }
  }
  RestoreReport report;
  for (const Manifest& manifest : checked->manifests) report.backups.push_back(manifest.id);
  report.created = last.created;
  report.store = last.store;
  if (components.contains(Component::models)) report.prediction = last.prediction;
  const TimePoint now = clock();
  if (!progress(0.8, "checking the store and the models")) {
    return fail(ErrorCode::interrupted, "interrupted; nothing was changed");
  }
  if (auto ready = prepare_database(staged, *checked, request, now, report); !ready) {
    return fail(ready.error());
  }
  if (auto right = check_staged(staged, last, components, request); !right) {
    return fail(right.error());
  }
  const std::vector<std::string> changes = changes_in(staged);
  const bool to_server = data && last.store == "postgresql";
  if (!to_server) {
    for (const std::string& name : changes) fs::remove(staged / name, error);
  }
  const auto aside =
      switch_over(home, {fresh_stamp(home, now), components, to_server ? request.connection : "",
                         to_server ? changes : std::vector<std::string>()});
  if (!aside) return fail(aside.error());
  if (!fs::is_empty(*aside, error)) report.aside = *aside;
  if (to_server) {
    const auto store = store::open_postgres(request.connection);
    if (!store) return fail(store.error());
    const auto counts = (*store)->counts();
    if (!counts) return fail(counts.error());
    report.counts = *counts;
  }
  progress(1.0, "done");
  return report;
}

}  // namespace hvac::ops
