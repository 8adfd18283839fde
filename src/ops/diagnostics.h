#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "ops/archive.h"
#include "ops/audit.h"

namespace hvac::ops {

struct DiagnosticsParts {
  AuditParts audit;
  std::string program;                              ///< Version.
  std::vector<std::filesystem::path> secret_files;  ///< Besides those that are known.
};

/// Writes one archive with what support needs: the audit, versions, settings, the newest part of
/// the logs, models, backups, drills, drift and maintenance reports, what the running program says
/// of itself. No secrets (`redact`), no telemetry. Errors: unavailable.
[[nodiscard]] Result<ArchiveFile> write_diagnostics(const DiagnosticsParts& parts,
                                                    const std::filesystem::path& file);

}  // namespace hvac::ops
