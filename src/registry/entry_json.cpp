#include "registry/entry_json.h"

#include <boost/json.hpp>

namespace hvac::registry {

boost::json::object entry_json(const Entry& entry) {
  const Manifest& manifest = entry.manifest;
  boost::json::object object{{"version", text(entry.version)},
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

}  // namespace hvac::registry
