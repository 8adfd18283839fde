#include "plant/logger.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "physics/sensor.h"

namespace hvac::plant {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kPascalPerMillibar = 100.0;
constexpr double kLitrePerCubicMetre = 1000.0;

// The converter's step, written with as many decimals as the controller has.
double rounded(Tag tag, double value) {
  const double resolution = kTags[index(tag)].resolution;
  const double unit = std::pow(10.0, decimals(resolution));
  return std::round(physics::quantised(value, resolution) * unit) / unit;
}

// A fan's signals at full speed, and how they stand to each other on the rig.
constexpr double kFullSpeedRpm = 1395.0;  // UCFMS
constexpr double kRpmPerSignal = 1.42;    // UCFMS / UCFS
constexpr double kRpmPerVolt = 3.95;      // UCFMS / UCFMV
constexpr double kStandstillVolts = 45.0;

struct FanSignals {
  double speed, rpm, volts, amperes;
};
FanSignals fan_signals(const Truth& t) {
  if (t.fan_motor_speed > 0.0) {
    const double rpm = kFullSpeedRpm * t.fan_motor_speed;
    return {rpm / kRpmPerSignal, rpm, rpm / kRpmPerVolt, 1.03 + 0.01 * t.fan_motor_speed};
  }
  if (t.powered) return {0.0, 0.0, kStandstillVolts, 1.61};
  return {0.0, 0.0, 0.0, 0.0};
}

constexpr std::array kNeverNegative = {Tag::UCFS,  Tag::UCFMS, Tag::UCFMV, Tag::UCFMC,
                                       Tag::UCSDP, Tag::CPMMP, Tag::CPMC,  Tag::UCHC,
                                       Tag::MVSO,  Tag::MVDP,  Tag::MVWF,  Tag::UCAF};

// New firmware: other values under the old names, some scaled, negatives wrapped to 16 bits.
TagValues shuffled(const TagValues& v, double counter) {
  TagValues out;
  out.fill(kMissing);
  const auto put = [&](Tag column, Tag holds, double scale) {
    const double value = std::round(v[index(holds)] * scale);
    out[index(column)] = value < 0.0 ? 65536.0 + value : value;
  };
  for (const Tag same :
       {Tag::AMBT, Tag::UCAIT, Tag::UCAOT, Tag::UCAF, Tag::CPSP, Tag::CPDP, Tag::CPPR}) {
    out[index(same)] = v[index(same)];
  }
  put(Tag::UCTSP, Tag::UCAIH, 1.0);
  put(Tag::UCHC, Tag::UCWF, 1.0);
  put(Tag::UCWF, Tag::MVCV, 100.0);
  put(Tag::UCWOT, Tag::MVDP, 1.0);
  put(Tag::CPHE, Tag::CPHP, 1.0);
  put(Tag::UCWIT, Tag::MVSO, 1.0);
  put(Tag::UCOM, Tag::UCOM, 1.0);
  out[index(Tag::MVCV)] = counter;
  return out;
}

}  // namespace

double Logger::seen(Tag tag, double value, std::span<const Fault> faults, double time_s) {
  bool stuck = false;
  for (const Fault& fault : faults) {
    const double severity = fault.sensor == tag ? severity_at(fault, time_s) : 0.0;
    if (severity <= 0.0) continue;
    if (fault.kind == FaultKind::sensor_bias || fault.kind == FaultKind::sensor_drift) {
      value += severity * kTags[index(tag)].fault_span;
    }
    stuck = stuck || fault.kind == FaultKind::sensor_stuck;
  }
  std::optional<double>& stuck_at = stuck_at_[index(tag)];
  if (!stuck) {
    stuck_at.reset();
  } else if (!stuck_at) {
    stuck_at = value;
  }
  return stuck_at.value_or(value);
}

double Logger::sense(Tag tag, double truth, std::span<const Fault> faults, double time_s) {
  const TagInfo& info = kTags[index(tag)];
  const double value = seen(tag, truth, faults, time_s);
  double spread = stuck_at_[index(tag)] ? 0.0 : info.noise;
  for (const Fault& fault : faults) {
    if (fault.sensor == tag && fault.kind == FaultKind::sensor_noise) {
      spread += 0.5 * severity_at(fault, time_s) * info.fault_span;
    }
  }
  return rounded(tag, value + spread * random_.normal());
}

