#include "ops/audit.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/json.hpp>

#include "access/key_file.h"
#include "base/files.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "base/text.h"
#include "ops/backup.h"
#include "ops/catalog.h"
#include "ops/incident.h"
#include "ops/instance.h"
#include "ops/instance_files.h"
#include "ops/machine.h"
#include "registry/load_model.h"
#include "registry/registry.h"

namespace hvac::ops {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using enum CheckStatus;

// Limits of the maintenance guide, section 6.
constexpr double kDiskTarget = 0.20;
constexpr double kDiskCritical = 0.10;
constexpr std::uint64_t kMemoryWarning = 1'000'000'000;
constexpr std::uint64_t kMemoryCritical = 1'500'000'000;
constexpr double kLoadWarning = 0.75;
constexpr double kLoadCritical = 0.90;
// What waits to be stored: an hour of a hundred coolers.
constexpr std::uint64_t kQueueWarning = 100'000'000;
constexpr std::int64_t kOutgoingWarning = 5'000;  // Half of what there is room for.
constexpr std::chrono::days kOldKey{365};
constexpr std::chrono::days kCertificateWarning{30};
constexpr std::chrono::hours kBackupCritical{24};  // The guide's RPO.
constexpr std::chrono::minutes kBackupWarning{5};
constexpr std::chrono::days kDrillDue{100};

double days_between(TimePoint from, TimePoint to) {
  return std::chrono::duration<double, std::ratio<86'400>>(to - from).count();
}

Check check_services(const AuditParts& parts) {
  Check check{"services", "Services", ok, "", "manual 7.4: hvac-twin run, or restart the service"};
  const auto programs = running_programs(parts.home);
  std::string url = parts.url;
  for (const RunningProgram& program : programs) {
    check.evidence += fmt::format("{}{} ({}) since {}", check.evidence.empty() ? "" : ", ",
                                  process_text(program), program.roles, program.started);
    if (url.empty()) url = program.url;
  }
  if (url.empty()) {
    check.status = failed;
    if (check.evidence.empty()) check.evidence = "no program runs on this instance";
    return check;
  }
  const auto health = parts.ask(url + "/health", "");
  if (!health) {
    check.status = failed;
    check.evidence += "; " + health.error().message;
  } else {
    check.evidence += (check.evidence.empty() ? "" : "; ") + url + " is healthy";
  }
  return check;
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address.starts_with("[::1]");
}

Check check_listeners(const AuditParts& parts) {
  Check check{"listeners", "Network listeners", ok, "",
              "keys create, tls and server.bind: docs/maintenance.md 8, security"};
  std::vector<std::string> wide;
  std::vector<std::string> all;
  for (const RunningProgram& program : running_programs(parts.home)) {
    for (const std::string& address :
         listeners_of(program.pid, {program.url, program.dashboard_url})) {
      all.push_back(address);
      if (!is_loopback(address)) wide.push_back(address);
    }
  }
  check.evidence = all.empty() ? "none" : comma_list(all);
  if (all.empty()) check.status = skipped;
  if (!wide.empty() && !fs::exists(parts.home / "keys.json")) {
    check.status = failed;
    check.evidence = comma_list(wide) + " can be reached by others, and there are no keys";
  }
  if (!wide.empty() && incident_is_active(parts.home)) {
    check.status = failed;
    check.evidence = comma_list(wide) + " can be reached by others during an incident";
  }
  return check;
}

bool is_secret(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  return name == "keys.json" || name.ends_with(".key") || name.starts_with("password") ||
         name.ends_with(".pem") || path.starts_with("backups/daily/") ||
         path.starts_with("backups/weekly/") || path.starts_with("backups/full/") ||
         path.starts_with("backups/increment/");
}

Check check_permissions(const AuditParts& parts) {
  Check check{"permissions", "File permissions", ok, "", ""};
  std::vector<std::string> wrong;
  std::size_t looked_at = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(parts.home, error), end; !error && it != end;
       it.increment(error)) {
    struct stat info{};
    if (::lstat(it->path().c_str(), &info) != 0 || S_ISLNK(info.st_mode)) continue;
    ++looked_at;
    const std::string path = it->path().lexically_relative(parts.home).generic_string();
    const bool others_write = (info.st_mode & S_IWOTH) != 0;
    const bool others_read = S_ISREG(info.st_mode) && (info.st_mode & 077U) != 0;
    if (others_write || (others_read && is_secret(path))) {
      wrong.push_back(fmt::format("{} ({:o})", path, info.st_mode & 0777U));
    }
  }
  check.evidence = fmt::format("{} files and folders", looked_at);
  if (wrong.empty()) return check;
  check.status = failed;
  check.evidence =
      fmt::format("{} too open: {}", wrong.size(),
                  comma_list({wrong.begin(),
                              wrong.begin() + std::min<long>(5, static_cast<long>(wrong.size()))}));
  check.procedure = "chmod o-w, and chmod 600 what is secret";
  return check;
}

