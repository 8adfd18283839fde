#include "app/service_manager.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace hvac::app {
namespace {

constexpr int kFirstDescriptor = 3;  // SD_LISTEN_FDS_START.
constexpr int kMostSockets = 64;     // We know what to do with two.

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

Result<long> number(const char* name) {
  const std::string text = variable(name);
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}=\"{}\" in the environment is no number", name, text));
  }
  return value;
}

std::vector<std::string> names_of(int count) {
  std::vector<std::string> names(static_cast<std::size_t>(count), "unknown");
  std::string_view rest;
  const std::string text = variable("LISTEN_FDNAMES");
  rest = text;
  for (std::string& name : names) {
    if (rest.empty()) break;
    const std::size_t end = std::min(rest.find(':'), rest.size());
    name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return names;
}

int socket_option(int descriptor, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

Result<InheritedSocket> inspect(int descriptor, std::string name) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  const auto refused = [&](std::string_view why) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("descriptor {} (\"{}\") of the service manager {}", descriptor, name, why));
  };
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
    return refused(std::string("is no socket: ") + std::strerror(errno));
  }
  if (socket_option(descriptor, SO_TYPE) != SOCK_STREAM ||
      socket_option(descriptor, SO_ACCEPTCONN) != 1) {
    return refused("is no listening stream socket");
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  InheritedSocket socket{std::move(name), descriptor, "", 0};
  if (storage.ss_family == AF_INET) {
    const auto* four = reinterpret_cast<const sockaddr_in*>(&storage);
    ::inet_ntop(AF_INET, &four->sin_addr, text.data(), text.size());
    socket.port = ntohs(four->sin_port);
  } else if (storage.ss_family == AF_INET6) {
    const auto* six = reinterpret_cast<const sockaddr_in6*>(&storage);
    ::inet_ntop(AF_INET6, &six->sin6_addr, text.data(), text.size());
    socket.port = ntohs(six->sin6_port);
  } else {
    return refused("is no TCP socket");
  }
  socket.address = text.data();
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  return socket;
}

}  // namespace

Result<std::vector<InheritedSocket>> take_inherited_sockets() {
  std::vector<InheritedSocket> sockets;
  if (variable("LISTEN_PID").empty() || variable("LISTEN_FDS").empty()) return sockets;
  const auto pid = number("LISTEN_PID");
  if (!pid) return fail(pid.error());
  const auto count = number("LISTEN_FDS");
  if (!count) return fail(count.error());
  if (*pid != ::getpid()) return sockets;  // They are for whoever started us.
  if (*count < 0 || *count > kMostSockets) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("LISTEN_FDS={} is outside 0..{}", *count, kMostSockets));
  }
  const std::vector<std::string> names = names_of(static_cast<int>(*count));
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  for (int i = 0; i < static_cast<int>(*count); ++i) {
    auto socket = inspect(kFirstDescriptor + i, names[static_cast<std::size_t>(i)]);
    if (!socket) return fail(socket.error());
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

const InheritedSocket* find_socket(const std::vector<InheritedSocket>& sockets,
                                   std::string_view name) {
  for (const InheritedSocket& socket : sockets) {
    if (socket.name == name) return &socket;
  }
  return sockets.size() == 1 && name == "api" && sockets.front().name != "dashboard"
             ? &sockets.front()
             : nullptr;
}

void tell_service_manager(std::string_view state) {
  const std::string path = variable("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (path.empty() || (path[0] != '/' && path[0] != '@') ||
      path.size() >= sizeof address.sun_path) {
    return;
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  ::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address), size);
  ::close(descriptor);
}

}  // namespace hvac::app
