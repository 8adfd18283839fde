#include "api/model_service.h"

#include <algorithm>
#include <boost/json.hpp>

#include "api/json_answer.h"
#include "api/problem.h"
#include "api/request_values.h"
#include "base/json.h"
#include "registry/entry_json.h"
#include "registry/load_model.h"
#include "registry/verdicts.h"

namespace hvac::api {
namespace {

namespace json = boost::json;
using registry::Version;

void refuse(const Error& error, Response& response) { write_problem(problem_of(error), response); }

json::value version_or_null(const std::optional<Version>& version) {
  return version ? json::value(registry::text(*version)) : json::value();
}

json::object event_json(const registry::Event& event) {
  return {{"time", event.time},
          {"change", registry::name(event.change)},
          {"version", registry::text(event.version)},
          {"previous", version_or_null(event.previous)},
          {"by", event.provenance.by},
          {"reason", event.provenance.reason},
          {"data", event.provenance.data},
          {"data_sha256", event.provenance.data_sha256}};
}

/// The version that the path or body names; a problem when it is none.
std::optional<Version> version_named(const std::string& text, Response& response) {
  const auto version = registry::parse_version(text);
  if (!version) {
    write_problem({422, "wrong_value", "\"" + text + "\" is no version such as v1", "version", text,
                   "v1, v2, ...", ""},
                  response);
  }
  return version;
}

/// What a version's folder holds, in a form for programs. Errors: those of the registry.
Result<json::object> details(const ModelControl& control, const registry::Entry& entry) {
  json::object object = registry::entry_json(entry);
  const auto bundle = registry::read_bundle(entry.folder);
  if (!bundle) {
    object["fault"] = bundle.error().message;
    return object;
  }
  json::object files;
  for (const auto& [name, bytes] : bundle->files) files[name] = bytes.size();
  object["files"] = std::move(files);
  for (const char* key : {"card", "model"}) {
    const auto found = bundle->files.find(std::string(key) + ".json");
    if (found == bundle->files.end()) continue;
    if (auto document = parse_json(found->second)) object[key] = std::move(*document);
  }
  const auto line = control.models.lineage(entry.version);
  if (!line) return fail(line.error());
  json::array lineage;
  for (const Version ancestor : *line) lineage.emplace_back(registry::text(ancestor));
  object["lineage"] = std::move(lineage);
  const auto events = control.models.history();
  if (!events) return fail(events.error());
  json::array history;
  for (const registry::Event& event : *events) {
    if (event.version == entry.version) history.push_back(event_json(event));
  }
  object["history"] = std::move(history);
  const auto verdict = registry::read_verdict(control.folder, entry.version);
  if (!verdict) return fail(verdict.error());
  object["verdict"] = nullptr;
  if (*verdict) {
    if (auto document = parse_json(**verdict)) object["verdict"] = std::move(*document);
  }
  return object;
}

registry::Provenance provenance(const Request& request, std::string note) {
  return {std::string(request.caller), std::move(note), "", ""};
}

void say_current(const ModelControl& control, Response& response) {
  const auto current = control.models.current();
  if (!current) return refuse(current.error(), response);
  answer({{"current", version_or_null(*current)}}, response);
}

}  // namespace

void write_models(const ModelControl& control, Response& response) {
  const auto entries = control.models.list();
  if (!entries) return refuse(entries.error(), response);
  const auto current = control.models.current();
  if (!current) return refuse(current.error(), response);
  const auto previous = control.models.previous();
  if (!previous) return refuse(previous.error(), response);
  const auto challenger = control.models.challenger();
  if (!challenger) return refuse(challenger.error(), response);
  json::array models;
  for (const registry::Entry& entry : *entries) models.push_back(registry::entry_json(entry));
  answer({{"current", version_or_null(*current)},
          {"previous", version_or_null(*previous)},
          {"challenger", version_or_null(*challenger)},
          {"models", std::move(models)}},
         response);
}

void write_model(const ModelControl& control, const Request& request, Response& response) {
  RequestValues values(request);
  const std::string name = values.path("version");
  if (values.refused(response)) return;
  const auto version = version_named(name, response);
  if (!version) return;
  const auto entries = control.models.list();
  if (!entries) return refuse(entries.error(), response);
  const auto found = std::ranges::find(*entries, *version, &registry::Entry::version);
  if (found == entries->end()) {
    return refuse({ErrorCode::not_found, "there is no model " + name}, response);
  }
  const auto object = details(control, *found);
  if (!object) return refuse(object.error(), response);
  answer(*object, response);
}

void write_model_history(const ModelControl& control, const Request& request, Response& response) {
  RequestValues values(request);
  const auto limit = values.integer("limit", 100, 1, 10'000);
  if (values.refused(response)) return;
  const auto events = control.models.history();
  if (!events) return refuse(events.error(), response);
  json::array list;
  for (auto event = events->rbegin();
       event != events->rend() && static_cast<std::int64_t>(list.size()) < limit; ++event) {
    list.push_back(event_json(*event));
  }
  answer({{"events", std::move(list)}}, response);
}

void write_shadow(const ModelControl& control, Response& response) {
  response.content_type = "application/json";
  response.body = control.shadow ? control.shadow() : R"({"running":false})";
}

void write_proposals(const ModelControl& control, Response& response) {
  const auto proposals = control.proposals.all();
  if (!proposals) return refuse(proposals.error(), response);
  json::array list;
  for (auto p = proposals->rbegin(); p != proposals->rend(); ++p) {
    json::object object = registry::proposal_json(*p);
    const std::string waits = control.waits_for ? control.waits_for(*p) : std::string();
    if (!waits.empty()) object["waits_for"] = waits;
    list.push_back(std::move(object));
  }
  answer({{"proposals", std::move(list)}}, response);
}

void promote_model(const ModelControl& control, const Request& request, Response& response) {
  BodyValues body(request);
  const std::string name = body.required_text("version");
  const std::string note = body.text("note");
  if (body.refused(response)) return;
  const auto version = version_named(name, response);
  if (!version) return;
  // The registry checks the bytes; that they make a model is known by making one.
  const auto model = registry::load_model(control.models, name);
  if (!model) return refuse(model.error(), response);
  registry::Registry models = control.models;
  if (auto done = models.promote(*version, provenance(request, note)); !done) {
    return refuse(done.error(), response);
  }
  say_current(control, response);
}

void roll_model_back(const ModelControl& control, const Request& request, Response& response) {
  BodyValues body(request);
  const std::string note = body.text("note");
  if (body.refused(response)) return;
  registry::Registry models = control.models;
  const auto version = models.rollback(provenance(request, note));
  if (!version) return refuse(version.error(), response);
  say_current(control, response);
}

void accept_proposal(const ModelControl& control, const Request& request, Response& response) {
  RequestValues values(request);
  const auto id = values.path_number("id");
  BodyValues body(request);
  const std::string note = body.text("note");
  if (values.refused(response) || body.refused(response)) return;
  registry::Registry models = control.models;
  registry::ProposalBook book = control.proposals;
  const auto accepted = registry::accept_proposal(models, book, id, provenance(request, note));
  if (!accepted) return refuse(accepted.error(), response);
  answer(registry::proposal_json(*accepted), response);
}

void reject_proposal(const ModelControl& control, const Request& request, Response& response) {
  RequestValues values(request);
  const auto id = values.path_number("id");
  BodyValues body(request);
  const std::string note = body.text("note");
  if (values.refused(response) || body.refused(response)) return;
  registry::ProposalBook book = control.proposals;
  const auto rejected =
      book.close(id, registry::ProposalState::rejected, std::string(request.caller), note);
  if (!rejected) return refuse(rejected.error(), response);
  answer(registry::proposal_json(*rejected), response);
}

}  // namespace hvac::api
