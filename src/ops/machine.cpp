#include "ops/machine.h"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <thread>

#include "base/files.h"
#include "ops/command.h"

namespace hvac::ops {
namespace {

namespace fs = std::filesystem;

// "0100007F:1F40" as the kernel writes it: 32-bit words in the machine's order.
std::string address_text(const std::string& hex) {
  const std::size_t colon = hex.find(':');
  if (colon == std::string::npos) return hex;
  const std::string host = hex.substr(0, colon);
  const long port = std::strtol(hex.c_str() + colon + 1, nullptr, 16);
  if (host.size() == 8) {
    const unsigned long word = std::strtoul(host.c_str(), nullptr, 16);
    return fmt::format("{}.{}.{}.{}:{}", word & 255U, word >> 8U & 255U, word >> 16U & 255U,
                       word >> 24U & 255U, port);
  }
  if (host == "00000000000000000000000000000000") return fmt::format("[::]:{}", port);
  if (host == "00000000000000000000000001000000") return fmt::format("[::1]:{}", port);
  return fmt::format("[{}]:{}", host, port);
}

// Nothing where the kernel does not show them: of a process in another user namespace, as the
// units' PrivateUsers= makes one.
std::optional<std::vector<std::string>> socket_inodes(pid_t pid) {
  std::vector<std::string> inodes;
  std::error_code error;
  const fs::path folder = fmt::format("/proc/{}/fd", pid);
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code unreadable;
    const std::string target = fs::read_symlink(it->path(), unreadable).string();
    if (target.starts_with("socket:[")) inodes.push_back(target.substr(8, target.size() - 9));
  }
  if (error) return std::nullopt;
  return inodes;
}

// The addresses that listen, of whose sockets `ours` says so by address and inode.
template <class Ours>
std::vector<std::string> listening(std::string_view table, const Ours& ours) {
  constexpr const char* kListening = "0A";
  std::vector<std::string> addresses;
  std::istringstream lines{std::string(table)};
  std::string line;
  std::getline(lines, line);  // The heading.
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >>
        timeout >> inode;
    if (state != kListening) continue;
    std::string address = address_text(local);
    if (ours(address, inode)) addresses.push_back(std::move(address));
  }
  return addresses;
}

constexpr double kOldLists = 7.0;  // [days]
constexpr std::chrono::seconds kAptLimit{120};
constexpr const char* kFetched = ".fetched";

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// How old the lists in a folder are; nothing when it holds none. A list keeps the time it was made
// at, so the folder says when it was fetched, or what was noted then.
std::optional<double> lists_age_days(const fs::path& lists) {
  std::error_code error;
  bool any = false;
  for (fs::directory_iterator it(lists, error), end; !error && it != end; it.increment(error)) {
    any = any || it->path().filename().string().ends_with("Release");
  }
  if (!any) return std::nullopt;
  auto fetched = fs::last_write_time(lists, error);
  if (error) return std::nullopt;
  const auto noted = fs::last_write_time(lists / kFetched, error);
  if (!error) fetched = noted;
  const auto age = fs::file_time_type::clock::now() - fetched;
  return std::chrono::duration<double, std::ratio<86'400>>(age).count();
}

std::vector<std::string> apt_get(const PackageSource& source, const fs::path& lists,
                                 const std::string& first) {
  std::vector<std::string> words = {
      "apt-get", first, "-o", "Debug::NoLocking=true", "-o", "Dir::State::lists=" + lists.string()};
  if (lists == source.own_lists) {  // What the system keeps of its own lists is not of these.
    words.insert(words.end(), {"-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="});
  }
  words.insert(words.end(), source.apt_options.begin(), source.apt_options.end());
  return words;
}

// With what this user may do: nothing of the system's own is changed.
Result<void> fetch_lists(const PackageSource& source) {
  if (auto made = make_folder(source.own_lists / "partial"); !made) return made;
  std::vector<std::string> words = apt_get(source, source.own_lists, "--quiet");
  for (const char* option :
       {"Acquire::Languages=none", "Acquire::GzipIndexes=true", "Acquire::Retries=0",
        "Acquire::http::Timeout=10", "Acquire::https::Timeout=10",
        "APT::Sandbox::User=", "APT::Update::Error-Mode=any"}) {
    words.insert(words.end(), {"-o", option});
  }
  words.emplace_back("update");
  const auto done = run_command(words, {.limit = kAptLimit});
  if (!done) return fail(done.error());
  if (done->exit != 0) {
    return fail(ErrorCode::unavailable, "apt-get update: " + first_line(done->errors));
  }
  return write_file_atomically(source.own_lists / kFetched, "");
}

}  // namespace

std::optional<DiskSpace> disk_space(const fs::path& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) != 0) return std::nullopt;
  return DiskSpace{static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize,
                   static_cast<std::uint64_t>(info.f_blocks) * info.f_frsize};
}

std::optional<std::uint64_t> memory_of(pid_t pid) {
  const auto text = read_file(fmt::format("/proc/{}/status", pid));
  if (!text) return std::nullopt;
  const std::size_t at = text->find("VmRSS:");
  if (at == std::string::npos) return std::nullopt;
  return std::strtoull(text->c_str() + at + 6, nullptr, 10) * 1024;
}

