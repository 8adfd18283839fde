#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "training/dataset.h"
#include "training/evaluate.h"
#include "training/paired_blocks.h"
#include "training/score.h"

/// Assessments as JSON and as tables for people.
namespace hvac::training {

/// {n, r2, mae, mape, rmse, p95, bias, coverage90}
boost::json::value score_json(const Score& score);

/// [value, low, high], null where it cannot be said.
boost::json::array estimate_json(const Estimate& estimate);

/// {population: {TAG: {virtual|tracking|persistence|physics: {n, r2, mae, mape, rmse, p95, bias,
/// coverage90}}}}
boost::json::value populations_json(const Populations& populations);

/// {passed, features_ignore_targets, shuffled_r2{TAG}, delayed_mae_ratio{TAG}, suspects[],
/// failures[]}
boost::json::value audit_json(const LeakageAudit& audit);

/// {rows, scored{TAG}, populations (grouped), last_block, leakage_audit, data{…}, protocol{…}}
boost::json::value assessment_json(const Assessment& assessment, const Dataset& data,
                                   const FitOptions& options);

/// How many rows have a valid measured value of each target: {TAG: n}.
boost::json::value scored_json(const Dataset& data);

/// A table of R2, MAE, p95, bias and coverage per target and predictor.
std::string populations_text(const Populations& populations, Population population);

}  // namespace hvac::training
