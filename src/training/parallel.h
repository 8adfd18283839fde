#pragma once

#include <cstddef>
#include <functional>

#include "base/progress.h"
#include "base/result.h"

namespace hvac::training {

/// Runs `job(0) ... job(n - 1)` on two threads: training is for machines of two cores, and more
/// threads would change nothing in the results but need more memory. Each job gets a progress of
/// its own; together they move `progress`. The first error ends it.
[[nodiscard]] Result<void> run_jobs(
    std::size_t n, const std::function<Result<void>(std::size_t, const Progress&)>& job,
    const Progress& progress);

}  // namespace hvac::training
