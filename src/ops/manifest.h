#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/records.h"

/// What a backup says of itself: the manifest inside its archive, and its card beside it.
namespace hvac::ops {

/// Of manifests and cards. Version 1 had neither increments, counts nor a prediction.
inline constexpr int kBackupFormat = 2;

enum class BackupKind : std::uint8_t {
  daily,      ///< Everything but logs.
  weekly,     ///< Everything.
  full,       ///< Everything, outside of the schedule.
  increment,  ///< What changed since another backup.
};
inline constexpr std::size_t kBackupKinds = 4;
std::string_view name(BackupKind kind);
std::optional<BackupKind> parse_kind(std::string_view text);

/// What the instance predicts, in one hash: two instances with the same digest predict the same.
struct PredictionDigest {
  std::string model;   ///< Version; empty when there is none.
  std::string digest;  ///< Empty when it cannot predict.
};

/// A file of the backed up instance.
struct StoredFile {
  std::string path;
  std::uint64_t size = 0;
  std::uint32_t mode = 0644;
  std::string sha256;
  std::int64_t modified_ns = 0;
  std::string in;  ///< The backup whose archive holds it.
};

/// The members of an archive that are no files of the instance.
inline constexpr char kManifestMember[] = ".manifest.json";
inline constexpr char kChangesMember[] = ".changes";
inline constexpr char kDumpMember[] = ".postgresql.sql";

struct Manifest {
  int format = kBackupFormat;
  std::string id{};  ///< "daily-20261124T081500.123Z".
  BackupKind kind = BackupKind::full;
  TimePoint created{};
  std::string program{};         ///< Version of the program that made it.
  std::string parent{};          ///< Of an increment: the backup it follows on.
  std::string store{};           ///< "sqlite", "postgresql" or "none".
  std::int64_t commit = 0;       ///< The last of the store's commits that is in it.
  std::string timeline{};        ///< Of the store; another one once it was restored or made anew.
  store::RecordCounts counts{};  ///< Of a backup that is no increment: what its store holds.
  PredictionDigest prediction{};
  std::vector<StoredFile> files{};    ///< All files, wherever they are.
  std::vector<StoredFile> members{};  ///< Changes or dump in this archive.
};

std::string manifest_text(const Manifest& manifest);

/// Errors: corrupt, naming `file`, when it is no manifest; conflict when a newer program wrote it.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view text, const std::string& file);

/// What is known of a backup without reading its archive.
struct Card {
  int format = kBackupFormat;
  std::string id;
  BackupKind kind = BackupKind::full;
  TimePoint created;
  std::string parent;
  std::string program;
  std::string store;
  std::int64_t commit = 0;
  std::string model;
  bool encrypted = false;
  std::uint64_t files = 0;  ///< Of the instance.
  std::uint64_t bytes = 0;  ///< Of them together.
  std::uint64_t size = 0;   ///< Of the archive.
  std::string sha256;       ///< Of the archive.
};

/// With a hash of itself.
std::string card_text(const Card& card);

/// Errors: corrupt, naming `file`, also when its hash is another; conflict for a newer format.
[[nodiscard]] Result<Card> parse_card(std::string_view text, const std::string& file);

/// The name under which a store keeps its timeline, and a new one.
inline constexpr char kTimelineState[] = "backup/timeline";
std::string new_timeline();

/// "20261124T081500.123Z", for names of files; sorts by time.
std::string stamp(TimePoint time);

}  // namespace hvac::ops
