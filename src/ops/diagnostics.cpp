#include "ops/diagnostics.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>

#include "base/files.h"
#include "base/iso_time.h"
#include "ops/instance.h"
#include "ops/instance_files.h"
#include "ops/redact.h"

namespace hvac::ops {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNewest = 1 << 20;  // Of each log.

// Files of the instance that say how it is. Keys, models, data and backups stay.
bool is_wanted(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  if (name == "history.jsonl" || name == "card.json" || name == "manifest.json" ||
      path == "models/current") {
    return true;
  }
  if (path.starts_with("logs/") || path.starts_with("monitoring/") ||
      path.starts_with("maintenance/")) {
    return true;
  }
  return path == "config.toml" || path == "config_history.jsonl" ||
         path == "benchmark_baseline.json";
}

std::string newest_part(std::string text) {
  if (text.size() <= kNewest) return text;
  const std::size_t cut = text.find('\n', text.size() - kNewest);
  return "(the beginning is left out)\n" +
         text.substr(cut == std::string::npos ? text.size() : cut + 1);
}

std::string machine_text(const DiagnosticsParts& parts) {
  utsname system{};
  ::uname(&system);
  std::string text =
      fmt::format("hvac-twin {}\n{}\n{} {} {}\nhome {}\n", parts.program, iso_text(parts.audit.now),
                  system.sysname, system.release, system.machine, parts.audit.home.string());
  for (const char* file : {"/etc/os-release", "/proc/meminfo", "/proc/loadavg", "/proc/uptime"}) {
    if (const auto content = read_file(file)) text += fmt::format("\n{}:\n{}", file, *content);
  }
  return text;
}

std::string backups_text(const fs::path& home) {
  const Catalog catalog(home / "backups");
  std::string text;
  if (const auto backups = catalog.list()) {
    for (const Backup& backup : *backups) {
      text += fmt::format("{} {} bytes {}\n", backup.card.id, backup.card.size,
                          backup.fault ? backup.fault->message : "");
    }
  }
  if (const auto drills = read_drills(catalog)) {
    for (const DrillReport& report : *drills) text += drill_text(report) + "\n";
  }
  return text;
}

}  // namespace

Result<ArchiveFile> write_diagnostics(const DiagnosticsParts& parts, const fs::path& file) {
  const fs::path& home = parts.audit.home;
  const auto secrets = known_secrets(home, parts.secret_files);
  auto archive = ArchiveWriter::create(file, std::nullopt);
  if (!archive) return fail(archive.error());
  const auto add = [&](const std::string& name, const std::string& text) -> Result<void> {
    const auto added = archive->add("diagnostics/" + name, redact(text, secrets), 0600);
    if (!added) return fail(added.error());
    return {};
  };
  const auto checks = audit(parts.audit);
  std::vector<std::pair<std::string, std::string>> texts = {{"audit.json", checks_json(checks)},
                                                            {"audit.txt", checks_text(checks)},
                                                            {"machine.txt", machine_text(parts)},
                                                            {"backups.txt", backups_text(home)}};
  std::string url = parts.audit.url;
  for (const RunningProgram& program : running_programs(home)) {
    if (url.empty()) url = program.url;
  }
  if (!url.empty()) {
    for (const auto& [name, path] :
         {std::pair{"health.json", "/health"}, std::pair{"metrics.txt", "/metrics"},
          std::pair{"system.json", "/api/v1/system"}, std::pair{"kpis.json", "/api/v1/kpis"}}) {
      const auto answer = parts.audit.ask(url + path, "");
      texts.emplace_back(name, answer ? *answer : answer.error().message);
    }
  }
  for (const auto& [name, text] : texts) {
    if (auto added = add(name, text); !added) return fail(added.error());
  }
  const auto files = list_files(home);
  if (!files) return fail(files.error());
  for (const InstanceFile& one : *files) {
    if (!is_wanted(one.path)) continue;
    auto text = read_file(home / one.path);
    if (!text) continue;  // Gone meanwhile.
    if (auto added = add(one.path, newest_part(std::move(*text))); !added) {
      return fail(added.error());
    }
  }
  return archive->commit();
}

}  // namespace hvac::ops
