#include "registry/proposals.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "base/file_lock.h"
#include "base/files.h"
#include "base/iso_time.h"
#include "base/journal.h"
#include "base/json.h"
#include "registry/load_model.h"

namespace hvac::registry {
namespace {

namespace json = boost::json;

std::string word(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

/// A line opens a proposal (it has a kind) or closes one. False: it is neither.
bool apply(const std::string& line, std::vector<Proposal>& proposals) {
  const auto document = parse_json(line);
  if (!document || !document->is_object()) return false;
  const json::object& object = document->get_object();
  const std::int64_t id = number(object, "id");
  if (object.contains("kind")) {
    if (id != static_cast<std::int64_t>(proposals.size()) + 1) return false;
    Proposal& proposal = proposals.emplace_back();
    proposal.id = id;
    proposal.time = word(object, "time");
    proposal.kind = word(object, "kind") == name(ProposalKind::promote) ? ProposalKind::promote
                                                                        : ProposalKind::retrain;
    proposal.trigger = word(object, "trigger");
    proposal.text = word(object, "text");
    proposal.version = parse_version(word(object, "version"));
    proposal.by = word(object, "by");
    proposal.since = word(object, "since");
    return true;
  }
  if (id < 1 || id > static_cast<std::int64_t>(proposals.size())) return false;
  Proposal& proposal = proposals[static_cast<std::size_t>(id - 1)];
  proposal.state = word(object, "state") == name(ProposalState::accepted) ? ProposalState::accepted
                                                                          : ProposalState::rejected;
  proposal.closed_time = word(object, "time");
  proposal.closed_by = word(object, "by");
  proposal.note = word(object, "note");
  return true;
}

Result<Proposal> find_open(const std::vector<Proposal>& proposals, std::int64_t id) {
  if (id < 1 || id > static_cast<std::int64_t>(proposals.size())) {
    return fail(ErrorCode::not_found,
                fmt::format("there is no proposal {}; there are {}", id, proposals.size()));
  }
  const Proposal& proposal = proposals[static_cast<std::size_t>(id - 1)];
  if (proposal.state != ProposalState::open) {
    return fail(ErrorCode::conflict, fmt::format("proposal {} was {} by {} already", id,
                                                 name(proposal.state), proposal.closed_by));
  }
  return proposal;
}

}  // namespace

std::string_view name(ProposalKind kind) {
  return kind == ProposalKind::retrain ? "retrain" : "promote";
}

std::string_view name(ProposalState state) {
  switch (state) {
    case ProposalState::open:
      return "open";
    case ProposalState::accepted:
      return "accepted";
    case ProposalState::rejected:
      break;
  }
  return "rejected";
}

json::object proposal_json(const Proposal& p) {
  json::object object{{"id", p.id},
                      {"time", p.time},
                      {"kind", name(p.kind)},
                      {"trigger", p.trigger},
                      {"text", p.text},
                      {"version", p.version ? json::value(text(*p.version)) : json::value()},
                      {"by", p.by},
                      {"state", name(p.state)}};
  if (!p.since.empty()) object["since"] = p.since;
  if (p.state != ProposalState::open) {
    object["closed_time"] = p.closed_time;
    object["closed_by"] = p.closed_by;
    object["note"] = p.note;
  }
  return object;
}

std::optional<Proposal> last_equipment_change(const std::vector<Proposal>& proposals) {
  std::optional<Proposal> last;
  for (const Proposal& p : proposals) {
    if (p.since.empty() || p.state == ProposalState::rejected) continue;
    if (!last || p.since >= last->since) last = p;  // ISO texts are in order of time.
  }
  return last;
}

ProposalBook::ProposalBook(std::filesystem::path folder, Clock clock)
    : file_(folder / "proposals.jsonl"),
      lock_(std::move(folder) / ".proposals.lock"),
      clock_(std::move(clock)) {}

Result<std::vector<Proposal>> ProposalBook::all() const {
  const auto lines = read_journal(file_);
  if (!lines) return fail(lines.error());
  std::vector<Proposal> proposals;
  for (std::size_t i = 0; i < lines->size(); ++i) {
    if (!apply((*lines)[i], proposals)) {
      return fail(ErrorCode::corrupt,
                  fmt::format("{}: line {} is no proposal", file_.string(), i + 1));
    }
  }
  return proposals;
}

Result<std::int64_t> ProposalBook::open(const ProposalDraft& draft) {
  if (auto made = make_folder(file_.parent_path()); !made) return fail(made.error());
  const auto lock = lock_file(lock_);
  if (!lock) return fail(lock.error());
  const auto proposals = all();
  if (!proposals) return fail(proposals.error());
  for (const Proposal& p : *proposals) {
    const bool same = p.state == ProposalState::open && p.kind == draft.kind &&
                      p.trigger == draft.trigger && p.version == draft.version &&
                      p.since == draft.since;
    if (same) return p.id;
  }
  const auto id = static_cast<std::int64_t>(proposals->size()) + 1;
  json::object line{{"id", id},
                    {"time", iso_text(clock_())},
                    {"kind", name(draft.kind)},
                    {"trigger", draft.trigger},
                    {"text", draft.text},
                    {"version", draft.version ? json::value(text(*draft.version)) : json::value()},
                    {"by", draft.by}};
  if (!draft.since.empty()) line["since"] = draft.since;
  if (auto written = append_journal(file_, json_text(line)); !written) {
    return fail(written.error());
  }
  return id;
}

Result<Proposal> ProposalBook::close(std::int64_t id, ProposalState state, const std::string& by,
                                     const std::string& note) {
  if (auto made = make_folder(file_.parent_path()); !made) return fail(made.error());
  const auto lock = lock_file(lock_);
  if (!lock) return fail(lock.error());
  const auto proposals = all();
  if (!proposals) return fail(proposals.error());
  auto proposal = find_open(*proposals, id);
  if (!proposal) return proposal;
  proposal->state = state;
  proposal->closed_time = iso_text(clock_());
  proposal->closed_by = by;
  proposal->note = note;
  const std::string line = json_text({{"id", id},
                                      {"state", name(state)},
                                      {"time", proposal->closed_time},
                                      {"by", by},
                                      {"note", note}});
  if (auto written = append_journal(file_, line); !written) return fail(written.error());
  return proposal;
}

Result<Proposal> accept_proposal(Registry& models, ProposalBook& book, std::int64_t id,
                                 const Provenance& provenance) {
  const auto proposals = book.all();
  if (!proposals) return fail(proposals.error());
  const auto proposal = find_open(*proposals, id);
  if (!proposal) return proposal;
  if (proposal->version) {
    const auto model = load_model(models, text(*proposal->version));
    if (!model) return fail(model.error());
    Provenance why = provenance;
    why.reason = fmt::format("proposal {}: {}{}{}", id, proposal->text,
                             provenance.reason.empty() ? "" : "; ", provenance.reason);
    const auto promoted = models.promote(*proposal->version, why);
    // Accepted again after a crash between the two steps: it is current already.
    const auto now = models.current();
    const bool is_current = now && *now == proposal->version;
    if (!promoted && !is_current) return fail(promoted.error());
  }
  return book.close(id, ProposalState::accepted, provenance.by, provenance.reason);
}

}  // namespace hvac::registry
