#include "registry/history.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>

#include "base/files.h"
#include "base/json.h"

namespace hvac::registry {
namespace {

namespace json = boost::json;

std::string line_of(const Event& event) {
  json::object object{
      {"time", event.time}, {"change", name(event.change)}, {"version", text(event.version)}};
  if (event.previous) object["previous"] = text(*event.previous);
  object["by"] = event.provenance.by;
  object["reason"] = event.provenance.reason;
  object["data"] = event.provenance.data;
  object["data_sha256"] = event.provenance.data_sha256;
  if (!event.manifest_sha256.empty()) object["manifest_sha256"] = event.manifest_sha256;
  return json_text(object) + "\n";
}

std::string word(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<Change> parse_change(std::string_view text) {
  for (const Change change : {Change::registered, Change::promoted, Change::rolled_back}) {
    if (name(change) == text) return change;
  }
  return std::nullopt;
}

std::optional<Event> parse_event(std::string_view line) {
  const auto document = parse_json(line);
  if (!document || !document->is_object()) return std::nullopt;
  const json::object& object = document->get_object();
  const auto change = parse_change(word(object, "change"));
  const auto version = parse_version(word(object, "version"));
  if (!change || !version) return std::nullopt;
  return Event{word(object, "time"),
               *change,
               *version,
               parse_version(word(object, "previous")),
               {word(object, "by"), word(object, "reason"), word(object, "data"),
                word(object, "data_sha256")},
               word(object, "manifest_sha256")};
}

// A file descriptor that closes itself.
struct Descriptor {
  int fd;
  explicit Descriptor(int descriptor) : fd(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

}  // namespace

std::string_view name(Change change) {
  switch (change) {
    case Change::registered:
      return "registered";
    case Change::promoted:
      return "promoted";
    case Change::rolled_back:
      return "rolled_back";
  }
  return "unknown";
}

Result<std::vector<Event>> read_history(const std::filesystem::path& file) {
  const auto bytes = read_file(file);
  if (!bytes) {
    if (bytes.error().code == ErrorCode::not_found) return std::vector<Event>{};
    return fail(bytes.error());
  }
  std::vector<Event> events;
  std::string_view rest = *bytes;
  for (std::size_t line = 1; rest.find('\n') != std::string_view::npos; ++line) {
    const std::size_t end = rest.find('\n');
    auto event = parse_event(rest.substr(0, end));
    if (!event) {
      return fail(ErrorCode::corrupt, fmt::format("{}: line {} is no event", file.string(), line));
    }
    events.push_back(std::move(*event));
    rest.remove_prefix(end + 1);
  }
  return events;
}

Result<void> append_history(const std::filesystem::path& file, const Event& event) {
  auto before = read_file(file);
  if (!before && before.error().code != ErrorCode::not_found) return fail(before.error());
  const std::string& bytes = before ? *before : std::string();
  const std::size_t whole = bytes.rfind('\n') == std::string::npos ? 0 : bytes.rfind('\n') + 1;

  const auto failed = [&](const char* what) {
    return fail(ErrorCode::unavailable,
                fmt::format("{}: {}: {}", file.string(), what, std::strerror(errno)));
  };
  const Descriptor handle(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (handle.fd < 0) return failed("cannot open");
  if (whole < bytes.size() && ::ftruncate(handle.fd, static_cast<off_t>(whole)) != 0) {
    return failed("cannot cut off an unfinished line");
  }
  const std::string line = line_of(event);
  const ssize_t written = ::pwrite(handle.fd, line.data(), line.size(), static_cast<off_t>(whole));
  if (written != static_cast<ssize_t>(line.size()) || ::fsync(handle.fd) != 0) {
    return failed("cannot write");
  }
  return sync_folder(file.has_parent_path() ? file.parent_path() : ".");
}

}  // namespace hvac::registry
