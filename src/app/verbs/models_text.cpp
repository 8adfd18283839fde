#include "app/verbs/models_text.h"

#include "registry/load_model.h"

namespace hvac::app {

using registry::Registry;
using registry::Version;

Registry registry_of(const Context& context) { return Registry(context.home / "models"); }

Result<Version> find_version(const Registry& models, const std::string& text) {
  if (text == "current") {
    const auto current = models.current();
    if (!current) return fail(current.error());
    if (!*current) return fail(ErrorCode::not_found, "there is no current model yet");
    return **current;
  }
  const auto version = registry::parse_version(text);
  if (!version) {
    return fail(ErrorCode::invalid_argument, "\"" + text + "\" is no version such as v1");
  }
  return *version;
}

Result<Version> find_sound_version(const Registry& models, const std::string& text) {
  const auto version = find_version(models, text);
  if (!version) return version;
  // The registry checks the bytes; that they make a model is known by making one.
  if (const auto model = registry::load_model(models, registry::text(*version)); !model) {
    return fail(model.error());
  }
  return version;
}

std::string standing(const registry::Entry& entry) {
  std::string text;
  const auto add = [&](bool is, const char* word) {
    if (is) text += (text.empty() ? "" : ",") + std::string(word);
  };
  add(entry.current, "current");
  add(entry.challenger, "shadow");
  add(entry.pinned, "pinned");
  add(entry.archived, "archived");
  return text;
}

}  // namespace hvac::app
