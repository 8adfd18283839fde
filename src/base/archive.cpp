#include "base/archive.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace hvac {
namespace {

constexpr std::size_t kNumber = sizeof(std::uint32_t);

void append(std::string& bytes, std::uint32_t number) {
  char raw[kNumber];
  std::memcpy(raw, &number, kNumber);
  bytes.append(raw, kNumber);
}

std::uint32_t number_at(std::string_view bytes, std::size_t place) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data() + place, kNumber);
  return number;
}

}  // namespace

std::string seal(std::string_view kind, std::uint32_t version, std::string_view body) {
  std::string bytes(kind);
  append(bytes, version);
  bytes += body;
  append(bytes, crc32(bytes));
  return bytes;
}

Result<std::string_view> unseal(std::string_view bytes, std::string_view kind,
                                std::uint32_t version) {
  if (!bytes.starts_with(kind) || bytes.size() < kind.size() + 2 * kNumber) {
    return fail(ErrorCode::corrupt, fmt::format("{} bytes that are no {}", bytes.size(), kind));
  }
  const std::string_view covered = bytes.substr(0, bytes.size() - kNumber);
  if (crc32(covered) != number_at(bytes, covered.size())) {
    return fail(ErrorCode::corrupt, fmt::format("{}: the checksum is wrong", kind));
  }
  const std::uint32_t found = number_at(bytes, kind.size());
  if (found != version) {
    return fail(ErrorCode::corrupt,
                fmt::format("{}: version {}, this program reads {}", kind, found, version));
  }
  return covered.substr(kind.size() + kNumber);
}

}  // namespace hvac
