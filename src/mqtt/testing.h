#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "mqtt/client.h"

/// For tests and benchmarks: a real mosquitto on the loopback. Not part of the program.
namespace hvac::mqtt::testing {

/// Whether the broker's program is installed.
bool broker_installed();

/// A port of the loopback that nothing listens at.
std::uint16_t free_port();

/// Waits until `done` says so, a minute or more: 6000 looks. False when it never does.
bool eventually(const std::function<bool()>& done);

/// A folder of its own that goes away with it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path path;
};

/// A certificate authority, its certificate for `localhost`, and their keys, made at once with RSA.
/// Files: ca.pem, server.pem, server.key. False when OpenSSL's tool is not installed.
bool make_certificates(const std::filesystem::path& folder);

struct BrokerOptions {
  bool tls = false;
  std::string user;  ///< Not empty: nobody else may connect.
  std::string password;
  std::vector<std::string> lines;  ///< More of the configuration.
};

/// A broker with persistence, in a folder of its own, that queues without limits. One thread.
class Broker {
 public:
  explicit Broker(BrokerOptions options = {});
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  /// Starts it again with what it kept. Waits until it listens; false when it does not.
  bool start();
  /// Ends it: `signal` is SIGTERM or SIGKILL.
  void stop(int signal);

  ClientOptions client(const std::string& client_id) const;
  std::string url() const;
  const std::filesystem::path& folder() const { return folder_.path; }
  std::uint16_t port() const { return port_; }

 private:
  TemporaryFolder folder_;
  BrokerOptions options_;
  std::uint16_t port_;
  int process_ = -1;
};

}  // namespace hvac::mqtt::testing
