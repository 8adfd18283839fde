#include "app/signals.h"

#include <pthread.h>

#include <initializer_list>

namespace hvac::app {

Signals::Signals() {
  sigemptyset(&set_);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, signal);
  pthread_sigmask(SIG_BLOCK, &set_, &before_);
}

Signals::~Signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

int Signals::wait() const {
  const timespec moment{0, 250'000'000};
  const int signal = sigtimedwait(&set_, nullptr, &moment);
  return signal > 0 ? signal : 0;
}

}  // namespace hvac::app
