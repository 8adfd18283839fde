#include "ops/switch_over.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/json.hpp>
#include <exception>
#include <map>

#include "base/files.h"
#include "base/json.h"
#include "ops/instance.h"
#include "ops/manifest.h"
#include "ops/postgres_tools.h"
#include "store/store.h"

namespace hvac::ops {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

fs::path work_folder(const fs::path& home) { return home / ".restore"; }
fs::path plan_file(const fs::path& home) { return work_folder(home) / "plan.json"; }
fs::path aside_folder(const fs::path& home, const std::string& stamp) {
  return home / "replaced" / stamp;
}

// One file or folder that is replaced, or only put aside when nothing is staged for it.
struct Step {
  std::string path;
  bool staged = false;
};

struct Plan {
  Switch what;
  std::vector<Step> steps;
};

// The entries that are renamed as one: those of the instance folder, and those of data/, where some
// are left alone.
void collect(const fs::path& folder, const std::string& prefix, const Switch& what, bool staged,
             std::map<std::string, bool>& entries) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string path = prefix + it->path().filename().string();
    // Members of an archive that are no files of the instance begin with a dot.
    if (is_left_alone(path) || !what.components.contains(component_of(path))) continue;
    if (path == kManifestMember || path == kDumpMember || path.starts_with(kChangesMember))
      continue;
    if (path == "data" && it->is_directory()) {
      collect(it->path(), "data/", what, staged, entries);
    } else {
      entries[path] = entries[path] || staged;
    }
  }
}

Plan make_plan(const fs::path& home, const Switch& what) {
  std::map<std::string, bool> entries;
  collect(home, "", what, false, entries);
  collect(staged_folder(home), "", what, true, entries);
  Plan plan{what, {}};
  for (const auto& [path, staged] : entries) plan.steps.push_back({path, staged});
  return plan;
}

std::string plan_text(const Plan& plan) {
  json::array steps;
  for (const Step& step : plan.steps) {
    steps.push_back(json::object{{"path", step.path}, {"staged", step.staged}});
  }
  json::array changes;
  for (const std::string& file : plan.what.changes) changes.push_back(json::string(file));
  return json_text(json::object{{"stamp", plan.what.stamp},
                                {"connection", plan.what.connection},
                                {"changes", std::move(changes)},
                                {"steps", std::move(steps)}},
                   JsonLayout::pretty);
}

Result<Plan> read_plan(const fs::path& file) {
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  const auto document = parse_json(*text);
  if (!document) return fail(ErrorCode::corrupt, file.string() + ": " + document.error().message);
  try {
    const json::object& object = document->as_object();
    Plan plan;
    plan.what.stamp = json::value_to<std::string>(object.at("stamp"));
    plan.what.connection = json::value_to<std::string>(object.at("connection"));
    for (const json::value& one : object.at("changes").as_array()) {
      plan.what.changes.push_back(json::value_to<std::string>(one));
    }
    for (const json::value& one : object.at("steps").as_array()) {
      plan.steps.push_back(
          {json::value_to<std::string>(one.at("path")), one.at("staged").as_bool()});
    }
    return plan;
  } catch (const std::exception& error) {
    return fail(ErrorCode::corrupt, file.string() + ": has another shape: " + error.what());
  }
}

Result<void> move(const fs::path& from, const fs::path& to) {
  if (auto made = make_folder(to.parent_path()); !made) return made;
  std::error_code error;
  fs::rename(from, to, error);
  if (error) {
    return fail(ErrorCode::unavailable, fmt::format("{}: cannot move to {}: {}", from.string(),
                                                    to.string(), error.message()));
  }
  return {};
}

// Done again after an interruption at any point, it ends the same: what is staged was not moved
// yet.
Result<void> take(const fs::path& home, const Step& step, const fs::path& aside) {
  const fs::path staged = staged_folder(home) / step.path;
  const fs::path target = home / step.path;
  const fs::path old = aside / step.path;
  const bool pending = !step.staged || fs::exists(fs::symlink_status(staged));
  if (!pending) return {};
  if (fs::exists(fs::symlink_status(target)) && !fs::exists(fs::symlink_status(old))) {
    if (auto moved = move(target, old); !moved) return moved;
  }
  return step.staged ? move(staged, target) : Result<void>();
}

