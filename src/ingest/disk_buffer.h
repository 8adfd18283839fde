#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "ingest/reading.h"

namespace hvac::ingest {

struct DiskBufferOptions {
  std::filesystem::path folder;
  /// 1 GiB are about 40 days of a cooler that sends 32 tags every second.
  std::uint64_t most_bytes = std::uint64_t{1} << 30;
  std::uint64_t segment_bytes = std::uint64_t{4} << 20;
};

/// First in, first out, on disk: append-only files of records with checksums. What `append`
/// returned for survives the end of the program and of the machine. Reading goes on where a former
/// run was, or up to one file before that: a reading may come twice, never not at all. One thread.
class DiskBuffer {
 public:
  /// Errors: unavailable.
  [[nodiscard]] static Result<DiskBuffer> open(const DiskBufferOptions& options);
  ~DiskBuffer();
  DiskBuffer(DiskBuffer&&) noexcept;
  DiskBuffer& operator=(DiskBuffer&&) noexcept;

  bool empty() const;
  std::uint64_t bytes() const;
  /// Files whose end could not be read: cut off by a crash, or damaged.
  std::uint64_t damaged() const;

  /// All are on disk when it returns. Errors: unavailable, naming the limit when it is full.
  [[nodiscard]] Result<void> append(std::span<const RawReading> readings);

  /// The oldest readings, at most `most`; `into` is reused. They stay until `forget`. Fewer, also
  /// none, may come where a file ends. Errors: unavailable.
  [[nodiscard]] Result<void> read(std::size_t most, std::vector<RawReading>& into);

  /// Those that `read` gave last are safe elsewhere.
  [[nodiscard]] Result<void> forget();

 private:
  struct State;
  explicit DiskBuffer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hvac::ingest
