#include "registry/verdicts.h"

#include <boost/json.hpp>

#include "base/files.h"
#include "base/json.h"

namespace hvac::registry {
namespace {

std::filesystem::path file_of(const std::filesystem::path& models, Version version) {
  return models / "verdicts" / (text(version) + ".json");
}

}  // namespace

Result<void> save_verdict(const std::filesystem::path& models, Version version,
                          std::string_view json) {
  return write_file_atomically(file_of(models, version), json);
}

Result<std::optional<std::string>> read_verdict(const std::filesystem::path& models,
                                                Version version) {
  auto bytes = read_file(file_of(models, version));
  if (bytes) return std::optional(std::move(*bytes));
  if (bytes.error().code == ErrorCode::not_found) return std::optional<std::string>();
  return fail(bytes.error());
}

bool accepted_against(const std::filesystem::path& models, Version version, Version current) {
  const auto verdict = read_verdict(models, version);
  if (!verdict || !*verdict) return false;
  const auto document = parse_json(**verdict);
  const boost::json::object* root = document ? document->if_object() : nullptr;
  if (root == nullptr) return false;
  const boost::json::value* accepted = root->if_contains("accepted");
  const boost::json::value* against = root->if_contains("against");
  return accepted != nullptr && accepted->is_bool() && accepted->get_bool() && against != nullptr &&
         against->is_string() && against->get_string() == text(current);
}

}  // namespace hvac::registry
