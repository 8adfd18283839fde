#include "telemetry/line_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace hvac::telemetry {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 20;

}  // namespace

Result<LineSource> LineSource::open(const std::filesystem::path& path) {
  LineSource source;
  source.name_ = path.string();
  source.fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (source.fd_ < 0) {
    return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
                source.name_ + ": cannot open: " + std::strerror(errno));
  }
  struct stat info{};
  if (::fstat(source.fd_, &info) == 0) {
    if (S_ISDIR(info.st_mode)) {
      return fail(ErrorCode::unavailable, source.name_ + ": is a folder, not a file");
    }
    source.size_ = info.st_size;
  }
  ::posix_fadvise(source.fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
  source.buffer_.resize(kMaxLine + kChunk + 1);
  if (auto filled = source.fill(); !filled) return fail(filled.error());
  return source;
}

LineSource LineSource::from_text(std::string text, std::string name) {
  LineSource source;
  source.name_ = std::move(name);
  source.size_ = static_cast<std::int64_t>(text.size());
  source.buffer_.assign(text.begin(), text.end());
  source.buffer_.push_back('\n');  // Room for the sentinel.
  source.end_ = text.size();
  source.at_end_ = true;
  return source;
}

LineSource::~LineSource() {
  if (fd_ >= 0) ::close(fd_);
}

LineSource::LineSource(LineSource&& other) noexcept { *this = std::move(other); }

LineSource& LineSource::operator=(LineSource&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(name_, other.name_);
  std::swap(buffer_, other.buffer_);
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
  std::swap(size_, other.size_);
  std::swap(consumed_, other.consumed_);
  std::swap(at_end_, other.at_end_);
  return *this;
}

Result<bool> LineSource::fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  consumed_ += static_cast<std::int64_t>(begin_);
  end_ -= begin_;
  begin_ = 0;
  const std::size_t room = std::min(buffer_.size() - 1 - end_, kChunk);  // 1 for the sentinel
  for (;;) {
    const ssize_t n = ::read(fd_, buffer_.data() + end_, room);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      return fail(ErrorCode::unavailable, name_ + ": cannot read: " + std::strerror(errno));
    }
    end_ += static_cast<std::size_t>(n);
    at_end_ = n == 0;
    return n > 0;
  }
}

Result<bool> LineSource::next(Line& line) {
  std::size_t searched = begin_;
  for (;;) {
    char* const found =
        static_cast<char*>(std::memchr(buffer_.data() + searched, '\n', end_ - searched));
    if (found != nullptr) {
      line = {buffer_.data() + begin_, found, true};
      begin_ = static_cast<std::size_t>(found - buffer_.data()) + 1;
      break;
    }
    if (end_ - begin_ > kMaxLine) {
      return fail(ErrorCode::invalid_argument, name_ + ": a line is longer than " +
                                                   std::to_string(kMaxLine) +
                                                   " bytes: this is no telemetry in CSV");
    }
    if (at_end_) {
      if (begin_ == end_) return false;
      line = {buffer_.data() + begin_, buffer_.data() + end_, false};
      begin_ = end_;
      break;
    }
    const std::size_t kept = end_ - begin_;
    if (auto more = fill(); !more) return fail(more.error());
    searched = kept;
  }
  if (line.end > line.begin && line.end[-1] == '\r') --line.end;
  return true;
}

}  // namespace hvac::telemetry
