#include "ops/incident.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/json.hpp>

#include "base/files.h"
#include "base/iso_time.h"
#include "base/journal.h"
#include "base/json.h"
#include "ops/archive.h"
#include "ops/instance.h"
#include "ops/instance_files.h"
#include "ops/machine.h"
#include "ops/manifest.h"

namespace hvac::ops {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

fs::path switch_file(const fs::path& home) { return home / "incidents" / "active.json"; }

// One step: done, or why not.
Result<std::string> log_step(const fs::path& folder, TimePoint now, const std::string& step,
                             const std::string& outcome) {
  std::string line =
      json_text(json::object{{"time", iso_text(now)}, {"step", step}, {"outcome", outcome}});
  if (auto kept = append_journal(folder / "log.jsonl", line); !kept) return fail(kept.error());
  return step + ": " + outcome;
}

bool is_evidence(const std::string& path) {
  return !path.starts_with("backups") && !path.starts_with("incidents") &&
         !path.starts_with(".restore") && !path.starts_with("replaced") &&
         !path.starts_with(kPackageLists);
}

std::string machine_state(const fs::path& home) {
  json::array programs;
  for (const RunningProgram& program : running_programs(home)) {
    json::array listeners;
    for (const std::string& address :
         listeners_of(program.pid, {program.url, program.dashboard_url})) {
      listeners.push_back(json::string(address));
    }
    programs.push_back(json::object{{"pid", program.pid},
                                    {"url", program.url},
                                    {"roles", program.roles},
                                    {"started", program.started},
                                    {"listeners", std::move(listeners)}});
  }
  return json_text(json::object{{"programs", std::move(programs)}}, JsonLayout::pretty);
}

// The archive and beside it the hash of each member; nobody may write to either.
Result<std::string> preserve_evidence(const fs::path& home, const fs::path& folder) {
  const fs::path file = folder / "evidence.tar.zst";
  auto archive = ArchiveWriter::create(file, std::nullopt);
  if (!archive) return fail(archive.error());
  json::object hashes;
  std::vector<std::string> missed;
  const auto state = archive->add("machine.json", machine_state(home));
  if (!state) return fail(state.error());
  hashes[state->path] = state->sha256;
  std::error_code error;
  for (fs::recursive_directory_iterator it(home, error), end; !error && it != end;
       it.increment(error)) {
    const std::string path = it->path().lexically_relative(home).generic_string();
    if (!is_evidence(path)) {
      it.disable_recursion_pending();
      continue;
    }
    std::error_code gone;
    if (fs::symlink_status(it->path(), gone).type() != fs::file_type::regular) continue;
    const auto member = archive->add_file(path, it->path());
    if (member) {
      hashes[path] = member->sha256;
    } else if (member.error().code == ErrorCode::not_found) {
      missed.push_back(path);
    } else {
      return fail(member.error());
    }
  }
  const auto done = archive->commit();
  if (!done) return fail(done.error());
  const std::size_t files = hashes.size();
  const json::object record = {
      {"archive", "evidence.tar.zst"}, {"sha256", done->sha256}, {"files", std::move(hashes)}};
  if (auto written = write_file_atomically(folder / "hashes.json",
                                           json_text(record, JsonLayout::pretty), Readers::owner);
      !written) {
    return fail(written.error());
  }
  ::chmod(file.c_str(), 0400);
  ::chmod((folder / "hashes.json").c_str(), 0400);
  return fmt::format("{} files in {} (SHA-256 {}), read-only", files, file.string(), done->sha256);
}

}  // namespace

std::optional<Incident> read_incident(const fs::path& home) {
  const auto text = read_file(switch_file(home));
  if (!text) return std::nullopt;
  Incident incident{"unknown", "", "", "", home / "incidents" / "unknown"};
  const auto document = parse_json(*text);
  const json::object* object = document ? document->if_object() : nullptr;
  if (object == nullptr) return incident;  // A damaged switch is still switched on.
  const auto word = [&](const char* key) {
    const json::value* value = object->if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
  };
  incident = {word("id"), word("started"), word("by"), word("reason"), {}};
  incident.folder = home / "incidents" / incident.id;
  return incident;
}

