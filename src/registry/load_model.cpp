#include "registry/load_model.h"

#include <filesystem>
#include <optional>
#include <string>

namespace hvac::registry {

namespace {

Result<LoadedModel> made_of(Bundle bundle, std::string version) {
  auto model = twin::Model::from_files(bundle.files, std::move(version));
  if (!model) return fail(model.error());
  return LoadedModel{std::move(*model), std::move(bundle.manifest)};
}

}  // namespace

Result<LoadedModel> load_with_manifest(const Registry& registry, std::string_view selector) {
  if (selector != "current" && !parse_version(selector)) {
    const std::filesystem::path folder(selector);
    auto bundle = read_bundle(folder);
    if (!bundle) return fail(bundle.error());
    return made_of(std::move(*bundle), folder.filename().string());
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
  return made_of(std::move(*bundle), text(*version));
}

Result<std::shared_ptr<const twin::Model>> load_model(const Registry& registry,
                                                      std::string_view selector) {
  auto loaded = load_with_manifest(registry, selector);
  if (!loaded) return fail(loaded.error());
  return std::move(loaded->model);
}

}  // namespace hvac::registry
