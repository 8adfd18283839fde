#include "training/calibration.h"

#include <ceres/ceres.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/number.h"

namespace hvac::training {
namespace {

using physics::CoolerInputs;
using physics::CoolerParameters;
using physics::FanState;

// How a parameter moves: value = start * exp(spread * x) or start + spread * x, with x around 0
// within about one: the spread says how far from the start a cooler of this kind may lie.
enum class Scale { relative, absolute };
struct Freedom {
  std::string_view name;
  double CoolerParameters::* member;
  Scale scale;
  double spread;
  double low;
  double high;
};

using P = CoolerParameters;
constexpr std::array kFreedoms = std::to_array<Freedom>({
    {"fan_flow_slope_m3_h", &P::fan_flow_slope_m3_h, Scale::relative, 1.0, 0.0, 100.0},
    {"fan_flow_offset_m3_h", &P::fan_flow_offset_m3_h, Scale::absolute, 300.0, -1000.0, 1000.0},
    {"wet_flow_loss", &P::wet_flow_loss, Scale::absolute, 0.3, 0.0, 0.8},
    {"half_wetting_g_kg", &P::half_wetting_g_kg, Scale::relative, 1.0, 0.1, 20.0},
    {"air_conductance_w_k", &P::air_conductance_w_k, Scale::relative, 1.0, 1.0, 1e6},
    {"air_flow_exponent", &P::air_flow_exponent, Scale::absolute, 0.2, 0.3, 1.2},
    {"water_conductance_w_k", &P::water_conductance_w_k, Scale::relative, 1.0, 1.0, 1e6},
    {"water_flow_exponent", &P::water_flow_exponent, Scale::absolute, 0.2, 0.3, 1.2},
    {"standby_water_flow_kg_s", &P::standby_water_flow_kg_s, Scale::relative, 1.0, 1e-5, 0.1},
    {"loop_flow_kg_s", &P::loop_flow_kg_s, Scale::relative, 1.0, 1e-5, 10.0},
    {"loop_flow_exponent", &P::loop_flow_exponent, Scale::absolute, 0.2, 0.3, 1.2},
    {"loop_rest_drop_pa", &P::loop_rest_drop_pa, Scale::absolute, 10000.0, -1e6, 1e6},
    {"loop_flow_share", &P::loop_flow_share, Scale::absolute, 0.5, 0.0, 1.0},
    {"heater_share", &P::heater_share, Scale::absolute, 0.3, 0.0, 1.5},
    {"air_outlet_bias_k", &P::air_outlet_bias_k, Scale::absolute, 2.0, -10.0, 10.0},
    {"water_outlet_bias_k", &P::water_outlet_bias_k, Scale::absolute, 2.0, -10.0, 10.0},
});
constexpr int kFree = static_cast<int>(kFreedoms.size());
using Vector = Eigen::Matrix<double, kFree, 1>;
using Square = Eigen::Matrix<double, kFree, kFree>;

// Usual size of a residual of UCAOT [K], UCWOT [K], UCAF [m3/h]: beyond it a row counts less.
constexpr std::array kResidualSize = {0.5, 0.5, 20.0};
constexpr std::array<std::string_view, 3> kTargets = {"UCAOT", "UCWOT", "UCAF"};

CoolerParameters at(const CoolerParameters& start, const double* x) {
  CoolerParameters cooler = start;
  for (std::size_t i = 0; i < kFreedoms.size(); ++i) {
    const Freedom& f = kFreedoms[i];
    const double from = start.*f.member;
    const double value =
        f.scale == Scale::relative ? from * std::exp(f.spread * x[i]) : from + f.spread * x[i];
    cooler.*f.member = std::clamp(value, f.low, f.high);
  }
  return cooler;
}

std::array<std::optional<double>, 3> measured(const CalibrationRow& row) {
  return {row.air_outlet_c, row.water_outlet_c, row.air_flow_m3_h};
}

std::array<double, 3> modelled(const CoolerParameters& cooler, const CoolerInputs& inputs) {
  const physics::CoolerOutputs out = physics::steady_state(cooler, inputs);
  return {out.air_outlet_c, out.water_outlet_c, out.air_flow_m3_h};
}

// Square root of the soft L1 loss, with the residual's sign: its squares sum to the loss.
double softened(double r) {
  const double loss = 2.0 * (std::sqrt(1.0 + r * r) - 1.0);
  return std::copysign(std::sqrt(loss), r);
}

// Every target of every row as one block, then one row per parameter that holds it to its start.
class Residuals final : public ceres::CostFunction {
 public:
  Residuals(std::vector<const CalibrationRow*> rows, const CoolerParameters& start)
      : rows_(std::move(rows)), start_(start) {
    set_num_residuals(static_cast<int>(3 * rows_.size()) + kFree);
    mutable_parameter_block_sizes()->push_back(kFree);
  }