std::optional<double> load_per_core() {
  double loads[3];
  if (::getloadavg(loads, 3) < 2) return std::nullopt;
  return loads[1] / std::max(1U, std::thread::hardware_concurrency());
}

std::vector<std::string> listening_in(std::string_view table,
                                      const std::vector<std::string>& inodes) {
  return listening(table, [&](const std::string&, const std::string& inode) {
    return std::find(inodes.begin(), inodes.end(), inode) != inodes.end();
  });
}

std::vector<std::string> listening_at(std::string_view table,
                                      const std::vector<std::string>& urls) {
  return listening(table, [&](const std::string& address, const std::string&) {
    const std::string port = address.substr(address.rfind(':'));
    return std::any_of(urls.begin(), urls.end(),
                       [&](const std::string& url) { return url.ends_with(port); });
  });
}

std::vector<std::string> listeners_of(pid_t pid, const std::vector<std::string>& urls) {
  // A hardened caller may be shown no file of the program at all; what is served says its ports
  // then.
  const auto inodes = socket_inodes(pid);
  const bool shown = inodes && !inodes->empty();
  std::vector<std::string> addresses;
  for (const char* table : {"tcp", "tcp6"}) {
    const std::string whose = shown ? std::to_string(pid) : "self";
    const auto text = read_file(fmt::format("/proc/{}/net/{}", whose, table));
    if (!text) continue;
    for (std::string& address : shown ? listening_in(*text, *inodes) : listening_at(*text, urls)) {
      addresses.push_back(std::move(address));
    }
  }
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

std::optional<bool> clock_is_synchronised() {
  timex state{};
  const int answer = ::adjtimex(&state);
  if (answer < 0) return std::nullopt;
  return answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

PendingUpdates parse_updates(std::string_view apt_output) {
  PendingUpdates updates;
  std::string first;
  std::istringstream lines{std::string(apt_output)};
  std::string line;
  while (std::getline(lines, line)) {
    if (!line.starts_with("Inst ")) continue;
    ++updates.all;
    const std::string package = line.substr(5, line.find(' ', 5) - 5);
    if (line.find("ecurity") != std::string::npos) {
      ++updates.security;
      updates.names += (updates.names.empty() ? "" : ", ") + package;
    } else if (updates.all <= 5) {
      first += (first.empty() ? "" : ", ") + package;
    }
  }
  if (updates.security == 0) updates.names = first;
  return updates;
}

Result<PendingUpdates> pending_updates(const PackageSource& source) {
  if (!has_program("apt-get")) return fail(ErrorCode::not_found, "there is no apt here");
  std::optional<double> age = lists_age_days(source.lists);
  fs::path lists = source.lists;
  std::string fault;
  if (!source.own_lists.empty() && age.value_or(kOldLists) >= kOldLists) {
    const auto own = lists_age_days(source.own_lists);
    const bool fresh = own && *own < kOldLists;
    if (const auto fetched = fresh ? Result<void>() : fetch_lists(source); !fetched) {
      fault = fetched.error().message;
    }
    if (const auto now = lists_age_days(source.own_lists); now && *now < age.value_or(*now + 1)) {
      age = now;
      lists = source.own_lists;
    }
  }
  if (!age) return fail(ErrorCode::unavailable, "there are no lists of packages here; " + fault);
  std::vector<std::string> words = apt_get(source, lists, "--simulate");
  words.insert(words.end(), {"--with-new-pkgs", "upgrade"});
  const auto asked = run_command(words, {.limit = kAptLimit});
  if (!asked) return fail(asked.error());
  if (asked->exit != 0)
    return fail(ErrorCode::unavailable, "apt-get: " + first_line(asked->errors));
  PendingUpdates updates = parse_updates(asked->output);
  updates.lists_age_days = *age;
  updates.fault = fault;
  return updates;
}

std::string distribution_text() {
  const auto version = read_file("/etc/debian_version");
  std::string text =
      "Debian " + (version ? first_line(*version) : std::string("of unknown version"));
  const bool contained = fs::exists("/.dockerenv") || fs::exists("/run/.containerenv") ||
                         std::getenv("KUBERNETES_SERVICE_HOST") != nullptr;
  return contained ? "base of this container: " + text : text;
}

std::optional<std::int64_t> certificate_end(const fs::path& file) {
  const std::unique_ptr<FILE, int (*)(FILE*)> in(std::fopen(file.c_str(), "rb"), &std::fclose);
  if (!in) return std::nullopt;
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_X509(in.get(), nullptr, nullptr, nullptr), &X509_free);
  if (!certificate) return std::nullopt;
  int days = 0;
  int seconds = 0;
  const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> zero(ASN1_TIME_set(nullptr, 0),
                                                                   &ASN1_TIME_free);
  if (ASN1_TIME_diff(&days, &seconds, zero.get(), X509_get0_notAfter(certificate.get())) != 1) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(days) * 86'400 + seconds;
}

}  // namespace hvac::ops
