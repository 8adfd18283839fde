#include "registry/load_model.h"

#include <filesystem>
#include <optional>
#include <string>

namespace hvac::registry {

Result<std::shared_ptr<const twin::Model>> load_model(const Registry& registry,
                                                      std::string_view selector) {
  if (selector != "current" && !parse_version(selector)) {
    const std::filesystem::path folder(selector);
    auto bundle = read_bundle(folder);
    if (!bundle) return fail(bundle.error());
    return twin::Model::from_files(bundle->files, folder.filename().string());
  }
  std::optional<Version> version = parse_version(selector);
  if (!version) {
    const auto now = registry.current();
    if (!now) return fail(now.error());
    version = *now;
  }
  if (!version) {
    return fail(ErrorCode::not_found,
                registry.folder_of(Version{1}).parent_path().string() +
                    ": no model yet; train one with `hvac-twin train --data FILE`, or try "
                    "`hvac-twin run --demo`");
  }
  auto bundle = registry.read(*version);
  if (!bundle) return fail(bundle.error());
  return twin::Model::from_files(bundle->files, text(*version));
}

}  // namespace hvac::registry
