#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

/// Backup and restore of a PostgreSQL store by the server's own programs. Passwords go through the
/// environment, never through the list of processes.
namespace hvac::ops {

/// The schema hvac_twin of that database as SQL, consistent while it is in use.
/// Errors: not_found without pg_dump; unavailable, with the program's words.
[[nodiscard]] Result<void> dump_postgres(const std::string& connection,
                                         const std::filesystem::path& file);

/// Puts the schema of a dump in the place of the one that is there, which is kept as
/// `hvac_twin_replaced_STAMP`: in one transaction, all or nothing. Done already, it does nothing.
/// Errors: not_found without psql; unavailable, with the program's words.
[[nodiscard]] Result<void> restore_postgres(const std::string& connection,
                                            const std::filesystem::path& dump,
                                            const std::string& stamp);

/// A database of its own beside the one of `connection`, on the same server, dropped with this
/// object. One thread.
class ScratchDatabase {
 public:
  /// Errors: not_found without psql; unavailable, with the program's words.
  [[nodiscard]] static Result<ScratchDatabase> make(const std::string& connection,
                                                    const std::string& name);
  ~ScratchDatabase();
  ScratchDatabase(ScratchDatabase&& other) noexcept;
  ScratchDatabase& operator=(ScratchDatabase&&) = delete;

  /// With the password.
  const std::string& connection() const { return connection_; }

 private:
  ScratchDatabase(std::string server, std::string name, std::string connection);
  std::string server_;  ///< The connection that it was made over; empty: nothing to drop.
  std::string name_;
  std::string connection_;
};

/// The connection without its password, for messages and records.
std::string without_password(const std::string& connection);

}  // namespace hvac::ops
