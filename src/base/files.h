#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hvac {

/// The whole file as bytes. Errors: not_found; unavailable when it cannot be read.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path);

/// Who may read a new file.
enum class Readers { everyone, owner };

/// A file written piece by piece that appears whole or not at all: temporary file beside it, and on
/// `commit` fsync, rename, fsync of the folder. Without `commit` nothing remains. One thread.
class AtomicFile {
 public:
  /// Makes missing folders. Errors: unavailable, naming the path and the system's reason.
  [[nodiscard]] static Result<AtomicFile> create(const std::filesystem::path& path,
                                                 Readers readers = Readers::everyone);
  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;

  /// Errors: unavailable.
  [[nodiscard]] Result<void> write(std::string_view bytes);
  [[nodiscard]] Result<void> commit();

 private:
  AtomicFile() = default;
  int fd_ = -1;
  std::filesystem::path path_;
  std::filesystem::path temporary_;
};

/// Writes `bytes` so that a reader sees the old file or the whole new one, also after a crash:
/// temporary file beside it, fsync, rename, fsync of the folder. Missing folders are made.
/// Errors: unavailable, naming the path and the system's reason.
[[nodiscard]] Result<void> write_file_atomically(const std::filesystem::path& path,
                                                 std::string_view bytes,
                                                 Readers readers = Readers::everyone);

/// Flushes the folder's entries to disk. Errors: unavailable.
[[nodiscard]] Result<void> sync_folder(const std::filesystem::path& folder);

/// Makes the folder and its parents. Errors: unavailable.
[[nodiscard]] Result<void> make_folder(const std::filesystem::path& folder);

}  // namespace hvac
