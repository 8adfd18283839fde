#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// What systemd (or whatever speaks its protocol) hands to a service it starts and is told by it.
/// Both are plain: environment variables with descriptors from 3 on, and datagrams on a socket.
/// Without a service manager there is nothing, and nothing is told. Source: sd_listen_fds(3),
/// sd_notify(3).
namespace hvac::app {

/// A listening TCP socket that the service manager keeps open while the program restarts, so that
/// no client is refused meanwhile.
struct InheritedSocket {
  std::string name;     ///< FileDescriptorName= of its unit; "unknown" when it has none.
  int descriptor = -1;  ///< Whoever takes it closes it.
  std::string address;  ///< It listens on, "127.0.0.1".
  std::uint16_t port = 0;
};

/// The sockets handed over, in order. They are not handed on to programs started from here; asked
/// a second time, there are none. Not thread-safe: it changes the environment.
/// Errors: invalid_argument when a variable is no number, or a descriptor is no listening TCP
/// socket.
[[nodiscard]] Result<std::vector<InheritedSocket>> take_inherited_sockets();

/// The one of that name; of only one socket, that one for "api" whatever its name.
/// Nothing when there is none.
const InheritedSocket* find_socket(const std::vector<InheritedSocket>& sockets,
                                   std::string_view name);

/// Tells the service manager, e.g. "READY=1". Lost when nobody listens: nobody asked then.
void tell_service_manager(std::string_view state);

}  // namespace hvac::app
