#pragma once

#include <span>

#include "base/result.h"
#include "ingest/reading.h"

namespace hvac::ingest {

/// Where readings become safe.
class Sink {
 public:
  virtual ~Sink() = default;

  /// Success says that all are safe: only then is their sender told. Readings may come twice, late
  /// and out of order. Errors: unavailable, timed_out or interrupted when it may work later: they
  /// are kept on disk and come again in order. After other errors they come one by one, and those
  /// that still fail are dropped and counted.
  [[nodiscard]] virtual Result<void> commit(std::span<const RawReading> readings) = 0;
};

}  // namespace hvac::ingest
