#include "app/instance_store.h"

#include <filesystem>

#include "api/http_client.h"
#include "app/http_identity.h"
#include "store/open.h"

namespace hvac::app {

bool is_postgres(const std::string& where) {
  return where.starts_with("postgres://") || where.starts_with("postgresql://") ||
         where.find("dbname=") != std::string::npos || where.starts_with("host=");
}

Result<InstanceStore> open_instance_store(const Context& context, const config::Config& config) {
  const std::filesystem::path file = context.home / "data" / "telemetry.db";
  const std::string& where = config.store.url;
  if (where.empty() && !std::filesystem::exists(file)) return InstanceStore{};
  auto store = store::open_store(where, file);
  if (!store) return fail(store.error());
  return InstanceStore{std::move(*store), is_postgres(where) ? where : ""};
}

Result<std::optional<ops::Secret>> backup_secret(const std::string& given,
                                                 const config::Config& config) {
  const std::string& file = given.empty() ? config.backup.key_file : given;
  if (file.empty()) return std::optional<ops::Secret>();
  auto secret = ops::read_secret(file);
  if (!secret) return fail(secret.error());
  return std::optional(std::move(*secret));
}

ops::BackupRetention backup_retention(const config::Config& config) {
  const config::Backup& kept = config.backup;
  return {std::chrono::days(kept.daily_days), std::chrono::days(kept.weekly_days),
          std::chrono::days(kept.full_days), std::chrono::hours(kept.increment_hours)};
}

ops::Ask http_ask(const config::Config& config) {
  api::HttpIdentity identity = http_identity();
  if (identity.authority.empty()) identity.authority = config.server.tls_certificate;
  return [identity](const std::string& url, const std::string& body) -> Result<std::string> {
    constexpr std::chrono::seconds kPatience{30};
    const auto answer = body.empty() ? api::http_get(url, kPatience, identity)
                                     : api::http_post(url, body, kPatience, identity);
    if (!answer) return fail(answer.error());
    if (answer->status >= 200 && answer->status < 300) return answer->body;
    return fail(ErrorCode::unavailable, url + ": answers " + std::to_string(answer->status) + ": " +
                                            answer->body.substr(0, 300));
  };
}

}  // namespace hvac::app
