#pragma once

#include <sys/types.h>

#include <string>

#include "store/testing.h"

namespace hvac::store {

/// A real PostgreSQL server of the tests' own, on loopback, in a folder that is gone afterwards.
class PostgresServer {
 public:
  /// One for all tests, started when first asked for; nullptr where it cannot be had ...
  static PostgresServer* shared();
  /// ... and why.
  static const std::string& why_absent();

  ~PostgresServer();

  /// Makes an empty database. Returns its connection string.
  std::string new_database();

  /// Ends every server process at once, without writing anything more; `start` recovers.
  bool kill();
  bool start();

 private:
  PostgresServer() = default;
  bool initialise(const std::string& programs);
  int run(const std::string& command) const;

  ScratchFolder scratch_;
  std::string programs_;
  int port_ = 0;
  int databases_ = 0;
  uid_t user_ = 0;
};

}  // namespace hvac::store