Check check_tls(const AuditParts& parts) {
  if (parts.certificate.empty()) return {"tls", "TLS certificate", skipped, "none in use", ""};
  Check check{"tls", "TLS certificate", ok, "",
              "renew it: the running program takes the new files by itself"};
  const auto end = certificate_end(parts.certificate);
  if (!end) {
    check.status = failed;
    check.evidence = parts.certificate.string() + ": holds no certificate";
    return check;
  }
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(parts.now.time_since_epoch());
  const double days = static_cast<double>(*end - now.count()) / 86'400.0;
  check.evidence = fmt::format("{}: ends in {:.0f} days (warning {})", parts.certificate.string(),
                               days, kCertificateWarning.count());
  if (days < static_cast<double>(kCertificateWarning.count())) check.status = warning;
  if (days < 0) check.status = failed;
  return check;
}

Check check_cpu() {
  Check check{"cpu", "CPU", ok, "", "manual 7.2: look for what else runs here (top)"};
  const auto load = load_per_core();
  if (!load) return {"cpu", "CPU", skipped, "unknown", ""};
  check.evidence =
      fmt::format("{:.0f} % of the cores wanted (5 min; warning {:.0f}, critical {:.0f})",
                  *load * 100, kLoadWarning * 100, kLoadCritical * 100);
  if (*load > kLoadWarning) check.status = warning;
  if (*load > kLoadCritical) check.status = failed;
  return check;
}

// "a.b.c" in a document of objects; nothing where it has no such number.
std::optional<std::int64_t> number_at(const json::value& document, std::string_view path) {
  const json::value* at = &document;
  for (std::string_view rest = path; at != nullptr && !rest.empty();) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    at = at->is_object() ? at->get_object().if_contains(rest.substr(0, dot)) : nullptr;
    rest.remove_prefix(std::min(dot + 1, rest.size()));
  }
  if (at == nullptr || !at->is_number()) return std::nullopt;
  return at->to_number<std::int64_t>();
}

// What the running program says of its queues to and from the broker.
std::string broker_queues(const AuditParts& parts, CheckStatus& status) {
  const std::string url = parts.url.empty() ? api_url(parts.home) : parts.url;
  if (url.empty()) return "";
  const auto answer = parts.ask(url + "/api/v1/system", "");
  const auto document = answer ? parse_json(*answer) : Result<json::value>(fail(answer.error()));
  if (!document) return "";
  std::string text;
  const auto received = number_at(*document, "mqtt.incoming.received");
  const auto acknowledged = number_at(*document, "mqtt.incoming.acknowledged");
  if (received && acknowledged) {
    text += fmt::format("; {} messages are being taken in", *received - *acknowledged);
  }
  if (const auto waiting = number_at(*document, "mqtt.outgoing.waiting")) {
    text += fmt::format("; {} wait for the broker (warning {})", *waiting, kOutgoingWarning);
    if (*waiting > kOutgoingWarning) status = warning;
  }
  return text;
}

Check check_queues(const AuditParts& parts) {
  Check check{"queues", "Queues", ok, "",
              "see that store and broker are there: hvac-twin audit, logs/monitor.log"};
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(parts.home / "data" / "buffer", error), end;
       !error && it != end; it.increment(error)) {
    std::error_code gone;
    if (it->is_regular_file(gone)) bytes += it->file_size(gone);
  }
  check.evidence =
      fmt::format("{} bytes of readings wait to be stored (warning {})", bytes, kQueueWarning);
  if (bytes > kQueueWarning) check.status = warning;
  check.evidence += broker_queues(parts, check.status);
  return check;
}

