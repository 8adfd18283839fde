#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace hvac::telemetry {

/// Hands out a file, or a text in memory, line by line through one bounded buffer. One thread.
class LineSource {
 public:
  static constexpr std::size_t kMaxLine = std::size_t{1} << 20;

  /// Errors: not_found; unavailable with the system's reason (also for a folder).
  [[nodiscard]] static Result<LineSource> open(const std::filesystem::path& path);
  static LineSource from_text(std::string text, std::string name);
  ~LineSource();
  LineSource(LineSource&& other) noexcept;
  LineSource& operator=(LineSource&& other) noexcept;

  /// A line without its end. `end` may be written to: it is where the caller may put a sentinel.
  struct Line {
    char* begin = nullptr;
    char* end = nullptr;
    bool complete = true;  ///< False for a last line without an end.
  };

  /// The next line into `line`; false at the end. Errors: unavailable; invalid_argument for a line
  /// above kMaxLine.
  [[nodiscard]] Result<bool> next(Line& line);

  /// What is in the buffer after the last line handed out: to look ahead, never past a buffer.
  std::string_view ahead() const { return {buffer_.data() + begin_, end_ - begin_}; }

  const std::string& name() const { return name_; }
  std::int64_t size() const { return size_; }  ///< In bytes; 0 when unknown.
  std::int64_t consumed() const { return consumed_ + static_cast<std::int64_t>(begin_); }

 private:
  LineSource() = default;
  Result<bool> fill();  // Reads more behind end_; false when there is no more.

  int fd_ = -1;
  std::string name_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::int64_t size_ = 0;
  std::int64_t consumed_ = 0;
  bool at_end_ = false;
};

}  // namespace hvac::telemetry
