#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"

namespace hvac::app {

/// What a running program does from time to time: one job after the other on a thread of its own,
/// from `start` until it is destroyed. A job that fails is reported and comes again in its turn.
class Schedule {
 public:
  using Job = std::function<Result<void>()>;
  /// Told of a job's failure when it is another than the last time; nothing when it works again.
  using Report = std::function<void(const std::string& job, const std::string& failure)>;

  explicit Schedule(Report report) : report_(std::move(report)) {}

  /// Before `start`. The first run is `first` after the start.
  void every(std::chrono::milliseconds period, std::string name, Job job,
             std::chrono::milliseconds first = std::chrono::milliseconds(0));

  void start();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Entry {
    std::string name;
    std::chrono::milliseconds period;
    std::chrono::milliseconds first;
    Job job;
    Time due{};
    std::string failure{};
  };
  void run(const std::stop_token& stop);
  void run_one(Entry& entry);

  const Report report_;
  std::vector<Entry> entries_;
  std::jthread thread_;  ///< Last: it uses the others.
};

}  // namespace hvac::app
