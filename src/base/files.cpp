#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/descriptor.h"

namespace hvac {
namespace {

std::string reason(const std::filesystem::path& path, const char* what) {
  return path.string() + ": " + what + ": " + std::strerror(errno);
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) {
    return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
                reason(path, "cannot open"));
  }
  std::string bytes;
  struct stat info{};
  if (::fstat(file.get(), &info) == 0 && info.st_size > 0) {
    bytes.reserve(static_cast<std::size_t>(info.st_size));
  }
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::read(file.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(ErrorCode::unavailable, reason(path, "cannot read"));
    if (n == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(n));
  }
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return fail(ErrorCode::unavailable,
                folder.string() + ": cannot make folder: " + error.message());
  return {};
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  const Descriptor handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle.open() || ::fsync(handle.get()) != 0) {
    return fail(ErrorCode::unavailable, reason(folder, "cannot sync folder"));
  }
  return {};
}

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& path, Readers readers) {
  const std::filesystem::path folder =
      path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  if (auto made = make_folder(folder); !made) return fail(made.error());

  static std::atomic<unsigned> counter{0};
  AtomicFile file;
  file.path_ = path;
  file.temporary_ = path;
  file.temporary_ += ".tmp" + std::to_string(::getpid()) + "." + std::to_string(counter++);
  file.fd_ = ::open(file.temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                    readers == Readers::owner ? 0600 : 0644);
  if (file.fd_ < 0) return fail(ErrorCode::unavailable, reason(file.temporary_, "cannot create"));
  return file;
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept { *this = std::move(other); }

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(temporary_, other.temporary_);
  return *this;
}

Result<void> AtomicFile::write(std::string_view bytes) {
  if (write_all(fd_, bytes)) return {};
  return fail(ErrorCode::unavailable, reason(temporary_, "cannot write"));
}

Result<void> AtomicFile::commit() {
  if (::fsync(fd_) != 0) return fail(ErrorCode::unavailable, reason(temporary_, "cannot write"));
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    return fail(ErrorCode::unavailable, reason(path_, "cannot rename into place"));
  }
  ::close(std::exchange(fd_, -1));
  return sync_folder(path_.has_parent_path() ? path_.parent_path() : std::filesystem::path("."));
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view bytes,
                                   Readers readers) {
  Result<AtomicFile> file = AtomicFile::create(path, readers);
  if (!file) return fail(file.error());
  if (auto written = file->write(bytes); !written) return written;
  return file->commit();
}

}  // namespace hvac
