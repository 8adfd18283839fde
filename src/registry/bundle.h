#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "twin/model.h"

namespace hvac::registry {

inline constexpr char kManifestName[] = "manifest.json";

/// Where a version comes from: kept in its manifest and in the history.
struct Provenance {
  std::string by;           ///< Who, e.g. "anna@bridge".
  std::string reason;       ///< Why, in words.
  std::string data;         ///< Name of the data it was made from; empty when there is none.
  std::string data_sha256;  ///< Their SHA-256; empty when there is none.
  std::string parent = {};  ///< The version that was current when it was made; empty: none.
};

/// What a bundle's manifest says, apart from the hashes.
struct Manifest {
  std::string created;  ///< ISO 8601, UTC.
  Provenance provenance;
  std::uint64_t bytes = 0;  ///< Of all files together.
  std::string sha256;       ///< Of the manifest itself.
};

/// A bundle read from its folder, every byte checked.
struct Bundle {
  Manifest manifest;
  twin::BundleFiles files;
};

/// Writes `files` and their manifest (SHA-256 and size of each) into the new folder `folder` and
/// flushes them to disk. Errors: invalid_argument for a file name that is not a plain name or for
/// no files at all; unavailable when the disk fails.
[[nodiscard]] Result<Manifest> write_bundle(const std::filesystem::path& folder,
                                            const twin::BundleFiles& files,
                                            const Provenance& provenance, std::string created);

/// The bundle in `folder`. Errors: not_found when the folder is not there; corrupt, naming the
/// file, when one is missing, has another size or hash, is not in the manifest, or is no regular
/// file; unavailable when the disk fails.
[[nodiscard]] Result<Bundle> read_bundle(const std::filesystem::path& folder);

/// Only the manifest, the files unchecked: for listing. Errors: as `read_bundle`.
[[nodiscard]] Result<Manifest> read_manifest(const std::filesystem::path& folder);

}  // namespace hvac::registry
