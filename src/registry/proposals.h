#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "registry/registry.h"

/// What the program or an operator proposes to do about models, and what became of it.
namespace hvac::registry {

enum class ProposalKind { retrain, promote };
enum class ProposalState { open, accepted, rejected };
std::string_view name(ProposalKind kind);
std::string_view name(ProposalState state);

/// What is to be proposed.
struct ProposalDraft {
  ProposalKind kind = ProposalKind::retrain;
  std::string trigger;             ///< "drift", "accuracy", "schedule", "season", "equipment", ...
  std::string text;                ///< Why, with values and limits.
  std::optional<Version> version;  ///< Which to promote.
  std::string by;
  std::string since{};  ///< ISO 8601, UTC: when the equipment was changed; else empty.
};

struct Proposal {
  std::int64_t id = 0;
  std::string time;  ///< ISO 8601, UTC.
  ProposalKind kind = ProposalKind::retrain;
  std::string trigger;
  std::string text;
  std::optional<Version> version;
  std::string by;
  std::string since;  ///< As in the draft.
  ProposalState state = ProposalState::open;
  std::string closed_time;
  std::string closed_by;
  std::string note;
};

/// {id, time, kind, trigger, text, version, by, since, state, closed_time, closed_by, note}
boost::json::object proposal_json(const Proposal& proposal);

/// The latest change of the equipment that was marked and not taken back, which rejecting its
/// proposal does; nothing when there is none.
std::optional<Proposal> last_equipment_change(const std::vector<Proposal>& proposals);

/// An append-only file, HOME/models/proposals.jsonl. Several processes may use it; any thread.
class ProposalBook {
 public:
  explicit ProposalBook(std::filesystem::path folder, Clock clock = system_clock());

  /// Returns the number of the new proposal, or of the open one that proposes the same (kind,
  /// trigger, version and since). Errors: unavailable; corrupt, naming the line.
  [[nodiscard]] Result<std::int64_t> open(const ProposalDraft& draft);

  /// Errors: not_found; conflict when it is closed already; unavailable; corrupt.
  [[nodiscard]] Result<Proposal> close(std::int64_t id, ProposalState state, const std::string& by,
                                       const std::string& note);

  /// Oldest first. Errors: unavailable; corrupt.
  [[nodiscard]] Result<std::vector<Proposal>> all() const;

 private:
  std::filesystem::path file_;
  std::filesystem::path lock_;
  Clock clock_;
};

/// Accepts an open proposal; one to promote a version is carried out first, once the version is
/// checked byte by byte and makes a model.
/// Errors: those of `ProposalBook::close`, loading and `Registry::promote`; then it stays open.
[[nodiscard]] Result<Proposal> accept_proposal(Registry& models, ProposalBook& book,
                                               std::int64_t id, const Provenance& provenance);

}  // namespace hvac::registry
