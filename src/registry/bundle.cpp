#include "registry/bundle.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <set>
#include <system_error>

#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"

namespace hvac::registry {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr int kFormat = 1;

// Letters, digits and ._- only, not hidden: a name can then never leave its folder.
bool plain_name(std::string_view name) {
  if (name.empty() || name.size() > 100 || name.front() == '.' || name == kManifestName) {
    return false;
  }
  return name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
         std::string_view::npos;
}

tl::unexpected<Error> corrupt(const fs::path& file, std::string_view what) {
  return fail(ErrorCode::corrupt, fmt::format("{}: {}", file.string(), what));
}

std::string manifest_text(const twin::BundleFiles& files, const Provenance& provenance,
                          const std::string& created) {
  json::object entries;
  for (const auto& [name, bytes] : files) {
    entries[name] = json::object{{"sha256", sha256(bytes)}, {"size", bytes.size()}};
  }
  return json_text(json::object{{"format", kFormat},
                                {"created", created},
                                {"by", provenance.by},
                                {"reason", provenance.reason},
                                {"data", provenance.data},
                                {"data_sha256", provenance.data_sha256},
                                {"parent", provenance.parent},
                                {"files", std::move(entries)}},
                   JsonLayout::pretty);
}

struct Expected {
  std::string sha256;
  std::uint64_t size;
};

struct ParsedManifest {
  Manifest manifest;
  std::map<std::string, Expected> files;
};

Result<ParsedManifest> parse_manifest(const fs::path& folder) {
  const fs::path path = folder / kManifestName;
  auto text = read_file(path);
  if (!text) {
    if (text.error().code != ErrorCode::not_found) return fail(text.error());
    return fs::is_directory(folder)
               ? corrupt(path, "is missing")
               : fail(ErrorCode::not_found, folder.string() + ": there is no such model folder");
  }
  const auto document = parse_json(*text);
  if (!document) return corrupt(path, document.error().message);

  ParsedManifest parsed;
  try {  // Boost.JSON's checked access throws where the document has another shape.
    const json::object& object = document->as_object();
    if (object.at("format").to_number<int>() != kFormat) {
      return corrupt(path, fmt::format("its format is not {}", kFormat));
    }
    const auto word = [&](const char* key) { return std::string(object.at(key).as_string()); };
    parsed.manifest.created = word("created");
    parsed.manifest.provenance = {word("by"), word("reason"), word("data"), word("data_sha256"),
                                  object.contains("parent") ? word("parent") : std::string()};
    for (const auto& member : object.at("files").as_object()) {
      const json::object& entry = member.value().as_object();
      const std::string name(member.key());
      if (!plain_name(name)) return corrupt(path, "\"" + name + "\" is no plain file name");
      const Expected expected{std::string(entry.at("sha256").as_string()),
                              entry.at("size").to_number<std::uint64_t>()};
      parsed.manifest.bytes += expected.size;
      parsed.files.emplace(name, expected);
    }
  } catch (const std::exception& error) {
    return corrupt(path, std::string("has another shape than a manifest: ") + error.what());
  }
  if (parsed.files.empty()) return corrupt(path, "names no files");
  parsed.manifest.sha256 = sha256(*text);
  return parsed;
}

Result<void> check_no_extra_files(const fs::path& folder,
                                  const std::map<std::string, Expected>& files) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name != kManifestName && !files.contains(name)) {
      return corrupt(it->path(), "is not in the manifest");
    }
  }
  if (error) return fail(ErrorCode::unavailable, folder.string() + ": " + error.message());
  return {};
}

Result<std::string> read_checked(const fs::path& path, const Expected& expected) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path, error);
  if (status.type() == fs::file_type::not_found) return corrupt(path, "is missing");
  if (!fs::is_regular_file(status)) return corrupt(path, "is not a regular file");
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) return fail(ErrorCode::unavailable, path.string() + ": " + error.message());
  if (size != expected.size) {
    return corrupt(path, fmt::format("has {} bytes, the manifest says {}", size, expected.size));
  }
  auto bytes = read_file(path);
  if (!bytes) return bytes;
  const std::string actual = sha256(*bytes);
  if (actual != expected.sha256) {
    return corrupt(path,
                   fmt::format("its SHA-256 is {}, the manifest says {}", actual, expected.sha256));
  }
  return bytes;
}

}  // namespace

Result<Manifest> write_bundle(const fs::path& folder, const twin::BundleFiles& files,
                              const Provenance& provenance, std::string created) {
  if (files.empty()) return fail(ErrorCode::invalid_argument, "a bundle needs at least one file");
  Manifest manifest{std::move(created), provenance, 0, ""};
  for (const auto& [name, bytes] : files) {
    if (!plain_name(name)) {
      return fail(ErrorCode::invalid_argument, "bundle file \"" + name + "\" is no plain name");
    }
    manifest.bytes += bytes.size();
  }
  for (const auto& [name, bytes] : files) {
    if (auto written = write_file_atomically(folder / name, bytes); !written) {
      return fail(written.error());
    }
  }
  const std::string text = manifest_text(files, provenance, manifest.created);
  manifest.sha256 = sha256(text);
  if (auto written = write_file_atomically(folder / kManifestName, text); !written) {
    return fail(written.error());
  }
  return manifest;
}

Result<Bundle> read_bundle(const fs::path& folder) {
  auto parsed = parse_manifest(folder);
  if (!parsed) return fail(parsed.error());
  if (auto checked = check_no_extra_files(folder, parsed->files); !checked) {
    return fail(checked.error());
  }
  Bundle bundle{std::move(parsed->manifest), {}};
  for (const auto& [name, expected] : parsed->files) {
    auto bytes = read_checked(folder / name, expected);
    if (!bytes) return fail(bytes.error());
    bundle.files.emplace(name, std::move(*bytes));
  }
  return bundle;
}

Result<Manifest> read_manifest(const fs::path& folder) {
  auto parsed = parse_manifest(folder);
  if (!parsed) return fail(parsed.error());
  return std::move(parsed->manifest);
}

}  // namespace hvac::registry
