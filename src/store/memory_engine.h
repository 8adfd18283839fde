#pragma once

#include <memory>

#include "store/engine.h"

namespace hvac::store {

/// Tables in memory, gone at their end. A reader sees the tables as they were at its beginning and
/// makes a writer wait until its end.
std::unique_ptr<Engine> make_memory_engine();

}  // namespace hvac::store
