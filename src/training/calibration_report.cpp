#include <fmt/format.h>

#include <boost/json.hpp>
#include <iterator>

#include "features/cooler_inputs.h"
#include "training/calibration.h"

namespace hvac::training {

using telemetry::TargetTag;

std::vector<CalibrationRow> calibration_rows(std::span<const telemetry::Sample> samples,
                                             std::span<const std::uint8_t> train,
                                             const physics::CoolerParameters& cooler) {
  physics::CoolerMemory memory(cooler);
  std::vector<CalibrationRow> rows;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const telemetry::Sample& sample = samples[i];
    if (i > 0 && sample.recording != samples[i - 1].recording) memory.forget();
    const physics::CoolerInputs inputs =
        memory.recall(features::cooler_inputs(features::InputView(sample)));
    if (!train.empty() && train[i] == 0) continue;
    rows.push_back({inputs, sample.target(TargetTag::UCAOT), sample.target(TargetTag::UCWOT),
                    sample.target(TargetTag::UCAF)});
  }
  return rows;
}

boost::json::object calibration_json(const Calibration& calibration) {
  boost::json::object parameters;
  for (const FittedParameter& p : calibration.parameters) {
    parameters[p.name] = {
        {"value", p.value}, {"standard_error", p.standard_error}, {"identified", p.identified}};
  }
  boost::json::object fit;
  for (const TargetFit& t : calibration.fit) {
    fit[t.target] = {{"rows", t.rows}, {"r2", t.r2}, {"rmse", t.rmse}};
  }
  boost::json::array notes;
  for (const std::string& note : calibration.notes) notes.emplace_back(note);
  return {{"converged", calibration.converged},
          {"parameters", std::move(parameters)},
          {"fit", std::move(fit)},
          {"notes", std::move(notes)}};
}

std::string calibration_text(const Calibration& calibration) {
  std::string text = fmt::format("{:<28}{:>12}{:>14}\n", "parameter", "value", "+-");
  const auto out = std::back_inserter(text);
  for (const FittedParameter& p : calibration.parameters) {
    fmt::format_to(out, "{:<28}{:>12.5g}{:>14.2g}{}\n", p.name, p.value, p.standard_error,
                   p.identified ? "" : "  not identified");
  }
  fmt::format_to(out, "\n{:<8}{:>8}{:>9}{:>9}   on the rows it was fitted to, fan on\n", "target",
                 "rows", "R2", "RMSE");
  for (const TargetFit& t : calibration.fit) {
    fmt::format_to(out, "{:<8}{:>8}{:>9.4f}{:>9.3f}\n", t.target, t.rows, t.r2, t.rmse);
  }
  if (!calibration.notes.empty()) text += "\n";
  for (const std::string& note : calibration.notes) text += "note: " + note + "\n";
  if (!calibration.converged) text += "note: the fit had not settled when it was stopped\n";
  return text;
}

}  // namespace hvac::training
