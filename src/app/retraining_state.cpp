#include "app/retraining_state.h"

#include <algorithm>
#include <system_error>

#include "base/files.h"
#include "base/json.h"

namespace hvac::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

fs::path state_file(const fs::path& folder) { return folder / "state.json"; }

/// "2026-11-24T08:15:00.000Z" as "20261124T081500Z".
std::string id_of(const std::string& iso) {
  std::string id = iso.substr(0, 19) + "Z";
  std::erase_if(id, [](char c) { return c == '-' || c == ':'; });
  return id;
}

}  // namespace

Result<RetrainingState> RetrainingState::open(const fs::path& folder, const std::string& inputs,
                                              const std::string& now) {
  RetrainingState state;
  state.folder_ = folder;
  state.inputs_ = inputs;
  const auto bytes = read_file(state_file(folder));
  if (!bytes) {
    if (bytes.error().code != ErrorCode::not_found) return fail(bytes.error());
    state.id_ = id_of(now);
    if (auto written = state.write(); !written) return fail(written.error());
    return state;
  }
  const auto document = parse_json(*bytes);
  const auto damaged = [&](const std::string& what) {
    return fail(ErrorCode::corrupt,
                state_file(folder).string() + ": " + what + "; `retrain --restart` begins anew");
  };
  if (!document) return damaged(document.error().message);
  try {  // Boost.JSON's checked access throws where the document has another shape.
    state.id_ = std::string(document->at("id").as_string());
    state.steps_ = document->at("steps").as_object();
    for (const auto& step : state.steps_) static_cast<void>(step.value().as_object());
    if (std::string(document->at("inputs").as_string()) != inputs) {
      return fail(ErrorCode::conflict,
                  "retraining " + state.id_ +
                      " was interrupted and had other data or options; call it with the same ones "
                      "to go on, or with --restart to begin anew");
    }
  } catch (const std::exception& error) {
    return damaged(error.what());
  }
  state.resumed_ = true;
  return state;
}

Result<void> RetrainingState::finish(std::string_view step, json::object facts) {
  steps_[step] = std::move(facts);
  return write();
}

Result<void> RetrainingState::write() const {
  return write_file_atomically(
      state_file(folder_),
      json_text({{"id", id_}, {"inputs", inputs_}, {"steps", steps_}}, JsonLayout::pretty));
}

Result<void> RetrainingState::close() { return discard(folder_); }

Result<void> RetrainingState::discard(const fs::path& folder) {
  std::error_code error;
  fs::remove(state_file(folder), error);
  if (error) {
    return fail(ErrorCode::unavailable, state_file(folder).string() + ": " + error.message());
  }
  // What was made on the way to no result.
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const bool made_on_the_way = entry.is_directory() && !fs::exists(entry.path() / "result.json");
    if (made_on_the_way) fs::remove_all(entry.path(), error);
  }
  return {};
}

}  // namespace hvac::app
