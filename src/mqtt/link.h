#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "mqtt/client.h"

/// Internal to the module: one client's connection to its broker, made again whenever it breaks.
namespace hvac::mqtt {

/// Whether the options can be used at all; `who` is named in the message ("publisher").
/// Errors: invalid_argument.
[[nodiscard]] Result<void> check_client(const ClientOptions& options, std::string_view who);

/// Who uses a link. Called on the link's thread.
class LinkUser {
 public:
  virtual ~LinkUser() = default;
  virtual void connected(const ConnAck& answer) = 0;
  /// An error ends the connection, which is then made again.
  [[nodiscard]] virtual Result<void> received(const Packet& packet) = 0;
  virtual void disconnected() = 0;
  /// Whether more may be read from the broker now; after a no, `resume` tells when.
  virtual bool wants_more() = 0;
};

/// Resource with a thread of its own. `out`, `flush`, `resume` belong to that thread (calls of the
/// user, and what `post` runs); the rest may be called from any.
class Link {
 public:
  /// `connect` is the session's part of the CONNECT packet: clean start, expiry, receive maximum.
  Link(ClientOptions options, Connect connect, LinkUser& user);
  /// Disconnects regularly; what `out` holds is still sent when that takes no longer than a second.
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  void start();

  /// What is to be sent: encode into it, then call `flush`.
  std::string& out();
  void flush();
  void resume();

  void post(std::function<void()> work);
  LinkStatus status() const;
  /// Errors: unavailable, with the reason, when there is no connection after `patience`.
  [[nodiscard]] Result<void> wait_connected(std::chrono::milliseconds patience) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hvac::mqtt
