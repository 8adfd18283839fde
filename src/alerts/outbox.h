#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "alerts/channel.h"
#include "base/result.h"

namespace hvac::alerts {

/// Messages of one channel that wait on disk, and which ones went out lately: what is added again
/// is not sent again. Bounded: beyond the most they are only counted. One thread.
class Outbox {
 public:
  /// What `file` holds. Errors: unavailable; corrupt, naming the file.
  [[nodiscard]] static Result<Outbox> open(std::filesystem::path file, std::size_t most);

  /// All of them are on disk when it succeeds; after an error they wait in memory.
  /// Errors: unavailable.
  [[nodiscard]] Result<void> add(std::span<const Message> messages);

  const std::deque<Message>& waiting() const { return waiting_; }
  /// Messages that no longer fitted.
  std::uint64_t beyond() const { return beyond_; }
  bool empty() const { return waiting_.empty() && beyond_ == 0; }

  /// The oldest `count` are delivered or given up, and with `counted` so many of those beyond.
  /// Errors: unavailable.
  [[nodiscard]] Result<void> remove(std::size_t count, std::uint64_t counted);

 private:
  Outbox(std::filesystem::path file, std::size_t most) : file_(std::move(file)), most_(most) {}
  Result<void> write() const;

  std::filesystem::path file_;
  std::size_t most_;
  std::deque<Message> waiting_;
  std::uint64_t beyond_ = 0;
  std::deque<std::string> gone_;  ///< Keys of the last ones that went out.
};

}  // namespace hvac::alerts