Check check_clock() {
  const auto synchronised = clock_is_synchronised();
  if (!synchronised) return {"time", "Time", skipped, "the kernel does not say", ""};
  if (*synchronised) return {"time", "Time", ok, "kept in time", ""};
  return {"time", "Time", warning, "nothing keeps this computer's clock in time",
          "install and start chrony or systemd-timesyncd"};
}

Check check_config(const AuditParts& parts) {
  if (parts.config_fault.empty()) return {"config", "Settings", ok, "config.toml is right", ""};
  return {"config", "Settings", failed, parts.config_fault,
          "hvac-twin backup restore --only config, or mend it: hvac-twin config check"};
}

Check check_incident(const AuditParts& parts) {
  const auto incident = read_incident(parts.home);
  if (!incident) return {"incident", "Incident mode", ok, "none", ""};
  return {"incident", "Incident mode", warning,
          fmt::format("{} since {} by {}: {}", incident->id, incident->started, incident->by,
                      incident->reason),
          "hvac-twin incident end, once it is over"};
}

}  // namespace

Check check_disk(const fs::path& home) {
  Check check{"disk", "Disk space", ok, "",
              "manual 2: hvac-twin backup prune; remove what is not ours"};
  const auto space = disk_space(home);
  if (!space) return {"disk", "Disk space", failed, home.string() + ": cannot be read", ""};
  check.evidence = fmt::format("{:.0f} % free, {:.1f} GB (target {:.0f} %, critical {:.0f} %)",
                               space->free_part() * 100, static_cast<double>(space->free) / 1e9,
                               kDiskTarget * 100, kDiskCritical * 100);
  if (space->free_part() < kDiskTarget) check.status = warning;
  if (space->free_part() < kDiskCritical) check.status = failed;
  return check;
}

Check check_memory(const fs::path& home) {
  Check check{"memory", "Memory", ok, "", "manual 7.1: restart the service, look for what grew"};
  std::uint64_t most = 0;
  for (const RunningProgram& program : running_programs(home)) {
    most = std::max(most, memory_of(program.pid).value_or(0));
  }
  if (most == 0) return {"memory", "Memory", skipped, "no program runs", ""};
  check.evidence = fmt::format("{:.0f} MB in use (target 500, warning 1000, critical 1500)",
                               static_cast<double>(most) / 1e6);
  if (most > kMemoryWarning) check.status = warning;
  if (most > kMemoryCritical) check.status = failed;
  return check;
}

Check check_models(const fs::path& home) {
  const registry::Registry models(home / "models");
  Check check{"models", "Models", ok, "",
              "hvac-twin models verify --quarantine, then backup restore --only models"};
  const auto entries = models.list();
  if (!entries) return {"models", "Models", failed, entries.error().message, check.procedure};
  const auto current = models.current();
  if (!current || !*current) {
    return {"models", "Models", failed, "there is no current model", "hvac-twin train"};
  }
  std::vector<std::string> wrong;
  for (const registry::Entry& entry : *entries) {
    const auto model = registry::load_model(models, registry::text(entry.version));
    if (!model) wrong.push_back(model.error().message);
  }
  check.evidence = fmt::format("{} versions, every byte as registered; current {}", entries->size(),
                               registry::text(**current));
  if (wrong.empty()) return check;
  check.status = failed;
  check.evidence = comma_list(wrong);
  return check;
}

Check check_database(const AuditParts& parts) {
  Check check{"database", "Database", ok, "", "manual 8: backup restore --only data"};
  if (!parts.store_fault.empty()) {
    return {"database", "Database", failed, parts.store_fault, check.procedure};
  }
  if (parts.store == nullptr) return {"database", "Database", skipped, "nothing stored yet", ""};
  const auto sound = parts.store->verify();
  if (!sound) return {"database", "Database", failed, sound.error().message, check.procedure};
  const auto counts = parts.store->counts();
  if (!counts) return {"database", "Database", failed, counts.error().message, check.procedure};
  check.evidence =
      fmt::format("structure, {} samples, {} outcomes and the chain of {} audit entries are sound",
                  counts->samples, counts->outcomes, counts->audit);
  return check;
}

