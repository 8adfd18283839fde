#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace hvac::app {

/// The text under `key`; empty when there is none.
std::string text_at(const boost::json::object& object, std::string_view key);

/// The decision when a new model is rejected.
inline constexpr char kKeepModels[] = "Keep the current models";

/// What a retraining leaves on record.
struct RetrainingFacts {
  std::string id;
  std::string finished;  ///< ISO 8601, UTC.
  std::string engineer;
  std::string decision;
  std::string version;  ///< Empty: rejected.
  std::string reason;   ///< Why it was retrained.
  const boost::json::object& prepared;
  const boost::json::object& trained;
  const boost::json::object& verdict;  ///< As training::verdict_json.
};

/// The maintenance guide's "Model Retraining Log".
std::string retraining_log(const RetrainingFacts& facts);

/// The same of a retraining that had not enough data to begin with; `why` in words.
std::string refusal_log(const std::string& finished, const std::string& engineer,
                        const std::string& reason, const std::string& why);

/// How the audit's entry of a retraining begins.
std::string audit_name(const std::string& id);

/// The same in one line, for the audit.
std::string retraining_line(const RetrainingFacts& facts);

boost::json::object retraining_json(const RetrainingFacts& facts);

}  // namespace hvac::app
