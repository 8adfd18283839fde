#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>

namespace hvac {
namespace {

Result<Descriptor> lock(const std::filesystem::path& file, int operation) {
  Descriptor handle(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  int done = -1;
  if (handle.open()) {
    do {
      done = ::flock(handle.get(), operation);
    } while (done != 0 && errno == EINTR);
  }
  if (done == 0) return handle;
  if (errno == EWOULDBLOCK) {
    return fail(ErrorCode::conflict, file.string() + " is locked by another program");
  }
  return fail(ErrorCode::unavailable, file.string() + ": cannot lock: " + std::strerror(errno));
}

}  // namespace

Result<Descriptor> lock_file(const std::filesystem::path& file) { return lock(file, LOCK_EX); }

Result<Descriptor> try_lock_file(const std::filesystem::path& file) {
  return lock(file, LOCK_EX | LOCK_NB);
}

Result<Descriptor> try_share_file(const std::filesystem::path& file) {
  return lock(file, LOCK_SH | LOCK_NB);
}

}  // namespace hvac
