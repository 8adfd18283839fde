// What the machine's loopback allows a server of one thread: takes whatever arrives on a connection
// for one request and answers it with the same thousand bytes, nothing parsed, predicted or logged.
// The peer of bench/http_load.sh. Prints its port; runs until it is killed.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

namespace {

int listening() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
      listen(listener, 512) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return -1;
  }
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

void watch(int poll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event);
}

void answer(int connection, const std::string& reply) {
  std::array<char, 16'384> request;
  const ssize_t bytes = recv(connection, request.data(), request.size(), 0);
  if (bytes <= 0 || send(connection, reply.data(), reply.size(), MSG_NOSIGNAL) < 0)
    close(connection);
}

}  // namespace

int main() {
  const int listener = listening();
  if (listener < 0) return 1;
  std::string reply = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + std::string(1'000, ' ');
  const int poll = epoll_create1(0);
  watch(poll, listener);
  std::array<epoll_event, 256> events;
  for (;;) {
    const int ready = epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor != listener) {
        answer(descriptor, reply);
        continue;
      }
      const int connection = accept(listener, nullptr, nullptr);
      const int on = 1;
      setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      watch(poll, connection);
    }
  }
}
