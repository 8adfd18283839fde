#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"

/// Values as bytes, field by field, and back. A type takes part by naming its fields once:
///   template <class Self, class Archive>
///   static void archive(Self& self, Archive& archive) { archive(self.a_, self.b_); }
namespace hvac {

static_assert(std::endian::native == std::endian::little, "archived bytes are little endian");

namespace internal {
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsSequence : std::false_type {};
template <class T, std::size_t N>
struct IsSequence<std::array<T, N>> : std::true_type {};
template <class T>
struct IsSequence<std::vector<T>> : std::true_type {};
template <class T>
struct IsTime : std::false_type {};
template <class C, class D>
struct IsTime<std::chrono::time_point<C, D>> : std::true_type {};
template <class T>
inline constexpr bool kIsNumber = std::is_arithmetic_v<T> || std::is_enum_v<T>;
}  // namespace internal

/// Appends fields to bytes: numbers, enums, texts, times, optionals, arrays, vectors and what has
/// `archive`.
class ArchiveWriter {
 public:
  template <class... Fields>
  void operator()(const Fields&... fields) {
    (put(fields), ...);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  template <class T>
  void put(const T& value) {
    if constexpr (internal::kIsNumber<T>) {
      char raw[sizeof value];
      std::memcpy(raw, &value, sizeof value);
      bytes_.append(raw, sizeof raw);
    } else if constexpr (std::is_same_v<T, std::string>) {
      put(static_cast<std::uint32_t>(value.size()));
      bytes_ += value;
    } else if constexpr (internal::IsTime<T>::value) {
      put(static_cast<std::int64_t>(value.time_since_epoch().count()));
    } else if constexpr (internal::IsOptional<T>::value) {
      put(value.has_value());
      if (value) put(*value);
    } else if constexpr (internal::IsSequence<T>::value) {
      put(static_cast<std::uint32_t>(value.size()));
      for (const auto& item : value) put(item);
    } else {
      T::archive(value, *this);
    }
  }

  std::string bytes_;
};

/// Reads what ArchiveWriter wrote, in the same order. An array or vector keeps its length: bytes
/// of another length do not fit. After reading past the end or what does not fit `good()` is false
/// and the fields mean nothing.
class ArchiveReader {
 public:
  explicit ArchiveReader(std::string_view bytes) : rest_(bytes) {}

  template <class... Fields>
  void operator()(Fields&... fields) {
    (take(fields), ...);
  }
  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }

 private:
  template <class T>
  void take(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      std::uint8_t byte = 0;
      take(byte);
      good_ = good_ && byte <= 1;
      value = byte == 1;
    } else if constexpr (internal::kIsNumber<T>) {
      if (!has(sizeof value)) return;
      std::memcpy(&value, rest_.data(), sizeof value);
      rest_.remove_prefix(sizeof value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      std::uint32_t size = 0;
      take(size);
      if (!has(size)) return;
      value.assign(rest_.substr(0, size));
      rest_.remove_prefix(size);
    } else if constexpr (internal::IsTime<T>::value) {
      std::int64_t count = 0;
      take(count);
      value = T(typename T::duration(count));
    } else if constexpr (internal::IsOptional<T>::value) {
      bool there = false;
      take(there);
      value.reset();
      if (there && good_) take(value.emplace());
    } else if constexpr (internal::IsSequence<T>::value) {
      std::uint32_t size = 0;
      take(size);
      good_ = good_ && size == value.size();
      for (auto& item : value) {
        if (!good_) return;
        take(item);
      }
    } else {
      T::archive(value, *this);
    }
  }
  bool has(std::size_t size) {
    good_ = good_ && size <= rest_.size();
    return good_;
  }

  std::string_view rest_;
  bool good_ = true;
};

/// `body` with what it is, the version of its form, and a CRC-32 over all.
[[nodiscard]] std::string seal(std::string_view kind, std::uint32_t version, std::string_view body);

/// The body again. Errors: corrupt, saying what does not fit: kind, version, length or checksum.
[[nodiscard]] Result<std::string_view> unseal(std::string_view bytes, std::string_view kind,
                                              std::uint32_t version);

}  // namespace hvac
