#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/context.h"
#include "base/result.h"
#include "config/config.h"
#include "ops/backup.h"
#include "ops/cipher.h"
#include "ops/drill.h"
#include "store/store.h"

/// What the operations of the command line have in common.
namespace hvac::app {

/// The store of an instance, as its settings say.
struct InstanceStore {
  std::unique_ptr<store::Store> store;  ///< None: nothing was ever stored.
  std::string connection;               ///< Of PostgreSQL; empty for SQLite.
};

/// Whether `where` (store.url) means a PostgreSQL server.
bool is_postgres(const std::string& where);

/// Errors: as store::open_store.
[[nodiscard]] Result<InstanceStore> open_instance_store(const Context& context,
                                                        const config::Config& config);

/// The key of --encrypt-key-file, else of backup.key_file; nothing when there is neither.
[[nodiscard]] Result<std::optional<ops::Secret>> backup_secret(const std::string& given,
                                                               const config::Config& config);

/// How long backups are kept, by the settings.
ops::BackupRetention backup_retention(const config::Config& config);

/// Asks a server over HTTP within half a minute, as who `http_identity` says; the instance's own
/// certificate is trusted. An answer that is no success is an error.
ops::Ask http_ask(const config::Config& config);

}  // namespace hvac::app
