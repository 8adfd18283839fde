#pragma once

#include <boost/json.hpp>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hvac::app {

/// How far a retraining has come: HOME/retraining/state.json, written after each step.
class RetrainingState {
 public:
  /// The interrupted retraining in `folder`, or a new one begun at `now` (ISO 8601) with the data
  /// that `inputs` names. Errors: conflict when the interrupted one had other inputs; corrupt;
  /// unavailable.
  [[nodiscard]] static Result<RetrainingState> open(const std::filesystem::path& folder,
                                                    const std::string& inputs,
                                                    const std::string& now);

  const std::string& id() const { return id_; }
  bool resumed() const { return resumed_; }
  /// Where its files are.
  std::filesystem::path folder() const { return folder_ / id_; }

  bool done(std::string_view step) const { return steps_.contains(step); }
  /// What a step that is done left behind.
  const boost::json::object& of(std::string_view step) const { return steps_.at(step).as_object(); }
  /// Errors: unavailable.
  [[nodiscard]] Result<void> finish(std::string_view step, boost::json::object facts);

  /// Nothing is left to resume. Errors: unavailable.
  [[nodiscard]] Result<void> close();
  /// Forgets an interrupted retraining, if there is one. Errors: unavailable.
  [[nodiscard]] static Result<void> discard(const std::filesystem::path& folder);

 private:
  Result<void> write() const;

  std::filesystem::path folder_;
  std::string id_;
  std::string inputs_;
  bool resumed_ = false;
  boost::json::object steps_;
};

}  // namespace hvac::app
