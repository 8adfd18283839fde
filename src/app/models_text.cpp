#include "app/models_text.h"

#include <boost/json.hpp>

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

boost::json::object entry_json(const registry::Entry& entry) {
  const registry::Manifest& manifest = entry.manifest;
  boost::json::object object{{"version", registry::text(entry.version)},
                             {"current", entry.current},
                             {"challenger", entry.challenger},
                             {"pinned", entry.pinned},
                             {"archived", entry.archived},
                             {"created", manifest.created},
                             {"by", manifest.provenance.by},
                             {"reason", manifest.provenance.reason},
                             {"parent", manifest.provenance.parent},
                             {"data", manifest.provenance.data},
                             {"data_sha256", manifest.provenance.data_sha256},
                             {"bytes", manifest.bytes}};
  if (entry.fault) object["fault"] = entry.fault->message;
  return object;
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