bool incident_is_active(const fs::path& home) {
  std::error_code error;
  return fs::exists(switch_file(home), error);
}

Result<std::vector<std::string>> start_incident(const fs::path& home, const IncidentParts& parts,
                                                const Clock& clock) {
  if (const auto other = read_incident(home)) {
    return fail(ErrorCode::conflict,
                "there is an incident already: " + other->id + " since " + other->started);
  }
  const TimePoint now = clock();
  const std::string id = "incident-" + stamp(now);
  const fs::path folder = home / "incidents" / id;
  const json::object active = {
      {"id", id}, {"started", iso_text(now)}, {"by", parts.by}, {"reason", parts.reason}};
  if (auto on = write_file_atomically(switch_file(home), json_text(active)); !on) {
    return fail(on.error());
  }
  if (auto made = make_folder(folder); !made) return fail(made.error());
  ::chmod(folder.c_str(), 0700);
  std::vector<std::string> steps;
  const auto note = [&](const std::string& step, const std::string& outcome) -> Result<void> {
    auto line = log_step(folder, clock(), step, outcome);
    if (!line) return fail(line.error());
    steps.push_back(std::move(*line));
    return {};
  };
  if (auto kept = note("isolate",
                       "running programs listen on this computer only from now on; "
                       "begun by " +
                           parts.by + ": " + parts.reason);
      !kept) {
    return fail(kept.error());
  }
  const auto evidence = preserve_evidence(home, folder);
  if (auto kept =
          note("preserve evidence", evidence ? *evidence : "FAILED: " + evidence.error().message);
      !kept) {
    return fail(kept.error());
  }
  std::string rotated = "no keys are in use";
  if (parts.rotate_keys) {
    const fs::path file = folder / "new_keys.txt";
    const auto count = parts.rotate_keys(file);
    if (!count) rotated = "FAILED: " + count.error().message;
    if (count && *count > 0) {
      rotated = fmt::format("{} keys replaced, the new ones are in {}", *count, file.string());
    }
  }
  if (auto kept = note("change credentials", rotated); !kept) return fail(kept.error());
  if (auto kept = note("next",
                       "hvac-twin audit; backup restore from before the incident; then "
                       "incident end");
      !kept) {
    return fail(kept.error());
  }
  return steps;
}

Result<std::vector<std::string>> end_incident(const fs::path& home, const std::string& by,
                                              const std::string& note, const Clock& clock) {
  const auto incident = read_incident(home);
  if (!incident) return fail(ErrorCode::not_found, "there is no incident");
  auto line = log_step(
      incident->folder, clock(), "end",
      "by " + by + (note.empty() ? "" : ": " + note) + "; programs listen as their settings say");
  if (!line) return fail(line.error());
  std::error_code error;
  fs::rename(switch_file(home), incident->folder / "ended.json", error);
  if (error) {
    return fail(ErrorCode::unavailable, switch_file(home).string() + ": " + error.message());
  }
  return std::vector<std::string>{std::move(*line)};
}

Result<std::vector<std::string>> incident_log(const Incident& incident) {
  return read_journal(incident.folder / "log.jsonl");
}

Result<fs::path> quarantine(const fs::path& home, const std::vector<std::string>& paths,
                            TimePoint now) {
  const fs::path folder = home / "quarantine" / stamp(now);
  for (const std::string& path : paths) {
    const fs::path target = folder / path;
    if (auto made = make_folder(target.parent_path()); !made) return fail(made.error());
    std::error_code error;
    fs::rename(home / path, target, error);
    if (error) {
      return fail(ErrorCode::unavailable,
                  (home / path).string() + ": cannot be moved away: " + error.message());
    }
  }
  return folder;
}

}  // namespace hvac::ops
