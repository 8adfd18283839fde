#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

/// Encryption of backups: AES-256-GCM in chunks of 64 KiB, each sealed with its number and whether
/// it is the last, so that a changed, missing, added or swapped chunk is noticed. The key of a file
/// is made by HKDF-SHA256 from the secret and the file's own salt.
namespace hvac::ops {

/// Where bytes go.
using ByteSink = std::function<Result<void>(std::string_view)>;

/// Fills at most `size` bytes at `to`; returns how many, 0 at the end.
using ByteSource = std::function<Result<std::size_t>(char* to, std::size_t size)>;

/// What a key file holds.
struct Secret {
  std::string bytes;
  std::string file;  ///< Where it was read, for messages.
};

/// The secret in `file`, without the line end. Errors: not_found; invalid_argument when it has
/// fewer than 32 characters or others than its owner may read the file.
[[nodiscard]] Result<Secret> read_secret(const std::filesystem::path& file);

/// Encrypts a stream into `to`. One thread.
class Encryptor {
 public:
  /// Writes the header. Errors: those of `to`.
  [[nodiscard]] static Result<Encryptor> begin(const Secret& secret, ByteSink to);

  [[nodiscard]] Result<void> write(std::string_view bytes);
  /// Writes the last chunk. Without it the stream is refused when it is read.
  [[nodiscard]] Result<void> finish();

 private:
  Encryptor(std::string key, ByteSink to);
  Result<void> seal(std::string_view chunk, bool last);

  std::string key_;
  ByteSink to_;
  std::string pending_;
  std::uint64_t number_ = 0;
};

/// Decrypts a stream. One thread.
class Decryptor {
 public:
  /// Errors: invalid_argument when the secret is another one; corrupt when it is no such stream;
  /// those of `from`.
  [[nodiscard]] static Result<Decryptor> begin(const Secret& secret, ByteSource from);

  /// The next chunk; empty after the last. Errors: corrupt when a chunk was changed, is missing or
  /// out of order.
  [[nodiscard]] Result<std::string_view> next();

 private:
  Decryptor(std::string key, ByteSource from);
  Result<std::string> read_up_to(std::size_t size);

  std::string key_;
  ByteSource from_;
  std::string ahead_;  ///< Read already: whether a chunk is the last is known by what follows.
  std::string plain_;
  std::uint64_t number_ = 0;
  bool ended_ = false;
};

/// Whether a file that begins so is such a stream.
bool is_encrypted(std::string_view begin);

}  // namespace hvac::ops
