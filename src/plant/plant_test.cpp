#include "plant/plant.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>

namespace hvac::plant {
namespace {

constexpr double kHour = 3600.0;

PlantOptions clean(std::vector<Fault> faults = {}) {
  PlantOptions options;
  options.seed = 5;
  options.interval_s = 30.0;
  options.quirks = kNoQuirks;
  options.faults = std::move(faults);
  return options;
}

Fault fault(const std::string& name, double onset_s, double severity) {
  Fault made = *fault_named(name, onset_s);
  made.severity = severity;
  made.ramp_s = 0.0;
  return made;
}

double value(const PlantReading& reading, Tag tag) { return reading.values[index(tag)]; }

// A healthy plant and one with a fault, side by side from the same seed, after the fault's onset.
void compare(
    const std::string& name, double severity, double hours,
    const std::function<void(const PlantReading& healthy, const PlantReading& faulty)>& see) {
  SCOPED_TRACE(name);
  Plant healthy(clean());
  Plant faulty(clean({fault(name, 2 * kHour, severity)}));
  while (healthy.elapsed_s() < hours * kHour) {
    const PlantReading h = healthy.step();
    const PlantReading f = faulty.step();
    if (healthy.elapsed_s() < 2 * kHour) {
      ASSERT_EQ(h.truth.air_outlet_c, f.truth.air_outlet_c) << "before the onset";
      ASSERT_TRUE(f.faults.empty());
      continue;
    }
    ASSERT_EQ(f.faults.size(), 1u);
    ASSERT_EQ(f.faults[0].name, name);
    see(h, f);
  }
}

TEST(Plant, IsTheSameForTheSameSeed) {
  const auto run = [](std::uint64_t seed) {
    PlantOptions options;
    options.seed = seed;
    Plant plant(options);
    std::vector<double> values;
    for (int i = 0; i < 500; ++i) {
      for (const double v : plant.step().values) values.push_back(std::isnan(v) ? -1e9 : v);
    }
    return values;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

// Property: the identities of the tag table hold in clean telemetry, and values are on their steps.
TEST(Plant, KeepsTheIdentitiesBetweenItsTags) {
  Plant plant(clean());
  for (int i = 0; i < 3000; ++i) {
    const PlantReading r = plant.step();
    ASSERT_NEAR(value(r, Tag::CPPR), value(r, Tag::CPDP) - value(r, Tag::CPSP), 1.0);
    ASSERT_EQ(value(r, Tag::CPCF), value(r, Tag::UCWF));
    ASSERT_NEAR(value(r, Tag::CPHP), value(r, Tag::UCWF) * value(r, Tag::CPPR) / 36000.0, 0.51);
    ASSERT_NEAR(value(r, Tag::CPMEP), 0.910 * value(r, Tag::CPMMP), 0.51);
    if (value(r, Tag::MVDP) > 5.0) {
      ASSERT_NEAR(value(r, Tag::MVCV),
                  value(r, Tag::UCWF) / 1000.0 / std::sqrt(value(r, Tag::MVDP) / 1000.0), 0.0051);
    }
    if (value(r, Tag::UCFMS) > 0.0) {
      ASSERT_NEAR(value(r, Tag::UCFS), value(r, Tag::UCFMS) / 1.42, 20.0);
    }
    for (std::size_t t = 0; t < kTagCount; ++t) {
      const double resolution = kTags[t].resolution;
      const double step = std::round(r.values[t] / resolution) * resolution;
      const double unit = std::pow(10.0, decimals(resolution));
      ASSERT_NEAR(r.values[t], std::round(step * unit) / unit, 1e-9) << kTags[t].name;
    }
  }
}

// Property: whatever the season, nothing leaves what a room and a cooler can do, and heat balances.
TEST(Plant, StaysPhysicalInEverySeason) {
  PlantOptions options = clean();
  options.interval_s = 60.0;
  for (const PlantReading& r : simulated_history(options, 6000)) {
    const Truth& t = r.truth;
    ASSERT_GT(t.room_c, 5.0);
    ASSERT_LT(t.room_c, 45.0);
    ASSERT_GE(t.inlet_humidity, 0.0);
    ASSERT_LE(t.inlet_humidity, 1.0);
    ASSERT_GE(t.total_heat_w, t.sensible_heat_w - 1e-6);
    ASSERT_LT(std::abs(t.total_heat_w), 12000.0);
    if (t.water_flow_m3_h == 0.0 || t.air_flow_m3_h == 0.0) {
      ASSERT_EQ(t.total_heat_w, 0.0);
    }
    for (const double v : r.values) ASSERT_TRUE(std::isfinite(v));
  }
}

TEST(Plant, HistoryAfterPausesIsInRecordingsOfItsOwn) {
  PlantOptions options;
  options.quirks = clean().quirks;
  const HistoryPlan plan{.coolers = 2, .recordings = 3, .pause_s = 7200.0};
  const auto history = simulated_history(options, 300, plan);
  ASSERT_EQ(history.size(), 300u);
  for (std::size_t i = 1; i < history.size(); ++i) {
    const std::uint32_t step = history[i].recording - history[i - 1].recording;
    ASSERT_EQ(step, i % 50 == 0 ? 1u : 0u) << i;
    if (step == 1) {
      ASSERT_GE(history[i].time - history[i - 1].time, std::chrono::seconds(7190)) << i;
    }
  }
}

TEST(Plant, HistoryVariesEnoughToLearnFrom) {
  PlantOptions options;
  options.interval_s = 60.0;
  const auto history = simulated_history(options, 4000);
  ASSERT_EQ(history.size(), 4000u);
  std::set<std::uint32_t> recordings;
  std::set<double> set_points, speeds;
  double coldest = 50.0, warmest = -50.0, valve_low = 1.0, valve_high = 0.0;
  int heating = 0, off = 0;
  for (const PlantReading& r : history) {
    recordings.insert(r.recording);
    set_points.insert(r.truth.set_point_c);
    speeds.insert(std::round(10.0 * r.truth.fan_motor_speed));
    coldest = std::min(coldest, r.truth.outdoor_c);
    warmest = std::max(warmest, r.truth.outdoor_c);
    valve_low = std::min(valve_low, r.truth.valve_opening);
    valve_high = std::max(valve_high, r.truth.valve_opening);
    heating += r.truth.heater_w > 0.0 ? 1 : 0;
    off += r.truth.fan_speed == 0.0 ? 1 : 0;
  }
  EXPECT_GE(recordings.size(), 20u);
  EXPECT_GE(set_points.size(), 5u);
  EXPECT_GE(speeds.size(), 4u);
  EXPECT_GT(warmest - coldest, 15.0);
  EXPECT_LT(valve_low, 0.01);
  EXPECT_GT(valve_high, 0.8);
  EXPECT_GT(heating, 20);
  EXPECT_GT(off, 100);
}

TEST(Plant, MarsItsTelemetryLikeARealOne) {
  PlantOptions options;
  options.interval_s = 30.0;
  options.quirks.gaps_per_day = 4.0;
  options.quirks.reboots_per_day = 4.0;
  Plant plant(options);
  int duplicates = 0, reboots = 0, missing = 0;
  std::set<long> intervals;
  PlantReading before = plant.step();
  for (int i = 0; i < 6000; ++i) {
    const PlantReading r = plant.step();
    if (r.time == before.time) {
      ++duplicates;
      EXPECT_EQ(value(r, Tag::UCTSP), value(before, Tag::UCTSP));
    }
    if (std::all_of(r.values.begin(), r.values.end(), [](double v) { return v == 0.0; })) ++reboots;
    missing += static_cast<int>(
        std::count_if(r.values.begin(), r.values.end(), [](double v) { return std::isnan(v); }));
    intervals.insert((r.time - before.time).count());
    if (r.recording != before.recording) {
      EXPECT_GT((r.time - before.time).count(), 300'000);
    }
    before = r;
  }
  EXPECT_GT(duplicates, 200);
  EXPECT_GT(reboots, 3);
  EXPECT_GT(missing, 50);
  EXPECT_GT(before.recording, 3u);
  EXPECT_GT(intervals.size(), 1000u);  // irregular
}

bool same_flows(const Truth& a, const Truth& b) {
  return a.fan_speed > 0.1 && a.fan_speed == b.fan_speed && a.water_flow_m3_h > 0.05 &&
         std::abs(a.water_flow_m3_h - b.water_flow_m3_h) < 0.05 * a.water_flow_m3_h;
}

TEST(PlantFaults, OfTheEquipmentShowInTheTruth) {
  compare("air-fouling", 0.8, 6, [](const PlantReading& h, const PlantReading& f) {
    if (same_flows(h.truth, f.truth)) {
      EXPECT_LT(f.truth.ua_w_k, 0.8 * h.truth.ua_w_k);
    }
  });
  compare("water-fouling", 0.8, 6, [](const PlantReading& h, const PlantReading& f) {
    if (same_flows(h.truth, f.truth)) {
      EXPECT_LT(f.truth.ua_w_k, 0.95 * h.truth.ua_w_k);
    }
  });
  compare("filter-clogging", 0.8, 6, [](const PlantReading& h, const PlantReading& f) {
    if (h.truth.fan_speed > 0.1 && h.truth.fan_speed == f.truth.fan_speed) {
      EXPECT_LT(f.truth.air_flow_m3_h, 0.8 * h.truth.air_flow_m3_h);
    }
  });
  compare("pump-degradation", 0.8, 6, [](const PlantReading& h, const PlantReading& f) {
    if (h.truth.pump_on && f.truth.pump_on) {
      EXPECT_LT(f.truth.pump_rise_pa, 0.8 * h.truth.pump_rise_pa);
    }
  });
  compare("air-in-water", 0.8, 6, [](const PlantReading& h, const PlantReading& f) {
    if (h.truth.pump_on && f.truth.pump_on) {
      EXPECT_LT(f.truth.pump_rise_pa, h.truth.pump_rise_pa + 2000.0);
    }
  });
  compare("fan-speed-loss", 0.5, 6, [](const PlantReading&, const PlantReading& f) {
    EXPECT_NEAR(f.truth.fan_speed, 0.7 * f.truth.fan_motor_speed, 1e-9);
  });
}

TEST(PlantFaults, OfActuatorsHoldThemWhereTheyWere) {
  double valve = -1.0, fan = -1.0;
  compare("valve-stuck", 1.0, 8, [&](const PlantReading&, const PlantReading& f) {
    if (valve < 0.0) valve = f.truth.valve_opening;
    EXPECT_NEAR(f.truth.valve_opening, valve, 1e-9);
  });
  compare("fan-stuck", 1.0, 8, [&](const PlantReading&, const PlantReading& f) {
    if (fan < 0.0) fan = f.truth.fan_motor_speed;
    EXPECT_NEAR(f.truth.fan_motor_speed, fan, 1e-3);
  });
  compare("valve-passing", 1.0, 24, [](const PlantReading&, const PlantReading& f) {
    if (f.truth.pump_on) {
      EXPECT_GT(f.truth.water_flow_m3_h, 0.2);
    }
  });
}

// Every sensor can have every fault; all else stays as it was.
TEST(PlantFaults, OfASensorShowInItsReading) {
  for (const TagInfo& tag : kTags) {
    const std::size_t t = index(*find_tag(tag.name));
    const auto readings = [&](const std::string& kind, double interval_s = 60.0) {
      PlantOptions options = clean();
      if (!kind.empty()) options.faults = {fault(kind + "-" + std::string(tag.name), 600.0, 1.0)};
      options.interval_s = interval_s;
      Plant plant(options);
      std::vector<double> values;
      for (int i = 0; i < 60; ++i) values.push_back(plant.step().values[t]);
      return values;
    };
    SCOPED_TRACE(tag.name);
    const std::vector<double> healthy = readings("");
    const std::vector<double> stuck = readings("stuck");
    const std::vector<double> missing = readings("missing");
    const std::vector<double> noise = readings("noise");
    for (std::size_t i = 11; i < 60; ++i) {
      ASSERT_EQ(stuck[i], stuck[11]);
      ASSERT_TRUE(std::isnan(missing[i]));
    }
    ASSERT_NE(noise, healthy);
    ASSERT_NE(readings("bias"), healthy);
    constexpr double kSlow = 900.0;  // s, so that a drift has grown
    ASSERT_NE(readings("drift", kSlow), readings("", kSlow));
  }
}

TEST(PlantFaults, BiasIsSeenByTheControllerToo) {
  // A thermometer that reads 6 K too high makes the room colder.
  double healthy_c = 0.0, faulty_c = 0.0;
  compare("bias-AMBT", 1.0, 12, [&](const PlantReading& h, const PlantReading& f) {
    healthy_c += h.truth.room_c;
    faulty_c += f.truth.room_c;
  });
  EXPECT_LT(faulty_c, healthy_c);
}

TEST(PlantFaults, NewFirmwareWritesOtherColumns) {
  compare("wrong-columns", 1.0, 6, [](const PlantReading& h, const PlantReading& f) {
    EXPECT_NEAR(value(f, Tag::UCTSP), value(h, Tag::UCAIH), 1.0);
    EXPECT_NEAR(value(f, Tag::UCWOT), value(h, Tag::MVDP), 1.0);
    EXPECT_EQ(value(f, Tag::UCAIT), value(h, Tag::UCAIT));
    EXPECT_GE(value(f, Tag::MVCV), 11000.0);
    EXPECT_TRUE(std::isnan(value(f, Tag::UCHV)));
  });
}

TEST(PlantFaults, CanComeAndGoWhileItRuns) {
  Plant plant(clean());
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(plant.step().faults.empty());
  plant.inject(fault("filter-clogging", 0.0, 0.7));
  EXPECT_EQ(plant.step().faults.at(0).severity, 0.7);
  EXPECT_TRUE(plant.clear("filter-clogging"));
  EXPECT_FALSE(plant.clear("filter-clogging"));
  EXPECT_TRUE(plant.step().faults.empty());
}

TEST(Faults, AreReadAsOperatorsWriteThem) {
  const Result<Fault> full = parse_fault("water-fouling@36h:0.8:2d");
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_EQ(full->kind, FaultKind::water_fouling);
  EXPECT_EQ(full->onset_s, 36 * kHour);
  EXPECT_EQ(full->severity, 0.8);
  EXPECT_EQ(full->ramp_s, 48 * kHour);
  EXPECT_EQ(parse_fault("valve-stuck@1.5")->onset_s, 1.5 * kHour);
  EXPECT_EQ(parse_fault("valve-stuck@90m")->onset_s, 1.5 * kHour);
  EXPECT_EQ(parse_fault("bias-UCWIT@10s")->sensor, Tag::UCWIT);
  EXPECT_EQ(name(*parse_fault("drift-UCAOT@0")), "drift-UCAOT");
  EXPECT_EQ(fault_names().size(), 15u);
}

TEST(Faults, GrowOverTheirRamp) {
  const Fault ramped = *parse_fault("air-fouling@10h:0.8:4h");
  EXPECT_EQ(severity_at(ramped, 9.99 * kHour), 0.0);
  EXPECT_NEAR(severity_at(ramped, 12 * kHour), 0.4, 1e-12);
  EXPECT_EQ(severity_at(ramped, 20 * kHour), 0.8);
  EXPECT_NEAR(severity_at(*parse_fault("drift-UCWF@0:0.5"), 48 * kHour), 1.0, 1e-12);
}

// Rejection: the message names what is wrong and what would do.
TEST(Faults, RejectWhatIsNotOne) {
  const auto message = [](const char* text) { return parse_fault(text).error().message; };
  EXPECT_NE(message("valve-stuk@1h").find("known are air-fouling, "), std::string::npos);
  EXPECT_NE(message("bias-UCXX@1h").find("'UCXX' is no tag"), std::string::npos);
  EXPECT_NE(message("valve-stuck").find("onset is missing"), std::string::npos);
  EXPECT_NE(message("valve-stuck@soon").find("onset 'soon' is no time"), std::string::npos);
  EXPECT_NE(message("valve-stuck@-1h").find("onset '-1h'"), std::string::npos);
  EXPECT_NE(message("valve-stuck@1h:7").find("severity '7'"), std::string::npos);
  EXPECT_NE(message("valve-stuck@1h:0.5:x").find("ramp 'x'"), std::string::npos);
  EXPECT_FALSE(parse_fault(""));
  EXPECT_FALSE(parse_fault("@"));
  EXPECT_FALSE(parse_fault("bias@1h"));
}

}  // namespace
}  // namespace hvac::plant
