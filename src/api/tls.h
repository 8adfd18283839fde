#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/guarded.h"
#include "base/result.h"

namespace boost::asio::ssl {
class context;
}

namespace hvac::api {

/// PEM files of a server's certificate, with those between it and its authority, and of its key.
struct TlsFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// The server's side of TLS 1.2 and 1.3, as its files are: a renewed certificate takes effect for
/// the next connection. Any thread.
class Tls {
 public:
  /// Errors: invalid_argument, naming the file, when one is missing, is none or does not belong to
  /// the other.
  [[nodiscard]] static Result<std::shared_ptr<Tls>> load(TlsFiles files);
  ~Tls();

  /// For one new connection.
  std::shared_ptr<boost::asio::ssl::context> context() const;

  /// Loads the files again if they have changed since. Returns whether they are now in service.
  /// Errors: as `load`, once for each change; what was loaded before stays in service.
  [[nodiscard]] Result<bool> refresh();

 private:
  struct State;
  explicit Tls(TlsFiles files);

  const TlsFiles files_;
  Guarded<std::unique_ptr<State>> state_;
};

}  // namespace hvac::api
