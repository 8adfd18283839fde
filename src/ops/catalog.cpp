#include "ops/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/file_lock.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/iso_time.h"

namespace hvac::ops {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPlain = ".tar.zst";
constexpr std::string_view kOlder = ".tar.gz";
constexpr std::string_view kEncrypted = ".tar.zst.enc";

bool is_archive(const std::string& name) {
  return name.ends_with(kPlain) || name.ends_with(kEncrypted) || name.ends_with(kOlder);
}

std::string stem_of(const std::string& name) { return name.substr(0, name.find(".tar.")); }

fs::path card_of(const fs::path& archive) {
  return archive.parent_path() / (stem_of(archive.filename().string()) + ".json");
}

Result<std::vector<std::string>> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(ErrorCode::unavailable, folder.string() + ": cannot list: " + error.message());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<Error> check_size(const Backup& backup) {
  std::error_code error;
  const auto size = fs::file_size(backup.archive, error);
  if (error) return Error{ErrorCode::corrupt, backup.archive.string() + ": is missing"};
  if (size == backup.card.size) return std::nullopt;
  return Error{ErrorCode::corrupt, fmt::format("{}: has {} bytes, its card says {}",
                                               backup.archive.string(), size, backup.card.size)};
}

Backup read_backup(const fs::path& folder, BackupKind kind, const std::string& stem,
                   const std::vector<std::string>& names) {
  Backup backup;
  backup.card.kind = kind;
  backup.card.id = fmt::format("{}-{}", name(kind), stem);
  const auto archive = std::find_if(names.begin(), names.end(), [&](const std::string& other) {
    return is_archive(other) && stem_of(other) == stem;
  });
  backup.archive = folder / (archive != names.end() ? *archive : stem + std::string(kPlain));
  const fs::path card = folder / (stem + ".json");
  const auto text = read_file(card);
  if (!text) {
    backup.fault = Error{
        text.error().code == ErrorCode::not_found ? ErrorCode::corrupt : ErrorCode::unavailable,
        card.string() + ": is missing: the backup was not finished"};
    return backup;
  }
  auto parsed = parse_card(*text, card.string());
  if (!parsed) {
    backup.fault = parsed.error();
    return backup;
  }
  if (parsed->id != backup.card.id) {
    backup.fault = Error{ErrorCode::corrupt, card.string() + ": is the card of " + parsed->id};
    return backup;
  }
  backup.card = std::move(*parsed);
  backup.fault = check_size(backup);
  return backup;
}

}  // namespace

fs::path Catalog::archive_of(BackupKind kind, TimePoint created, bool encrypted) const {
  return folder_ / name(kind) / (stamp(created) + std::string(encrypted ? kEncrypted : kPlain));
}

Result<Descriptor> Catalog::lock() const {
  if (auto made = make_folder(folder_); !made) return fail(made.error());
  return lock_file(folder_ / ".lock");
}

Result<std::vector<Backup>> Catalog::list() const {
  std::vector<Backup> backups;
  for (std::size_t k = 0; k < kBackupKinds; ++k) {
    const auto kind = static_cast<BackupKind>(k);
    const fs::path folder = folder_ / name(kind);
    const auto names = names_in(folder);
    if (!names) return fail(names.error());
    std::set<std::string> stems;
    for (const std::string& file : *names) {
      if (is_archive(file)) stems.insert(stem_of(file));
      if (file.ends_with(".json")) stems.insert(file.substr(0, file.size() - 5));
    }
    for (const std::string& stem : stems) {
      backups.push_back(read_backup(folder, kind, stem, *names));
    }
  }
  std::stable_sort(backups.begin(), backups.end(), [](const Backup& a, const Backup& b) {
    const auto stem = [](const Backup& x) { return stem_of(x.archive.filename().string()); };
    return stem(a) < stem(b);
  });
  return backups;
}

Result<void> Catalog::add(const fs::path& archive, const Card& card) const {
  return write_file_atomically(card_of(archive), card_text(card), Readers::owner);
}

Result<std::vector<std::string>> Catalog::prune(const BackupRetention& retention,
                                                TimePoint now) const {
  const auto backups = list();
  if (!backups) return fail(backups.error());
  std::map<BackupKind, std::string> newest;
  for (const Backup& backup : *backups) {
    if (!backup.fault) newest[backup.card.kind] = backup.card.id;
  }
  const auto kept_for = [&](BackupKind kind) -> std::chrono::milliseconds {
    switch (kind) {
      case BackupKind::daily:
        return retention.daily;
      case BackupKind::weekly:
        return retention.weekly;
      case BackupKind::full:
        return retention.full;
      case BackupKind::increment:
        return retention.increments;
    }
    return {};
  };
  // Newest first: an increment that stays keeps what it follows on.
  std::set<std::string> needed;
  std::vector<std::string> removed;
  for (auto backup = backups->rbegin(); backup != backups->rend(); ++backup) {
    const Card& card = backup->card;
    const bool known_age = !backup->fault || card.created != TimePoint{};
    const bool old = known_age && now - card.created > kept_for(card.kind);
    if (!old || needed.contains(card.id) || newest[card.kind] == card.id) {
      if (!card.parent.empty()) needed.insert(card.parent);
      continue;
    }
    std::error_code error;
    fs::remove(card_of(backup->archive), error);
    if (!error) fs::remove(backup->archive, error);
    if (error) {
      return fail(ErrorCode::unavailable,
                  backup->archive.string() + ": cannot remove: " + error.message());
    }
    removed.push_back(card.id);
  }
  std::reverse(removed.begin(), removed.end());
  return removed;
}

