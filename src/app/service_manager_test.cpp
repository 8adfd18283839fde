#include "app/service_manager.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace hvac::app {
namespace {

/// Runs `body` in a child whose descriptors from 3 on are free to be handed over, and returns its
/// exit code: what is tested lives in the process' environment and descriptors.
template <class Body>
int in_child(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::closefrom(3);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int loopback_listener() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::listen(descriptor, 8);
  return descriptor;
}

TEST(ServiceManager, HandsOverListeningSocketsByName) {
  EXPECT_EQ(in_child([] {
              if (loopback_listener() != 3 || loopback_listener() != 4) return 10;
              ::setenv("LISTEN_FDS", "2", 1);
              ::setenv("LISTEN_FDNAMES", "api:dashboard", 1);
              const auto sockets = take_inherited_sockets();
              if (!sockets || sockets->size() != 2) return 1;
              const InheritedSocket* dashboard = find_socket(*sockets, "dashboard");
              if (dashboard == nullptr || dashboard->descriptor != 4) return 2;
              if (dashboard->address != "127.0.0.1" || dashboard->port == 0) return 3;
              if (find_socket(*sockets, "other") != nullptr) return 4;
              // Taken once; a program started from here has none.
              return take_inherited_sockets()->empty() ? 0 : 5;
            }),
            0);
}

TEST(ServiceManager, AloneASocketIsTheApisWhateverItsName) {
  const std::vector<InheritedSocket> one = {{"unknown", 3, "127.0.0.1", 8000}};
  EXPECT_EQ(find_socket(one, "api"), &one[0]);
  EXPECT_EQ(find_socket(one, "dashboard"), nullptr);
  const std::vector<InheritedSocket> dashboard = {{"dashboard", 3, "127.0.0.1", 8501}};
  EXPECT_EQ(find_socket(dashboard, "api"), nullptr);
}

// Rejection: what is no listening TCP socket is named.
TEST(ServiceManager, RefusesWhatIsNoListeningSocket) {
  EXPECT_EQ(in_child([] {
              if (::socket(AF_INET, SOCK_STREAM, 0) != 3) return 10;
              ::setenv("LISTEN_FDS", "1", 1);
              const auto sockets = take_inherited_sockets();
              if (sockets) return 1;
              return sockets.error().message.find("no listening") != std::string::npos ? 0 : 2;
            }),
            0);
  EXPECT_EQ(in_child([] {
              ::setenv("LISTEN_FDS", "many", 1);
              return take_inherited_sockets() ? 1 : 0;
            }),
            0);
}

TEST(ServiceManager, SocketsOfAnotherProcessAreNotOurs) {
  EXPECT_EQ(in_child([] {
              ::setenv("LISTEN_PID", "1", 1);
              ::setenv("LISTEN_FDS", "1", 1);
              const auto sockets = take_inherited_sockets();
              return sockets && sockets->empty() ? 0 : 1;
            }),
            0);
}

TEST(ServiceManager, IsToldWhereItListens) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("notify-" + std::to_string(::getpid()))).string();
  const int listener = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(in_child([&] {
              ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
              tell_service_manager("READY=1");
              return 0;
            }),
            0);
  char text[32] = {};
  EXPECT_EQ(::recv(listener, text, sizeof text, MSG_DONTWAIT), 7);
  EXPECT_STREQ(text, "READY=1");
  ::close(listener);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace hvac::app