Check check_backups(const AuditParts& parts) {
  Check check{"backups", "Backups", ok, "", "manual 5: hvac-twin backup create, backup verify"};
  const Catalog catalog(parts.home / "backups");
  const auto backups = catalog.list();
  if (!backups) return {"backups", "Backups", failed, backups.error().message, check.procedure};
  const auto newest = newest_backup(*backups, std::nullopt);
  if (!newest) return {"backups", "Backups", failed, newest.error().message, check.procedure};
  std::size_t faulty = 0;
  for (const Backup& backup : *backups) faulty += backup.fault ? 1 : 0;
  const auto chain = chain_of(*backups, *newest);
  for (const Backup& backup : *chain) {
    if (const auto sound = check_backup(backup, parts.secret); !sound) {
      return {"backups", "Backups", failed, sound.error().message, check.procedure};
    }
  }
  const auto age = parts.now - covered_until(catalog, *backups).value_or(newest->card.created);
  check.evidence = fmt::format(
      "{} backups, {} faulty; the newest ({}) reads back whole and covers up to {:.0f} s ago",
      backups->size(), faulty, newest->card.id, std::chrono::duration<double>(age).count());
  if (faulty > 0 || age > kBackupWarning) check.status = warning;
  if (age > kBackupCritical) check.status = failed;
  return check;
}

Check check_drill(const fs::path& home, TimePoint now) {
  const char* procedure = "hvac-twin backup drill";
  const auto drills = read_drills(Catalog(home / "backups"));
  if (!drills) return {"drill", "Restore drill", failed, drills.error().message, procedure};
  if (drills->empty()) {
    return {"drill", "Restore drill", warning, "restoring was never tried", procedure};
  }
  const DrillReport& last = drills->back();
  const double days = days_between(last.time, now);
  const std::string evidence = fmt::format(
      "{:.0f} days ago: {}", days,
      last.passed ? fmt::format("passed, RTO {:.1f} s, RPO {:.0f} s", last.rto_s, last.rpo_s)
                  : "failed: " + last.fault);
  const CheckStatus status = !last.passed ? failed : days > kDrillDue.count() ? warning : ok;
  return {"drill", "Restore drill", status, evidence, procedure};
}

Check check_updates(const fs::path& home) {
  const auto updates = pending_updates({.own_lists = home / kPackageLists});
  Check check{"updates", "Package updates", ok, "",
              "manual 4: apt-get upgrade; of a container: build it anew"};
  if (!updates) {
    check.status = updates.error().code == ErrorCode::not_found ? skipped : warning;
    check.evidence = updates.error().message;
    return check;
  }
  check.evidence = fmt::format(
      "{}: {} updates wait, {} of them for security{}; lists {:.0f} days old{}",
      distribution_text(), updates->all, updates->security,
      updates->names.empty() ? "" : " (" + updates->names.substr(0, 200) + ")",
      updates->lists_age_days, updates->fault.empty() ? "" : ", newer ones: " + updates->fault);
  if (updates->lists_age_days > 30) check.status = warning;
  if (updates->security > 0) check.status = warning;
  return check;
}

Check check_keys(const fs::path& home, TimePoint now) {
  Check check{"keys", "API keys", ok, "", "hvac-twin keys rotate NAME"};
  const auto keys = access::read_keys(home);
  if (!keys) return {"keys", "API keys", failed, keys.error().message, check.procedure};
  std::size_t active = 0;
  double oldest = 0.0;
  std::string whose;
  for (const access::KeyRecord& key : *keys) {
    if (access::state_of(key, now) != access::KeyState::active) continue;
    ++active;
    const double days = days_between(key.created, now);
    if (days >= oldest) whose = key.name;
    oldest = std::max(oldest, days);
  }
  if (active == 0) {
    return {"keys", "API keys", skipped, "none: only this computer can reach the API", ""};
  }
  check.evidence = fmt::format("{} active, the oldest ({}) {:.0f} days old (limit {})", active,
                               whose, oldest, kOldKey.count());
  if (oldest > static_cast<double>(kOldKey.count())) check.status = warning;
  return check;
}

std::vector<Check> audit(const AuditParts& parts) {
  return {check_services(parts),
          check_listeners(parts),
          check_permissions(parts),
          check_keys(parts.home, parts.now),
          check_tls(parts),
          check_disk(parts.home),
          check_memory(parts.home),
          check_cpu(),
          check_database(parts),
          check_queues(parts),
          check_models(parts.home),
          check_backups(parts),
          check_drill(parts.home, parts.now),
          check_clock(),
          check_updates(parts.home),
          check_config(parts),
          check_incident(parts)};
}

}  // namespace hvac::ops
