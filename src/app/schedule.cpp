#include "app/schedule.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace hvac::app {

using SteadyClock = std::chrono::steady_clock;

void Schedule::every(std::chrono::milliseconds period, std::string name, Job job,
                     std::chrono::milliseconds first) {
  entries_.push_back({std::move(name), period, first, std::move(job)});
}

void Schedule::start() {
  for (Entry& entry : entries_) entry.due = SteadyClock::now() + entry.first;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Schedule::run(const std::stop_token& stop) {
  if (entries_.empty()) return;
  std::mutex mutex;
  std::condition_variable_any wake;
  while (!stop.stop_requested()) {
    Entry& next = *std::ranges::min_element(entries_, {}, &Entry::due);
    {
      std::unique_lock lock(mutex);
      wake.wait_until(lock, stop, next.due, [] { return false; });
    }
    if (stop.stop_requested()) return;
    run_one(next);
    next.due = SteadyClock::now() + next.period;
  }
}

void Schedule::run_one(Entry& entry) {
  const Result<void> done = entry.job();
  const std::string failure = done ? std::string() : done.error().message;
  if (failure != entry.failure) report_(entry.name, failure);
  entry.failure = failure;
}

}  // namespace hvac::app
