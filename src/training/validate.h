#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/progress.h"
#include "base/result.h"
#include "training/dataset.h"
#include "training/gate.h"
#include "twin/model.h"

namespace hvac::training {

/// Whether the operator vouches for data that the model may not have learned from.
enum class Vouched { no, unseen };

/// The model that is to be judged.
struct Candidate {
  std::shared_ptr<const twin::Model> model;
  std::string name;  ///< In the words of the verdict.
  std::uint64_t bundle_bytes = 0;
  Vouched vouched = Vouched::no;
};

/// The model it is to replace.
struct Incumbent {
  std::shared_ptr<const twin::Model> model;
  std::string name;
};

/// Everything the gate needs to know of `candidate`, from `data` and the model's card. Both models
/// are scored on the same rows, none of which the scored model had seen.
/// Errors: corrupt, naming the file of the bundle; interrupted.
[[nodiscard]] Result<GateEvidence> gather_evidence(const Candidate& candidate,
                                                   const std::optional<Incumbent>& against,
                                                   const Dataset& data, double confidence,
                                                   const Progress& progress);

/// {accepted, model, against, reasons[], checks[{name, passed, text}], comparison, inference,
/// sanity, samples}
boost::json::object verdict_json(const GateEvidence& evidence, const Verdict& verdict);
std::string verdict_text(const GateEvidence& evidence, const Verdict& verdict);

/// {population: {TAG: {before, after, r2_change, mape_change, mae_ratio, coverage, blocks}}}
boost::json::object comparison_json(const Comparison& comparison);
std::string comparison_text(const Comparison& comparison, const std::string& before,
                            const std::string& after);

}  // namespace hvac::training
