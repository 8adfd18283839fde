#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ops/cipher.h"

/// Archives of files: tar compressed by zstd, optionally encrypted. The only place that knows
/// libarchive.
namespace hvac::ops {

/// What is known of one member.
struct Member {
  std::string path;  ///< Relative, "models/v1/model.json".
  std::uint64_t size = 0;
  std::uint32_t mode = 0644;  ///< Permissions.
  std::string sha256;         ///< Empty while reading.
};

/// A written archive.
struct ArchiveFile {
  std::uint64_t size = 0;
  std::string sha256;  ///< Of the file as it lies on disk.
};

/// Writes an archive that appears whole or not at all, readable by its owner only. One thread.
class ArchiveWriter {
 public:
  /// Errors: unavailable.
  [[nodiscard]] static Result<ArchiveWriter> create(const std::filesystem::path& file,
                                                    const std::optional<Secret>& secret);
  ~ArchiveWriter();
  ArchiveWriter(ArchiveWriter&&) noexcept;
  ArchiveWriter& operator=(ArchiveWriter&&) noexcept;

  /// Adds a file as `path`. Of one that is appended to meanwhile, what was there at the beginning.
  /// Errors: not_found when it is gone; unavailable, also when it shrinks meanwhile.
  [[nodiscard]] Result<Member> add_file(std::string path, const std::filesystem::path& source);

  /// Adds `bytes` as `path`. Errors: unavailable.
  [[nodiscard]] Result<Member> add(std::string path, std::string_view bytes,
                                   std::uint32_t mode = 0644);

  /// Errors: unavailable; nothing remains then.
  [[nodiscard]] Result<ArchiveFile> commit();

 private:
  struct Inside;
  explicit ArchiveWriter(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

/// Shows each member to `begin`, whose answer takes its bytes; an empty answer skips them. The
/// whole file is read. tar, compressed by zstd or gzip, encrypted or not, is recognised by itself.
/// Errors: not_found; invalid_argument when it is encrypted and `secret` is missing or another
/// one; corrupt, naming the file, when it is damaged, cut off or holds a member that is no regular
/// file below its folder; those of `begin` and its answers.
using MemberBegin = std::function<Result<ByteSink>(const Member&)>;
[[nodiscard]] Result<void> read_archive(const std::filesystem::path& file,
                                        const std::optional<Secret>& secret,
                                        const MemberBegin& begin);

/// Whether `path` is relative and stays below its folder.
bool stays_below(std::string_view path);

}  // namespace hvac::ops
