#include "training/parallel.h"

#include <atomic>
#include <optional>
#include <thread>

#include "base/guarded.h"

namespace hvac::training {

Result<void> run_jobs(std::size_t n,
                      const std::function<Result<void>(std::size_t, const Progress&)>& job,
                      const Progress& progress) {
  struct Shared {
    std::optional<Error> error;
    double finished = 0.0;
  };
  Guarded<Shared> shared;
  std::atomic<std::size_t> next{0};
  std::atomic<bool> stop{false};

  const auto step = [&](double, std::string_view what) {
    const bool go_on =
        shared.with([&](Shared& s) { return progress(s.finished / static_cast<double>(n), what); });
    if (!go_on) stop = true;
    return !stop;
  };
  const auto work = [&] {
    for (std::size_t i = next++; i < n && !stop; i = next++) {
      const Result<void> done = job(i, step);
      shared.with([&](Shared& s) {
        s.finished += 1.0;
        if (!done && !s.error) s.error = done.error();
      });
      if (!done) stop = true;
    }
  };
  {
    std::jthread other(work);
    work();
  }
  return shared.with([&](Shared& s) -> Result<void> {
    if (s.error) return fail(*s.error);
    if (stop) return fail(ErrorCode::interrupted, "stopped before it was done");
    return {};
  });
}

}  // namespace hvac::training
