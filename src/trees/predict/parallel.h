#pragma once

#include <cstddef>
#include <span>

#include "trees/predict/engine.h"

namespace hvac::trees {

/// As Engine::predict_batch, the rows shared out among `threads` threads (at least 1), the calling
/// one among them. Same result as on one.
void predict_batch_on(std::size_t threads, const Engine& engine, std::span<const float> rows,
                      std::size_t n, std::span<double> out);

}  // namespace hvac::trees
