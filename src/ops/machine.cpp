#include "ops/machine.h"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
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

std::vector<std::string> socket_inodes(pid_t pid) {
  std::vector<std::string> inodes;
  std::error_code error;
  const fs::path folder = fmt::format("/proc/{}/fd", pid);
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code unreadable;
    const std::string target = fs::read_symlink(it->path(), unreadable).string();
    if (target.starts_with("socket:[")) inodes.push_back(target.substr(8, target.size() - 9));
  }
  return inodes;
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
    if (std::find(inodes.begin(), inodes.end(), inode) == inodes.end()) continue;
    addresses.push_back(address_text(local));
  }
  return addresses;
}

std::vector<std::string> listeners_of(pid_t pid) {
  const auto inodes = socket_inodes(pid);
  std::vector<std::string> addresses;
  for (const char* table : {"tcp", "tcp6"}) {
    const auto text = read_file(fmt::format("/proc/{}/net/{}", pid, table));
    if (!text) continue;
    for (std::string& address : listening_in(*text, inodes)) {
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

std::optional<PendingUpdates> pending_updates() {
  std::error_code error;
  const auto changed = fs::last_write_time("/var/lib/apt/lists", error);
  if (error || !has_program("apt-get")) return std::nullopt;
  const auto asked =
      run_command({"apt-get", "--simulate", "-o", "Debug::NoLocking=true", "upgrade"},
                  {.limit = std::chrono::seconds(120)});
  if (!asked || asked->exit != 0) return std::nullopt;
  PendingUpdates updates = parse_updates(asked->output);
  const auto age = fs::file_time_type::clock::now() - changed;
  updates.lists_age_days = std::chrono::duration<double, std::ratio<86'400>>(age).count();
  return updates;
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
