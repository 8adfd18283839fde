#include "api/request_log.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/files.h"

namespace hvac::api {
namespace {

constexpr std::size_t kEnoughToWrite = 256 * 1024;
constexpr std::size_t kReserved = kEnoughToWrite + 64 * 1024;  // Beyond it, adding a line may
                                                               // allocate.

int open_for_append(const std::filesystem::path& file) {
  return ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

std::string_view name(RequestLog::Level level) {
  switch (level) {
    case RequestLog::Level::info:
      return "INFO ";
    case RequestLog::Level::warning:
      return "WARNING ";
    case RequestLog::Level::error:
      return "ERROR ";
  }
  return "";
}

}  // namespace

Result<std::unique_ptr<RequestLog>> RequestLog::open(std::filesystem::path file, LogLimits limits,
                                                     Clock clock) {
  if (auto made = make_folder(file.parent_path()); !made) return fail(made.error());
  const int descriptor = open_for_append(file);
  struct stat info{};
  if (descriptor < 0 || ::fstat(descriptor, &info) != 0) {
    return fail(ErrorCode::unavailable,
                file.string() + ": cannot open: " + std::string(std::strerror(errno)));
  }
  const auto changed = TimePoint(std::chrono::seconds(info.st_mtime));
  const TimePoint begun = info.st_size > 0 ? changed : clock();
  return std::unique_ptr<RequestLog>(new RequestLog(std::move(file), limits, std::move(clock),
                                                    descriptor,
                                                    static_cast<std::size_t>(info.st_size), begun));
}

RequestLog::RequestLog(std::filesystem::path file, LogLimits limits, Clock clock, int descriptor,
                       std::size_t size, TimePoint begun)
    : file_(std::move(file)),
      limits_(limits),
      clock_(std::move(clock)),
      descriptor_(descriptor),
      size_(size),
      begun_(begun) {
  pending_.reserve(kReserved);
  thread_ = std::thread([this] { work(); });
}

RequestLog::~RequestLog() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
  ::close(descriptor_);
}

void RequestLog::add(Level level, std::string_view line) {
  const TimePoint now = clock_();
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  const auto milliseconds = static_cast<unsigned>((now - second).count());
  const std::lock_guard lock(mutex_);
  if (pending_.size() + line.size() > limits_.pending_bytes) {
    ++dropped_;
    return;
  }
  if (second != stamp_second_ || stamp_[0] == '\0') {
    stamp_second_ = second;
    fmt::format_to_n(stamp_, sizeof stamp_ - 1, "{:%Y-%m-%dT%H:%M:%S}.", second);
  }
  pending_ += stamp_;
  pending_ += static_cast<char>('0' + milliseconds / 100);
  pending_ += static_cast<char>('0' + milliseconds / 10 % 10);
  pending_ += static_cast<char>('0' + milliseconds % 10);
  pending_ += "Z ";
  pending_ += name(level);
  pending_ += line;
  pending_ += '\n';
  if (pending_.size() > kEnoughToWrite && !writing_) wake_.notify_one();
}

std::uint64_t RequestLog::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void RequestLog::flush() {
  std::unique_lock lock(mutex_);
  wake_.notify_one();
  written_.wait(lock, [this] { return pending_.empty() && !writing_; });
}

void RequestLog::work() {
  std::string block;
  block.reserve(kReserved);
  std::unique_lock lock(mutex_);
  while (!stop_ || !pending_.empty()) {
    if (pending_.empty() || (!stop_ && pending_.size() <= kEnoughToWrite)) {
      wake_.wait_for(lock, limits_.flush);
    }
    if (!pending_.empty()) {
      block.clear();
      block.swap(pending_);
      writing_ = true;
      lock.unlock();
      write(block);
      lock.lock();
      writing_ = false;
    }
    written_.notify_all();
  }
}

void RequestLog::write(const std::string& block) {
  if (size_ > 0 &&
      (size_ + block.size() > limits_.file_bytes || clock_() - begun_ >= limits_.file_age)) {
    rotate();
  }
  std::string_view rest = block;
  while (!rest.empty()) {
    const ssize_t n = ::write(descriptor_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {  // A full disk must not stop the service: the lines are lost and counted.
      const std::lock_guard lock(mutex_);
      for (const char c : rest) dropped_ += c == '\n' ? 1 : 0;
      return;
    }
    size_ += static_cast<std::size_t>(n);
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

void RequestLog::rotate() {
  std::error_code ignored;  // What cannot be renamed goes on growing: better than no log.
  const auto numbered = [this](unsigned n) {
    return std::filesystem::path(file_.string() + "." + std::to_string(n));
  };
  for (unsigned n = limits_.kept_files; n > 1; --n) {
    std::filesystem::rename(numbered(n - 1), numbered(n), ignored);
  }
  std::filesystem::rename(file_, numbered(1), ignored);
  const int next = open_for_append(file_);
  if (next < 0) return;
  ::close(descriptor_);
  descriptor_ = next;
  size_ = 0;
  begun_ = clock_();
}

}  // namespace hvac::api
