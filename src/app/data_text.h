#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "telemetry/check.h"
#include "telemetry/prepare.h"
#include "telemetry/profile.h"

/// What the `data` commands say, for programs and for people.
namespace hvac::app {

/// `rows, recordings, usable_rows, blocks, tags` and more keys. Rows are 0-based data rows.
boost::json::value check_json(const telemetry::CheckReport& report,
                              const telemetry::AssetProfile& profile,
                              const std::vector<std::string>& problems);

/// A table of tags with something to count, the blocks, and the problems in sentences.
std::string check_text(const telemetry::CheckReport& report, const telemetry::AssetProfile& profile,
                       const std::vector<std::string>& problems);

/// Where the prepared data set `output` comes from: sources with hashes, rows, samples, ranges,
/// decisions, and its own hash. Errors: those of reading it.
[[nodiscard]] Result<boost::json::object> provenance_json(const telemetry::Prepared& prepared,
                                                          const std::filesystem::path& output,
                                                          const telemetry::AssetProfile& profile);

boost::json::value tags_json(const telemetry::AssetProfile& profile);
std::string tags_text(const telemetry::AssetProfile& profile);

}  // namespace hvac::app
