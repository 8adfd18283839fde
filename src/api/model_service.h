#pragma once

#include <functional>
#include <string>

#include "api/http.h"
#include "registry/proposals.h"
#include "registry/registry.h"

/// What can be asked about models, and what can be done with them.
namespace hvac::api {

/// Any thread.
struct ModelControl {
  registry::Registry models;
  registry::ProposalBook proposals;
  std::filesystem::path folder;         ///< Of both.
  std::function<std::string()> shadow;  ///< Scores of champion and challenger, as JSON.
  /// What an open proposal waits for, in words; empty when for nothing.
  std::function<std::string(const registry::Proposal&)> waits_for{};
};

/// {current, previous, challenger, models[{version, current, pinned, ...}]}
void write_models(const ModelControl& control, Response& response);
/// One version with its card, files, lineage, history and the gate's last verdict.
void write_model(const ModelControl& control, const Request& request, Response& response);
/// {events[{time, change, version, previous, by, reason, data}]}, newest first.
void write_model_history(const ModelControl& control, const Request& request, Response& response);
void write_shadow(const ModelControl& control, Response& response);
/// {proposals[...]}, newest first.
void write_proposals(const ModelControl& control, Response& response);

/// {"version", "note"}: makes it current once it is verified.
void promote_model(const ModelControl& control, const Request& request, Response& response);
/// {"note"}
void roll_model_back(const ModelControl& control, const Request& request, Response& response);
/// {"note"}
void accept_proposal(const ModelControl& control, const Request& request, Response& response);
void reject_proposal(const ModelControl& control, const Request& request, Response& response);

}  // namespace hvac::api
