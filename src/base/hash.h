#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hvac {

/// SHA-256 as 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256(std::string_view bytes);

/// SHA-256 of bytes that come piece by piece. One thread.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void add(std::string_view bytes);
  /// As `sha256`; nothing can be added afterwards.
  std::string finish();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

/// The same of a file, read in bounded memory. Errors: not_found, unavailable.
[[nodiscard]] Result<std::string> sha256_file(const std::filesystem::path& path);

/// CRC-32 (IEEE 802.3): finds damage, not malice.
[[nodiscard]] std::uint32_t crc32(std::string_view bytes);

/// A fast 64-bit fingerprint (FNV-1a with a final mix): for finding equal rows, not for integrity.
[[nodiscard]] std::uint64_t fingerprint(std::string_view bytes);

}  // namespace hvac
