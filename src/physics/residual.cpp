#include "physics/residual.h"

#include <cmath>

namespace hvac::physics {
namespace {

constexpr std::size_t kFactorCount = 3;  // coil, water flow, fan: the causes before `sensor`
using Triple = std::array<double, kResidualCount>;
using Matrix = std::array<Triple, kResidualCount>;

// Usual spread of the logarithm of each factor: how far a coil, a flow and a fan drift off.
constexpr std::array<double, kFactorCount> kFactorSpread = {0.25, 0.25, 0.12};
// Usual error of sensors and model: UCAOT [K], UCWOT [K], UCAF [m3/h].
constexpr Triple kSensorSpread = {0.4, 0.4, 15.0};

Triple outputs(const CoolerParameters& cooler, const CoolerInputs& inputs) {
  const CoolerOutputs out = steady_state(cooler, inputs);
  return {out.air_outlet_c, out.water_outlet_c, out.air_flow_m3_h};
}

// What the cooler gives with one of its factors raised by e^change.
Triple outputs_with(CoolerParameters cooler, CoolerInputs inputs, std::size_t factor,
                    double change) {
  const double by = std::exp(change);
  switch (static_cast<Cause>(factor)) {
    case Cause::coil:
      cooler.air_conductance_w_k *= by;
      cooler.water_conductance_w_k *= by;
      cooler.air_fouling_k_w /= by;
      cooler.water_fouling_k_w /= by;
      break;
    case Cause::water_flow:
      cooler.loop_flow_kg_s *= by;
      cooler.standby_water_flow_kg_s *= by;
      cooler.usual_water_flow_kg_s *= by;
      if (inputs.water_flow_kg_s) *inputs.water_flow_kg_s *= by;
      break;
    case Cause::fan:
      cooler.fan_flow_slope_m3_h *= by;
      cooler.fan_flow_offset_m3_h *= by;
      break;
    case Cause::sensor:
      break;
  }
  return outputs(cooler, inputs);
}

// x of m x = b for a symmetric positive definite m, by Gauss elimination.
Triple solved(Matrix m, Triple b) {
  for (std::size_t k = 0; k < kResidualCount; ++k) {
    for (std::size_t i = k + 1; i < kResidualCount; ++i) {
      const double ratio = m[i][k] / m[k][k];
      for (std::size_t j = k; j < kResidualCount; ++j) m[i][j] -= ratio * m[k][j];
      b[i] -= ratio * b[k];
    }
  }
  for (std::size_t k = kResidualCount; k-- > 0;) {
    for (std::size_t j = k + 1; j < kResidualCount; ++j) b[k] -= m[k][j] * b[j];
    b[k] /= m[k][k];
  }
  return b;
}

}  // namespace

ResidualSplit split_residual(const CoolerParameters& cooler, const CoolerInputs& inputs,
                             const Residual& residual) {
  constexpr double kChange = 1e-3;
  const Triple clean = outputs(cooler, inputs);
  std::array<Triple, kFactorCount> slope{};  // of each target to each factor's logarithm
  for (std::size_t f = 0; f < kFactorCount; ++f) {
    const Triple moved = outputs_with(cooler, inputs, f, kChange);
    for (std::size_t t = 0; t < kResidualCount; ++t) {
      slope[f][t] = residual[t] ? (moved[t] - clean[t]) / kChange : 0.0;
    }
  }
  // Covariance of the residual under the spreads; a missing one is decoupled from the rest.
  Matrix covariance{};
  Triple known{};
  for (std::size_t i = 0; i < kResidualCount; ++i) {
    known[i] = residual[i].value_or(0.0);
    covariance[i][i] = kSensorSpread[i] * kSensorSpread[i];
    for (std::size_t j = 0; j < kResidualCount; ++j) {
      for (std::size_t f = 0; f < kFactorCount; ++f) {
        covariance[i][j] += slope[f][i] * slope[f][j] * kFactorSpread[f] * kFactorSpread[f];
      }
    }
  }
  const Triple weight = solved(covariance, known);

  ResidualSplit split{};
  std::array<double, kFactorCount> log_factor{};
  for (std::size_t f = 0; f < kFactorCount; ++f) {
    for (std::size_t t = 0; t < kResidualCount; ++t) {
      log_factor[f] += kFactorSpread[f] * kFactorSpread[f] * slope[f][t] * weight[t];
    }
  }
  for (std::size_t t = 0; t < kResidualCount; ++t) {
    double rest = known[t];
    for (std::size_t f = 0; f < kFactorCount; ++f) {
      split.part[t][f] = slope[f][t] * log_factor[f];
      rest -= split.part[t][f];
    }
    split.part[t][static_cast<std::size_t>(Cause::sensor)] = rest;
  }
  split.coil_factor = std::exp(log_factor[0]);
  split.water_flow_factor = std::exp(log_factor[1]);
  split.air_flow_factor = std::exp(log_factor[2]);
  return split;
}

}  // namespace hvac::physics