Result<void> Catalog::tidy(const std::optional<Secret>& secret) const {
  std::error_code error;
  fs::remove_all(folder_ / ".staging", error);
  if (error) return fail(ErrorCode::unavailable, folder_.string() + ": " + error.message());
  for (std::size_t k = 0; k < kBackupKinds; ++k) {
    const fs::path folder = folder_ / name(static_cast<BackupKind>(k));
    const auto names = names_in(folder);
    if (!names) return fail(names.error());
    for (const std::string& file : *names) {
      if (file.find(".tmp") != std::string::npos) fs::remove(folder / file, error);
      const fs::path archive = folder / file;
      if (!is_archive(file) || fs::exists(card_of(archive), error)) continue;
      const auto manifest = check_archive(archive, secret);
      if (!manifest) continue;  // Listed as what it is.
      const auto hash = sha256_file(archive);
      if (!hash) return fail(hash.error());
      const auto card =
          make_card(*manifest, {fs::file_size(archive, error), *hash}, file.ends_with(kEncrypted));
      if (auto added = add(archive, card); !added) return added;
    }
  }
  return {};
}

Card make_card(const Manifest& manifest, const ArchiveFile& archive, bool encrypted) {
  Card card{manifest.format,  manifest.id,           manifest.kind,
            manifest.created, manifest.parent,       manifest.program,
            manifest.store,   manifest.commit,       manifest.prediction.model,
            encrypted,        manifest.files.size(), 0,
            archive.size,     archive.sha256};
  for (const StoredFile& file : manifest.files) card.bytes += file.size;
  return card;
}

Result<Backup> find_backup(const std::vector<Backup>& backups, const std::string& id) {
  const auto place = std::find_if(backups.begin(), backups.end(),
                                  [&](const Backup& backup) { return backup.card.id == id; });
  if (place != backups.end()) return *place;
  return fail(ErrorCode::not_found,
              "there is no backup " + id +
                  (backups.empty() ? std::string("; there are none yet")
                                   : "; the newest is " + backups.back().card.id));
}

Result<std::vector<Backup>> chain_of(const std::vector<Backup>& backups, const Backup& last) {
  std::vector<Backup> chain = {last};
  for (;;) {
    const Backup& first = chain.front();
    if (first.fault) return fail(*first.fault);
    if (first.card.kind != BackupKind::increment) return chain;
    auto parent = find_backup(backups, first.card.parent);
    if (!parent) {
      return fail(ErrorCode::corrupt, fmt::format("{} follows on {}, which is missing",
                                                  first.card.id, first.card.parent));
    }
    if (chain.size() > backups.size()) {
      return fail(ErrorCode::corrupt, first.card.id + " follows on itself");
    }
    chain.insert(chain.begin(), std::move(*parent));
  }
}

Result<Backup> newest_backup(const std::vector<Backup>& backups, std::optional<TimePoint> at,
                             Needs needs) {
  std::string why;
  for (auto backup = backups.rbegin(); backup != backups.rend(); ++backup) {
    if (!backup->fault && at && backup->card.created > *at) continue;
    if (!backup->fault && needs == Needs::model && backup->card.model.empty()) continue;
    const auto chain = chain_of(backups, *backup);
    if (chain) return *backup;
    if (why.empty()) why = chain.error().message;
  }
  std::string text = at ? "there is no backup from " + iso_text(*at) + " or before"
                        : std::string("there is no backup");
  if (!why.empty()) text += " that can be used: " + why;
  return fail(ErrorCode::not_found, text);
}

Result<Manifest> check_archive(const fs::path& archive, const std::optional<Secret>& secret) {
  struct Seen {
    std::uint64_t size = 0;
    Sha256 hash;
  };
  std::map<std::string, Seen> seen;
  std::string text;
  const auto read = read_archive(archive, secret, [&](const Member& member) -> Result<ByteSink> {
    if (member.path == kManifestMember) {
      return ByteSink([&](std::string_view bytes) -> Result<void> {
        text += bytes;
        return {};
      });
    }
    Seen& one = seen[member.path];
    return ByteSink([&one](std::string_view bytes) -> Result<void> {
      one.size += bytes.size();
      one.hash.add(bytes);
      return {};
    });
  });
  if (!read) return fail(read.error());
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorCode::corrupt, archive.string() + ": " + what);
  };
  if (text.empty()) return wrong("holds no manifest: it is cut off or no backup");
  auto manifest = parse_manifest(text, archive.string());
  if (!manifest) return manifest;
  for (const auto* list : {&manifest->files, &manifest->members}) {
    for (const StoredFile& file : *list) {
      if (file.in != manifest->id) continue;
      const auto place = seen.find(file.path);
      if (place == seen.end()) return wrong(file.path + " is missing in it");
      if (!stays_below(file.path)) return wrong("\"" + file.path + "\" is no path below a folder");
      if (place->second.size != file.size || place->second.hash.finish() != file.sha256) {
        return wrong(file.path + " was changed: its hash is not the one in the manifest");
      }
      seen.erase(place);
    }
  }
  if (!seen.empty()) return wrong(seen.begin()->first + " is not in its manifest");
  return manifest;
}

Result<Manifest> check_backup(const Backup& backup, const std::optional<Secret>& secret) {
  if (backup.fault) return fail(*backup.fault);
  const auto hash = sha256_file(backup.archive);
  if (!hash) return fail(hash.error());
  if (*hash != backup.card.sha256) {
    return fail(ErrorCode::corrupt,
                backup.archive.string() + ": was changed: its SHA-256 is not the one on its card");
  }
  auto manifest = check_archive(backup.archive, secret);
  if (!manifest) return manifest;
  if (manifest->id != backup.card.id) {
    return fail(ErrorCode::corrupt,
                backup.archive.string() + ": is " + manifest->id + ", not " + backup.card.id);
  }
  return manifest;
}

}  // namespace hvac::ops
