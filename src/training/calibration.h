#pragma once

#include <array>
#include <boost/json/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "physics/cooler.h"
#include "telemetry/sample.h"

/// Fits the cooler's parameters to telemetry.
namespace hvac::training {

/// One instant: what was put in and what the sensors showed, in the order of one recording.
struct CalibrationRow {
  physics::CoolerInputs inputs;
  std::optional<double> air_outlet_c;
  std::optional<double> water_outlet_c;
  std::optional<double> air_flow_m3_h;
};

/// The rows of `samples` that `train` picks (all when it is empty), with what the cooler remembered
/// of the samples before them in their recording.
std::vector<CalibrationRow> calibration_rows(std::span<const telemetry::Sample> samples,
                                             std::span<const std::uint8_t> train,
                                             const physics::CoolerParameters& cooler);

/// What the data say of one parameter.
struct FittedParameter {
  std::string_view name;  ///< As in physics::list_parameters.
  double value;
  double standard_error;  ///< In the parameter's unit; allows for residuals that follow each other.
  bool identified;        ///< False: the data hardly narrow it down, it stays near its start.
};

/// How well the fitted cooler follows one target on the rows it was fitted to, fan on.
struct TargetFit {
  std::string_view target;  ///< "UCAOT", "UCWOT", "UCAF"
  std::size_t rows;
  double r2;
  double rmse;  ///< In the target's unit.
};

struct Calibration {
  physics::CoolerParameters cooler;
  std::vector<FittedParameter> parameters;
  std::array<TargetFit, 3> fit;
  std::vector<std::string> notes;  ///< What cannot be identified, and why, in words.
  bool converged;
};

/// The parameters that follow the rows best in the sense of robust least squares (soft L1 on
/// residuals over their usual size), starting from and gently held to `start`. Deterministic.
/// Rows with the fan on fit the fan and the coil; rows with it off what the sensors show then.
/// Errors: rejected when fewer than 100 rows have the fan on and a target; interrupted.
[[nodiscard]] Result<Calibration> calibrate(std::span<const CalibrationRow> rows,
                                            const physics::CoolerParameters& start,
                                            const Progress& progress);

/// {"converged":…,"parameters":{NAME:{"value","standard_error","identified"}},"fit":{TAG:{"rows",
/// "r2","rmse"}},"notes":[…]}
boost::json::object calibration_json(const Calibration& calibration);

/// The same as a table for people.
std::string calibration_text(const Calibration& calibration);

}  // namespace hvac::training
