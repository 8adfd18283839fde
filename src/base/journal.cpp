#include "base/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/files.h"

namespace hvac {

Result<std::vector<std::string>> read_journal(const std::filesystem::path& file) {
  const auto bytes = read_file(file);
  std::vector<std::string> lines;
  if (!bytes && bytes.error().code == ErrorCode::not_found) return lines;
  if (!bytes) return fail(bytes.error());
  std::string_view rest = *bytes;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return lines;
}

Result<void> append_journal(const std::filesystem::path& file, std::string_view line) {
  const auto before = read_file(file);
  if (!before && before.error().code != ErrorCode::not_found) return fail(before.error());
  const std::size_t size = before ? before->size() : 0;
  const std::size_t last = before ? before->rfind('\n') : std::string::npos;
  const std::size_t whole = last == std::string::npos ? 0 : last + 1;

  const auto failed = [&](const char* what) {
    return fail(ErrorCode::unavailable, file.string() + ": " + what + ": " + std::strerror(errno));
  };
  const Descriptor handle(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!handle.open()) return failed("cannot open");
  if (whole < size && ::ftruncate(handle.get(), static_cast<off_t>(whole)) != 0) {
    return failed("cannot cut off an unfinished line");
  }
  const std::string bytes = std::string(line) + "\n";
  const ssize_t written =
      ::pwrite(handle.get(), bytes.data(), bytes.size(), static_cast<off_t>(whole));
  if (written != static_cast<ssize_t>(bytes.size()) || ::fsync(handle.get()) != 0) {
    return failed("cannot write");
  }
  return sync_folder(file.has_parent_path() ? file.parent_path() : ".");
}

}  // namespace hvac