TagValues Logger::sense_all(const Truth& t, std::span<const Fault> faults, double time_s) {
  TagValues v{};
  const auto put = [&](Tag tag, double truth) {
    v[index(tag)] = sense(tag, truth, faults, time_s);
  };
  put(Tag::AMBT, t.room_c + 0.8);
  put(Tag::UCTSP, t.set_point_c);
  put(Tag::UCAIT, t.air_inlet_c);
  put(Tag::UCAIH, 100.0 * t.inlet_humidity);
  put(Tag::UCAOT, t.air_outlet_c);
  put(Tag::UCWIT, t.water_inlet_c);
  put(Tag::UCWOT, t.water_outlet_c);
  // A standing fan's flow meter shows its idle reading.
  idle_flow_reading_ += (404.0 - idle_flow_reading_) * 0.01 + 4.0 * random_.normal();
  put(Tag::UCAF, t.fan_speed > 0.05 ? t.air_flow_m3_h : idle_flow_reading_);
  constexpr double kTenPascal = 10.0;  // unit of UCSDP
  put(Tag::UCSDP, t.fan_rise_pa / kTenPascal);

  // Pressures around the pump: at rest both sides have the loop's, running it is shared out.
  constexpr double kRestMbar = 72.0;
  constexpr double kHigherMbar = 25.0;
  constexpr double kSuctionShare = 0.225;
  const double rise_mbar = t.pump_rise_pa / kPascalPerMillibar;
  put(Tag::CPSP, kRestMbar - kSuctionShare * rise_mbar);
  put(Tag::CPDP, kRestMbar + kHigherMbar + (1.0 - kSuctionShare) * rise_mbar);
  const double flow = t.water_flow_m3_h;
  put(Tag::UCWF, kLitrePerCubicMetre * flow);
  put(Tag::MVDP, t.pump_on ? t.valve_drop_pa / kPascalPerMillibar : 0.0);
  if (!t.pump_on) v[index(Tag::UCWF)] = std::clamp(v[index(Tag::UCWF)], -1.0, 1.0);
  put(Tag::MVSO, 100.0 * t.valve_opening);
  put(Tag::MVWF, 0.0);
  put(Tag::UCWDP, 8.5 + 10.0 * flow + 35.0 * flow * flow);
  put(Tag::CPMMP, t.pump_on ? 470.0 + 60.0 * flow : 3.0);
  put(Tag::CPMC, t.pump_on ? 0.925 + 0.05 * flow : 0.007);
  put(Tag::CPMV, t.mains_v - 0.5);
  put(Tag::UCHV, t.mains_v);
  constexpr double kIdleHeater = 0.007;  // A
  put(Tag::UCHC, t.heater_w > 0.0 ? t.heater_w / (std::sqrt(3.0) * t.mains_v) : kIdleHeater);
  const FanSignals fan = fan_signals(t);
  put(Tag::UCFS, fan.speed);
  put(Tag::UCFMS, fan.rpm);
  put(Tag::UCFMV, fan.volts);
  put(Tag::UCFMC, fan.amperes);
  for (const Tag positive : kNeverNegative) {
    v[index(positive)] = std::max(v[index(positive)], 0.0);
  }
  v[index(Tag::UCAIH)] = std::clamp(v[index(Tag::UCAIH)], 1.0, 100.0);
  return v;
}

// The values that the controller computes from logged ones; a fault of their own breaks the
// identity they stand in.
void Logger::compute(TagValues& v, std::span<const Fault> faults, double time_s) {
  const auto at = [&v](Tag tag) { return v[index(tag)]; };
  const auto put = [&](Tag tag, double value) {
    v[index(tag)] = sense(tag, value, faults, time_s);
  };
  put(Tag::CPPR, at(Tag::CPDP) - at(Tag::CPSP));
  put(Tag::CPCF, at(Tag::UCWF));
  put(Tag::CPHP, at(Tag::UCWF) * at(Tag::CPPR) / 36000.0);  // L/h x mbar -> W
  put(Tag::CPMEP, 0.910 * at(Tag::CPMMP));
  put(Tag::CPHE,
      at(Tag::CPMMP) > 0.0 ? std::max(100.0 * at(Tag::CPHP) / at(Tag::CPMMP), 0.0) : 0.0);
  constexpr double kLeastDrop = 5.0;  // mbar below which a Kv says nothing
  put(Tag::MVCV, at(Tag::MVDP) > kLeastDrop
                     ? at(Tag::UCWF) / kLitrePerCubicMetre / std::sqrt(at(Tag::MVDP) / 1000.0)
                     : 0.0);
  constexpr double kFlowing = 5.0;  // L/h
  put(Tag::UCOM, at(Tag::UCWF) > kFlowing ? 1.0 : 0.0);
}

TagValues Logger::log(const Truth& truth, std::span<const Fault> faults, double time_s,
                      double missing_chance) {
  TagValues v = sense_all(truth, faults, time_s);
  compute(v, faults, time_s);
  for (const Fault& fault : faults) {
    const double severity = severity_at(fault, time_s);
    if (severity <= 0.0) continue;
    if (fault.kind == FaultKind::wrong_columns) v = shuffled(v, firmware_counter_);
    if (fault.kind == FaultKind::sensor_missing && random_.chance(severity)) {
      v[index(*fault.sensor)] = kMissing;
    }
  }
  firmware_counter_ = firmware_counter_ < 11200.0 ? firmware_counter_ + 1.0 : 11000.0;
  if (missing_chance > 0.0) {
    for (double& value : v) {
      if (random_.chance(missing_chance)) value = kMissing;
    }
  }
  return v;
}

}  // namespace hvac::plant