  bool Evaluate(const double* const* blocks, double* residuals, double** jacobians) const override {
    const double* x = blocks[0];
    fill(x, residuals);
    if (jacobians == nullptr || jacobians[0] == nullptr) return true;
    // Forward differences; columns of a row-major matrix.
    std::vector<double> moved(static_cast<std::size_t>(num_residuals()));
    Vector y = Eigen::Map<const Vector>(x);
    constexpr double kStep = 1e-5;
    for (int i = 0; i < kFree; ++i) {
      y[i] = x[i] + kStep;
      fill(y.data(), moved.data());
      y[i] = x[i];
      for (int r = 0; r < num_residuals(); ++r) {
        jacobians[0][r * kFree + i] = (moved[static_cast<std::size_t>(r)] - residuals[r]) / kStep;
      }
    }
    return true;
  }

 private:
  void fill(const double* x, double* residuals) const {
    const CoolerParameters cooler = at(start_, x);
    for (const CalibrationRow* row : rows_) {
      const std::array<double, 3> model = modelled(cooler, row->inputs);
      const auto measurement = measured(*row);
      for (std::size_t t = 0; t < 3; ++t) {
        *residuals++ =
            measurement[t] ? softened((model[t] - *measurement[t]) / kResidualSize[t]) : 0.0;
      }
    }
    std::copy(x, x + kFree, residuals);
  }