// Done already, it does nothing.
Result<void> restore_dump(const fs::path& home, const Switch& what) {
  if (what.connection.empty()) return {};
  return restore_postgres(what.connection, staged_folder(home) / kDumpMember, what.stamp);
}

// What is there already is not added again.
Result<void> add_changes(const fs::path& home, const Switch& what) {
  if (what.connection.empty()) return {};
  const fs::path staged = staged_folder(home);
  auto store = store::open_postgres(what.connection);
  if (!store) return fail(store.error());
  for (const std::string& file : what.changes) {
    if (auto applied = (*store)->apply_changes(staged / file); !applied) {
      return fail(applied.error());
    }
  }
  const auto marked = (*store)->commit({.states = {{kTimelineState, new_timeline()}}});
  if (!marked) return fail(marked.error());
  return {};
}

Result<void> sync_folders(const fs::path& home) {
  for (const fs::path& folder : {home, home / "data"}) {
    if (!fs::exists(folder)) continue;
    if (auto synced = sync_folder(folder); !synced) return synced;
  }
  return {};
}

Result<void> forget(const fs::path& home) {
  std::error_code error;
  // The plan first: without it, the rest is nothing but leftovers.
  fs::remove(plan_file(home), error);
  if (!error) fs::remove_all(work_folder(home), error);
  if (error) return fail(ErrorCode::unavailable, home.string() + ": " + error.message());
  return {};
}

Result<void> carry_out(const fs::path& home, const Plan& plan) {
  if (auto added = add_changes(home, plan.what); !added) return added;
  const fs::path aside = aside_folder(home, plan.what.stamp);
  for (const Step& step : plan.steps) {
    if (auto taken = take(home, step, aside); !taken) return taken;
  }
  if (auto synced = sync_folders(home); !synced) return synced;
  return forget(home);
}

// A rename cannot go to another file system.
Result<void> check_one_file_system(const fs::path& home, const Plan& plan) {
  struct stat base{};
  if (::stat(home.c_str(), &base) != 0) return {};
  for (const Step& step : plan.steps) {
    struct stat info{};
    const fs::path target = home / step.path;
    if (::lstat(target.c_str(), &info) == 0 && info.st_dev != base.st_dev) {
      return fail(ErrorCode::conflict,
                  target.string() + ": lies on another file system than " + home.string() +
                      ", so it cannot be replaced in one step; nothing was changed");
    }
  }
  return {};
}

}  // namespace

fs::path staged_folder(const fs::path& home) { return work_folder(home) / "new"; }

bool restore_is_pending(const fs::path& home) {
  std::error_code error;
  return fs::exists(work_folder(home), error);
}

Result<fs::path> switch_over(const fs::path& home, const Switch& what) {
  const Plan plan = make_plan(home, what);
  if (auto possible = check_one_file_system(home, plan); !possible) return fail(possible.error());
  if (auto made = make_folder(aside_folder(home, what.stamp)); !made) return fail(made.error());
  if (auto written = write_file_atomically(plan_file(home), plan_text(plan), Readers::owner);
      !written) {
    return fail(written.error());
  }
  if (auto restored = restore_dump(home, what); !restored) {
    // In one transaction: it is as it was, and so is everything else.
    if (auto forgotten = forget(home); !forgotten) return fail(forgotten.error());
    return fail(restored.error());
  }
  if (auto done = carry_out(home, plan); !done) return fail(done.error());
  return aside_folder(home, what.stamp);
}

Result<void> finish_interrupted_restore(const fs::path& home) {
  if (!restore_is_pending(home)) return {};
  const auto claimed = claim_instance(home);
  if (!claimed) {
    if (claimed.error().code != ErrorCode::conflict) return fail(claimed.error());
    return fail(ErrorCode::conflict, home.string() + ": is being restored; try again afterwards");
  }
  if (!fs::exists(plan_file(home))) return forget(home);
  const auto plan = read_plan(plan_file(home));
  if (!plan) return fail(plan.error());
  if (auto restored = restore_dump(home, plan->what); !restored) return restored;
  return carry_out(home, *plan);
}

}  // namespace hvac::ops
