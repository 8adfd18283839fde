#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

/// The texts of keys and what is stored of them.
namespace hvac::access {

/// How much work a hash is; stored beside it, so that it can be raised later.
struct ScryptCost {
  std::uint64_t n = 16'384;  ///< With r = 8: 16 MiB and some 40 ms.
  std::uint32_t r = 8;
  std::uint32_t p = 1;

  friend bool operator==(const ScryptCost&, const ScryptCost&) = default;
};

/// A new key: "hvt_ID_SECRET", ID of 8 and SECRET of 48 hexadecimal digits from the system's random
/// numbers. Errors: unavailable.
struct KeyText {
  std::string id;
  std::string text;
};
[[nodiscard]] Result<KeyText> make_key_text();

/// The ID of a text that has the form of a key, empty for any other.
std::string_view id_of(std::string_view key);

/// 16 random bytes in hexadecimal. Errors: unavailable.
[[nodiscard]] Result<std::string> make_salt();

/// scrypt (RFC 7914) of `key` and `salt`, 32 bytes in hexadecimal. Errors: unavailable when there
/// is not the memory for it.
[[nodiscard]] Result<std::string> hash_key(std::string_view key, std::string_view salt,
                                           const ScryptCost& cost);

/// Whether both are the same, in a time that does not tell where they differ.
bool same_secret(std::string_view a, std::string_view b);

/// SHA-256 of short texts, without allocating after the first. One thread.
class Fingerprinter {
 public:
  using Digest = std::array<unsigned char, 32>;
  Fingerprinter();
  Digest digest(std::string_view text);

 private:
  struct Context;
  struct Free {
    void operator()(Context* context) const;
  };
  std::unique_ptr<Context, Free> context_;
};

}  // namespace hvac::access
