#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ops/check.h"
#include "ops/cipher.h"
#include "ops/drill.h"
#include "store/store.h"

/// The audit of a whole instance and the computer it runs on.
namespace hvac::ops {

struct AuditParts {
  std::filesystem::path home;
  const store::Store* store = nullptr;  ///< None: there is none, or it cannot be opened ...
  std::string store_fault;              ///< ... and why.
  std::string config_fault;             ///< Why the settings cannot be read; empty when they can.
  std::optional<Secret> secret;         ///< Of encrypted backups.
  Ask ask;
  std::string url;                    ///< Of the API; empty: that of the running program.
  std::filesystem::path certificate;  ///< That the server shows; empty: without TLS.
  TimePoint now;
};

/// Services, listeners, permissions, age of keys, end of certificates, disk, memory, CPU, database,
/// queues, models, backups, restore drill, time, packages, settings, incident. Changes nothing.
std::vector<Check> audit(const AuditParts& parts);

/// The checks that maintenance needs one by one.
Check check_disk(const std::filesystem::path& home);
Check check_memory(const std::filesystem::path& home);
Check check_models(const std::filesystem::path& home);
Check check_backups(const AuditParts& parts);
Check check_updates(const std::filesystem::path& home);
Check check_keys(const std::filesystem::path& home, TimePoint now);
Check check_database(const AuditParts& parts);
Check check_drill(const std::filesystem::path& home, TimePoint now);

}  // namespace hvac::ops
