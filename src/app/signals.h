#pragma once

#include <signal.h>

namespace hvac::app {

/// The signals that a running program takes, kept from all threads made while it lives.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// The next one of SIGTERM, SIGINT and SIGHUP, or 0 when none came within a moment.
  int wait() const;

 private:
  sigset_t set_{};
  sigset_t before_{};
};

}  // namespace hvac::app