  std::vector<const CalibrationRow*> rows_;
  CoolerParameters start_;
};

double median(std::vector<double> values, double fallback) {
  if (values.empty()) return fallback;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The middle of what `of` gives for the rows that have it.
template <class Of>
double usual(std::span<const CalibrationRow* const> rows, double fallback, Of of) {
  std::vector<double> values;
  for (const CalibrationRow* row : rows) {
    if (const std::optional<double> value = of(*row)) values.push_back(*value);
  }
  return median(std::move(values), fallback);
}

// What a cooler of these rows is usually fed, and the flows at which its coil is described.
CoolerParameters with_usual(CoolerParameters cooler, std::span<const CalibrationRow* const> on) {
  using Row = const CalibrationRow&;
  cooler.usual_air_inlet_c =
      usual(on, cooler.usual_air_inlet_c, [](Row r) { return r.inputs.air_inlet_c; });
  cooler.usual_relative_humidity =
      usual(on, cooler.usual_relative_humidity, [](Row r) { return r.inputs.relative_humidity; });
  cooler.usual_fan_speed =
      usual(on, cooler.usual_fan_speed, [](Row r) { return r.inputs.fan_speed; });
  cooler.nominal_air_flow_m3_h =
      std::max(usual(on, cooler.nominal_air_flow_m3_h, [](Row r) { return r.air_flow_m3_h; }), 1.0);
  // Of the water only while it flows: a standing loop has the room's temperature.
  constexpr double kFlowing = 0.005;  // kg/s
  const auto flowing = [](Row r) { return r.inputs.water_flow_kg_s.value_or(0.0) > kFlowing; };
  cooler.usual_water_inlet_c = usual(on, cooler.usual_water_inlet_c, [&](Row r) {
    return flowing(r) ? r.inputs.water_inlet_c : std::nullopt;
  });
  cooler.usual_water_flow_kg_s = usual(on, cooler.usual_water_flow_kg_s, [&](Row r) {
    return flowing(r) ? r.inputs.water_flow_kg_s : std::nullopt;
  });
  cooler.nominal_water_flow_kg_s = std::max(cooler.usual_water_flow_kg_s, kFlowing);
  return cooler;
}

// What the sensors show while the fan stands. Too few such rows leave the start's.
CoolerParameters with_fan_off(CoolerParameters cooler, std::span<const CalibrationRow* const> off) {
  constexpr std::size_t kEnough = 30;
  if (off.size() < kEnough) return cooler;
  using Row = const CalibrationRow&;
  const auto shown = [](Row r) { return r.air_flow_m3_h; };
  const auto warmth = [](Row r) -> std::optional<double> {
    if (!r.air_outlet_c || !r.inputs.air_inlet_c) return std::nullopt;
    return *r.air_outlet_c - *r.inputs.air_inlet_c;
  };
  const auto typical = [&off](double fallback, bool powered, auto of) {
    return usual(off, fallback, [&](Row r) {
      return physics::is_powered(r.inputs) == powered ? of(r) : std::nullopt;
    });
  };
  cooler.fan_off_reading_m3_h = typical(cooler.fan_off_reading_m3_h, false, shown);
  cooler.fan_off_powered_reading_m3_h = typical(cooler.fan_off_powered_reading_m3_h, true, shown);
  cooler.fan_off_warmth_k = typical(cooler.fan_off_warmth_k, false, warmth);
  cooler.fan_off_powered_warmth_k = typical(cooler.fan_off_powered_warmth_k, true, warmth);
  return cooler;
}

// One row in `stride`: some thousands of rows say all that the parameters can be told from.
std::vector<const CalibrationRow*> thinned(const std::vector<const CalibrationRow*>& rows) {
  constexpr std::size_t kRows = 4000;
  const std::size_t stride = 1 + (rows.size() - 1) / kRows;
  std::vector<const CalibrationRow*> some;
  for (std::size_t i = 0; i < rows.size(); i += stride) some.push_back(rows[i]);
  return some;
}

std::array<TargetFit, 3> fit_of(const CoolerParameters& cooler,
                                std::span<const CalibrationRow* const> rows) {
  std::array<TargetFit, 3> fits{};
  for (std::size_t t = 0; t < 3; ++t) {
    double n = 0.0, mean = 0.0, spread = 0.0, error = 0.0;
    for (const CalibrationRow* row : rows) {
      const std::optional<double> y = measured(*row)[t];
      if (!y) continue;
      n += 1.0;
      const double from_mean = *y - mean;  // Welford's running sums
      mean += from_mean / n;
      spread += from_mean * (*y - mean);
      const double e = modelled(cooler, row->inputs)[t] - *y;
      error += e * e;
    }
    fits[t] = {kTargets[t], static_cast<std::size_t>(n), spread > 0.0 ? 1.0 - error / spread : 0.0,
               n > 0.0 ? std::sqrt(error / n) : 0.0};
  }
  return fits;
}

// How much less independent rows there are than rows: residuals of neighbours resemble each other.
// Source: effective sample size of a first-order autoregression, n (1 - r) / (1 + r).
double dependence(const std::vector<double>& residuals, std::size_t rows) {
  double same = 0.0, next = 0.0;
  for (std::size_t i = 3; i < 3 * rows; ++i) {
    same += residuals[i] * residuals[i];
    next += residuals[i] * residuals[i - 3];
  }
  const double r = same > 0.0 ? std::clamp(next / same, 0.0, 0.99) : 0.0;
  return (1.0 + r) / (1.0 - r);
}

struct Spread {
  Vector sigma;  // posterior standard deviation of x, whose prior is 1
  Square correlation;
};

Spread posterior(const Residuals& cost, const Vector& x) {
  std::vector<double> residuals(static_cast<std::size_t>(cost.num_residuals()));
  Eigen::Matrix<double, Eigen::Dynamic, kFree, Eigen::RowMajor> jacobian(cost.num_residuals(),
                                                                         kFree);
  const double* block = x.data();
  double* slopes = jacobian.data();
  cost.Evaluate(&block, residuals.data(), &slopes);
  const auto data_rows = cost.num_residuals() - kFree;
  double variance = 0.0;
  for (int i = 0; i < data_rows; ++i)
    variance += std::pow(residuals[static_cast<std::size_t>(i)], 2);
  variance = std::max(variance / std::max(data_rows - kFree, 1), 1e-6);
  const double scale = variance * dependence(residuals, static_cast<std::size_t>(data_rows / 3));
  const auto data = jacobian.topRows(data_rows);
  const Square information = data.transpose() * data / scale + Square::Identity();
  const Square covariance = information.ldlt().solve(Square::Identity());
  const Vector sigma = covariance.diagonal().cwiseSqrt();
  const Vector inverse = sigma.cwiseInverse();
  return {sigma, inverse.asDiagonal() * covariance * inverse.asDiagonal()};
}

std::string percent(double part) { return fixed_text(100.0 * part, 1) + " %"; }

// Why the rows may not tell a parameter, as far as it can be seen from them.
std::string reason(std::string_view parameter, std::span<const CalibrationRow* const> rows) {
  const auto share = [&rows](auto has) {
    return static_cast<double>(std::count_if(rows.begin(), rows.end(), has)) /
           static_cast<double>(rows.size());
  };
  if (parameter == "heater_share") {
    constexpr double kHeating = 100.0;  // W
    return "the heater is on in " + percent(share([](const CalibrationRow* r) {
             return r->inputs.heater_power_w.value_or(0.0) > kHeating;
           })) +
           " of the rows";
  }
  if (parameter.starts_with("loop_")) {
    return "pump rise and valve drop are known in " + percent(share([](const CalibrationRow* r) {
             return r->inputs.loop_drop_pa.has_value();
           })) +
           " of the rows";
  }
  if (parameter == "wet_flow_loss" || parameter == "half_wetting_g_kg") {
    return "humidity is known in " + percent(share([](const CalibrationRow* r) {
             return r->inputs.relative_humidity.has_value();
           })) +
           " of the rows";
  }
  return "the rows vary too little in what it depends on";
}

// Each fitted parameter with its uncertainty; what is not identified goes into the notes.
void report(Calibration& result, const CoolerParameters& start, const Vector& x,
            const Spread& spread, std::span<const CalibrationRow* const> rows) {
  constexpr double kIdentified = 0.5;  // of the spread before the data were seen
  constexpr double kBoundTogether = 0.95;
  for (int i = 0; i < kFree; ++i) {
    const Freedom& f = kFreedoms[static_cast<std::size_t>(i)];
    const double value = result.cooler.*f.member;
    const double unit = f.scale == Scale::relative ? f.spread * std::abs(value) : f.spread;
    const double free = f.scale == Scale::relative ? start.*f.member * std::exp(f.spread * x[i])
                                                   : start.*f.member + f.spread * x[i];
    const bool at_limit = free < f.low || free > f.high;
    const bool identified = spread.sigma[i] < kIdentified && !at_limit;
    result.parameters.push_back({f.name, value, spread.sigma[i] * unit, identified});
    const std::string name(f.name);
    if (at_limit) {
      result.notes.push_back(name + " is held at its limit " + number_text(value) +
                             ": the rows would have it further out");
    } else if (!identified) {
      result.notes.push_back(name + " cannot be told from these rows: " + reason(f.name, rows));
    }
    for (int j = 0; j < i; ++j) {
      if (std::abs(spread.correlation(i, j)) < kBoundTogether) continue;
      result.notes.push_back(std::string(kFreedoms[static_cast<std::size_t>(j)].name) + " and " +
                             name + " are only known together (correlation " +
                             fixed_text(spread.correlation(i, j), 2) + ")");
    }
  }
}

// Asks after each iteration whether to go on.
class Asking final : public ceres::IterationCallback {
 public:
  Asking(const Progress& progress, int iterations) : progress_(progress), iterations_(iterations) {}

  ceres::CallbackReturnType operator()(const ceres::IterationSummary& summary) override {
    const double done = std::min(1.0, static_cast<double>(summary.iteration) / iterations_);
    return progress_(done, "fitting physics") ? ceres::SOLVER_CONTINUE : ceres::SOLVER_ABORT;
  }

 private:
  const Progress& progress_;
  int iterations_;
};

ceres::TerminationType solve(Residuals& cost, Vector& x, const Progress& progress) {
  constexpr int kIterations = 60;
  ceres::Problem::Options ownership;
  ownership.cost_function_ownership = ceres::DO_NOT_TAKE_OWNERSHIP;
  ceres::Problem problem(ownership);
  problem.AddResidualBlock(&cost, nullptr, x.data());
  Asking asking(progress, kIterations);
  ceres::Solver::Options options;
  options.linear_solver_type = ceres::DENSE_NORMAL_CHOLESKY;
  options.max_num_iterations = kIterations;
  options.function_tolerance = 1e-5;  // a thousandth of a residual's size: far below its error
  options.logging_type = ceres::SILENT;
  options.callbacks.push_back(&asking);
  ceres::Solver::Summary summary;
  ceres::Solve(options, &problem, &summary);
  return summary.termination_type;
}

}  // namespace

Result<Calibration> calibrate(std::span<const CalibrationRow> rows,
                              const physics::CoolerParameters& start, const Progress& progress) {
  std::vector<const CalibrationRow*> on, off;
  for (const CalibrationRow& row : rows) {
    const auto targets = measured(row);
    if (std::none_of(targets.begin(), targets.end(), [](const auto& t) { return t.has_value(); })) {
      continue;
    }
    if (row.inputs.fan == FanState::on) on.push_back(&row);
    if (row.inputs.fan == FanState::off) off.push_back(&row);
  }
  constexpr std::size_t kLeastRows = 100;
  if (on.size() < kLeastRows) {
    return fail(ErrorCode::rejected,
                "physics cannot be fitted: " + std::to_string(on.size()) +
                    " rows have the fan on and a measured target, needed are " +
                    std::to_string(kLeastRows));
  }
  const CoolerParameters from = with_usual(start, on);
  const std::vector<const CalibrationRow*> some = thinned(on);
  Residuals cost(some, from);
  Vector x = Vector::Zero();
  const ceres::TerminationType end = solve(cost, x, progress);
  if (end == ceres::USER_FAILURE) return fail(ErrorCode::interrupted, "fitting physics");

  Calibration result;
  result.converged = end == ceres::CONVERGENCE;
  result.cooler = with_fan_off(at(from, x.data()), off);
  result.fit = fit_of(result.cooler, some);
  report(result, from, x, posterior(cost, x), some);
  return result;
}

}  // namespace hvac::training
