#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "api/http.h"
#include "base/result.h"

/// Drift over HTTP.
namespace hvac::api {

/// What there is to know and to do about drift. Each may be called from any thread.
struct DriftControl {
  enum class Exclude { yes, no };

  /// The newest report, JSON. Errors: not_found when there is none yet.
  std::function<Result<std::string>()> report;
  /// The newest reports first: {"reports":[{time, file, status, summary}]}.
  std::function<Result<std::string>(std::size_t limit)> reports;
  /// {tag, modes{…}} of the newest report; of all tags {TAG{…}} when `tag` is empty.
  /// Errors: not_found for a tag there is not, or no report.
  std::function<Result<std::string>(const std::string& tag)> distributions;
  /// Makes what the store holds now the reference. Errors: rejected when that is too little.
  std::function<Result<void>(const std::string& actor, const std::string& note)> rebaseline;
  /// Leaves a tag out of the judgement, or takes it in again. Errors: not_found for a tag there is
  /// not; those of the configuration.
  std::function<Result<void>(const std::string& tag, Exclude what, const std::string& actor,
                             const std::string& note)>
      exclude;
};

/// GET /api/v1/drift
void write_drift(const DriftControl& drift, Response& response);

/// GET /api/v1/drift/reports?limit=
void write_drift_reports(const DriftControl& drift, const Request& request, Response& response);

/// GET /api/v1/drift/distributions?tag=
void write_drift_distributions(const DriftControl& drift, const Request& request,
                               Response& response);

/// POST /api/v1/drift/rebaseline {"note"}
void write_drift_rebaseline(const DriftControl& drift, const Request& request, Response& response);

/// POST /api/v1/drift/exclude {"tag", "exclude": true|false, "note"}
void write_drift_exclude(const DriftControl& drift, const Request& request, Response& response);

}  // namespace hvac::api
