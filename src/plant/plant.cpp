#include "plant/plant.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace hvac::plant {
namespace {

constexpr double kDay = 86400.0;
constexpr double kLongestStep = 5.0;  // s the process goes at a time

TimePoint after(TimePoint start, double seconds) {
  return start + std::chrono::milliseconds(std::llround(seconds * 1000.0));
}

}  // namespace

struct Plant::State {
  explicit State(PlantOptions given)
      : options(std::move(given)),
        random(options.seed),
        environment(options.seed, options.start),
        process(options.dimensions, options.seed),
        logger(options.seed) {}

  void advance(double seconds) {
    const int steps = std::max(1, static_cast<int>(std::ceil(seconds / kLongestStep)));
    const double step_s = seconds / steps;
    for (int i = 0; i < steps; ++i) {
      elapsed_s += step_s;
      const Surroundings around = environment.step(after(options.start, elapsed_s), step_s);
      const double air_c =
          logger.seen(Tag::AMBT, process.truth().room_c, options.faults, elapsed_s);
      const Commands commands =
          controller.step({air_c, around.set_point_c, around.wanted, around.hot_water}, step_s);
      process.step(around, commands, options.faults, elapsed_s, step_s);
    }
  }

  double next_interval() {
    const Quirks& q = options.quirks;
    double interval = options.interval_s;
    if (q.interval_jitter > 0.0) {
      interval *= std::clamp(1.0 + q.interval_jitter * random.normal(), 0.3, 3.0);
    }
    const double days = interval / kDay;
    if (q.gaps_per_day > 0.0 && random.chance(q.gaps_per_day * days)) {
      interval += random.between(300.0, 3600.0);
      ++recording;
    }
    return interval;
  }

  PlantOptions options;
  Random random;
  Environment environment;
  Controller controller;
  Process process;
  Logger logger;
  double elapsed_s = 0.0;
  std::uint32_t recording = 0;
  int reboot_rows = 0;
  PlantReading last{};
  bool started = false;
};

Plant::Plant(PlantOptions options) {
  if (!(options.interval_s > 0.0)) throw std::logic_error("plant: interval must be above 0 s");
  state_ = std::make_unique<State>(std::move(options));
}
Plant::~Plant() = default;
Plant::Plant(Plant&&) noexcept = default;
Plant& Plant::operator=(Plant&&) noexcept = default;

PlantReading Plant::step() {
  State& s = *state_;
  const Quirks& q = s.options.quirks;
  if (s.started && q.duplicate_chance > 0.0 && s.random.chance(q.duplicate_chance)) return s.last;
  const double interval = s.next_interval();
  s.advance(interval);
  s.started = true;

  PlantReading& reading = s.last;
  reading.time = after(s.options.start, s.elapsed_s);
  reading.recording = s.recording;
  reading.truth = s.process.truth();
  reading.faults.clear();
  for (const Fault& fault : s.options.faults) {
    const double severity = severity_at(fault, s.elapsed_s);
    if (severity > 0.0) reading.faults.push_back({name(fault), severity});
  }
  if (q.reboots_per_day > 0.0 && s.random.chance(q.reboots_per_day * interval / kDay)) {
    s.controller.reboot();
    s.reboot_rows = 1 + static_cast<int>(s.random.between(0.0, 3.0));
  }
  if (s.reboot_rows > 0) {
    --s.reboot_rows;
    reading.values.fill(0.0);
  } else {
    reading.values =
        s.logger.log(s.process.truth(), s.options.faults, s.elapsed_s, q.missing_chance);
  }
  return reading;
}

void Plant::inject(Fault fault) {
  fault.onset_s = state_->elapsed_s;
  state_->options.faults.push_back(fault);
}

bool Plant::clear(std::string_view fault_name) {
  return std::erase_if(state_->options.faults,
                       [&](const Fault& fault) { return name(fault) == fault_name; }) > 0;
}

double Plant::elapsed_s() const { return state_->elapsed_s; }

std::vector<PlantReading> simulated_history(const PlantOptions& options, std::size_t samples,
                                            const HistoryPlan& plan) {
  constexpr double kSettling = 3600.0;  // s before the first sample counts
  const std::size_t recordings = plan.coolers * plan.recordings;
  std::vector<PlantReading> history;
  history.reserve(samples);
  for (std::size_t c = 0; c < plan.coolers; ++c) {
    PlantOptions part = options;
    part.seed = options.seed * plan.coolers + c + 1;
    const double days_before =
        365.0 * (1.0 - static_cast<double>(c) / static_cast<double>(plan.coolers));
    part.start = after(options.start, -days_before * kDay);
    Plant plant(std::move(part));
    for (std::size_t r = 0; r < plan.recordings; ++r) {
      const double begin_s = plant.elapsed_s() + (r == 0 ? kSettling : plan.pause_s);
      PlantReading last = plant.step();
      while (plant.elapsed_s() < begin_s) last = plant.step();
      const std::size_t until = samples * (c * plan.recordings + r + 1) / recordings;
      // A gap of the plant's own inside a recording stays one; after a pause there is one.
      const std::uint32_t before =
          history.empty() ? 0 : history.back().recording + 1 - (r == 0 ? 0 : last.recording);
      while (history.size() < until) {
        history.push_back(plant.step());
        history.back().recording += before;
      }
    }
  }
  return history;
}

}  // namespace hvac::plant
