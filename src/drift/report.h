#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "drift/compare.h"
#include "drift/options.h"
#include "drift/synthetic.h"

/// What people and programs read of a comparison.
namespace hvac::drift {

/// {timestamp, summary{overall_status, total_features (judged), critical_features,
/// warning_features, stable_features, insufficient_features, excluded_features, drift_percentage,
/// largest_psi (null when nothing is judged), retrain_recommended, retrain_features[], advice,
/// tags{TAG{status, psi}}}, thresholds{…}, feature_drift{TAG{status, psi, …, modes{…}}}}.
/// `timestamp` is ISO 8601 UTC.
boost::json::object report_json(const Comparison& result, const Options& options,
                                std::string timestamp);

/// One line per tag that is worth one, and what to do.
std::string report_text(const Comparison& result, const Options& options);

/// One sentence: what to do.
std::string advice(const Comparison& result, const Options& options);

/// {TAG: {MODE: {bounds[] or values[], reference[], current[]}}}: shares of the values per bin; bin
/// i of a tag by deciles reaches from bounds[i - 1] (excluded) to bounds[i], the outer ones are
/// open; the last bin of a tag by value holds all other values.
boost::json::object distributions_json(const Window& window);

boost::json::object proof_json(const std::vector<CaseResult>& cases);
std::string proof_text(const std::vector<CaseResult>& cases);

}  // namespace hvac::drift
