#include "ops/maintenance_items.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "base/files.h"
#include "base/iso_time.h"
#include "base/journal.h"
#include "base/json.h"
#include "ops/backup.h"
#include "ops/smoke.h"
#include "registry/registry.h"
#include "store/file_retention.h"
#include "telemetry/fields.h"

namespace hvac::ops::items {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using enum CheckStatus;

constexpr double kSlowestMs = 100.0;      // The guide, weekly task 2.
constexpr double kPredictionP95Ms = 0.1;  // The guide, monthly task 2.
constexpr double kMuchSlower = 2.0;       // Than the baseline; less is what else the computer does.
constexpr double kRetrainPsi = 0.5;       // The guide, section 3.
constexpr std::chrono::days kOldModel{183};
constexpr std::chrono::days kQuarter{92};

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \n");
  if (end == std::string::npos) return "";
  const std::size_t begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

// An item that is one of this program's commands: its exit code decides, its last line is evidence.
Check by_command(const MaintenanceParts& parts, const char* name, const char* title,
                 const std::vector<std::string>& words, const char* procedure) {
  std::string command = "hvac-twin";
  for (const std::string& word : words) command += " " + word;
  const auto done = parts.self(words);
  if (!done) return {name, title, failed, command + ": " + done.error().message, procedure};
  const std::string said = last_line(done->exit == 0 ? done->output : done->output + done->errors);
  return {name, title, done->exit == 0 ? ok : failed,
          fmt::format("{}: {}{}", command, said,
                      done->exit == 0 ? "" : fmt::format(" (exit {})", done->exit)),
          procedure};
}

Check titled(Check check, const char* title) {
  check.title = title;
  return check;
}

struct LogScan {
  std::size_t errors = 0;
  std::string last_error;
  std::vector<double> inference_ms;
};

// The lines of the last day in the logs: "TIME LEVEL what".
LogScan scan_logs(const fs::path& home, TimePoint now) {
  LogScan scan;
  const std::string since = iso_text(now - std::chrono::hours(24));
  std::error_code error;
  for (fs::directory_iterator it(home / "logs", error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().filename().string().find(".log") == std::string::npos) continue;
    std::ifstream file(it->path());
    std::string line;
    while (std::getline(file, line)) {
      if (line.size() < 24 || line.compare(0, 19, since, 0, 19) < 0) continue;
      const std::size_t level = line.find(' ');
      if (level != std::string::npos && line.compare(level + 1, 5, "ERROR") == 0) {
        ++scan.errors;
        scan.last_error = line;
      }
      constexpr std::string_view kKey = "inference_time=";
      if (const std::size_t at = line.find(kKey); at != std::string::npos) {
        scan.inference_ms.push_back(std::strtod(line.c_str() + at + kKey.size(), nullptr));
      }
    }
  }
  return scan;
}

const json::value* member(const json::value& value, std::string_view key) {
  return value.is_object() ? value.get_object().if_contains(key) : nullptr;
}

std::int64_t number_in(const json::value& value, std::string_view key) {
  const json::value* found = member(value, key);
  return found != nullptr && found->is_number() ? found->to_number<std::int64_t>() : -1;
}

// Whether what says this time was made during this maintenance, and is not what was there before.
bool is_of_now(const json::value* time, const MaintenanceParts& parts) {
  return time != nullptr && time->is_string() &&
         std::string_view(time->get_string()) >= iso_text(parts.audit.now);
}

Result<json::value> newest_drift_report(const fs::path& home) {
  const auto text = read_file(home / "monitoring" / "drift_report.json");
  if (!text) return fail(text.error());
  return parse_json(*text);
}

// 0 where the report judges nothing.
double largest_psi(const json::value& report) {
  const json::value* summary = member(report, "summary");
  const json::value* psi = summary != nullptr ? member(*summary, "largest_psi") : nullptr;
  return psi != nullptr && psi->is_number() ? psi->to_number<double>() : 0.0;
}

Check backup_read_back(const MaintenanceParts& parts, const char* name, const char* title) {
  Check made = by_command(parts, name, title, {"backup", "create", "--kind", "full"},
                          "manual 5: hvac-twin backup create");
  if (made.status != ok) return made;
  const Check read = by_command(parts, "", "", {"backup", "verify", "--newest"}, "");
  made.evidence += "; " + read.evidence;
  made.status = read.status;
  return made;
}

Check newest_backup_reads_back(const MaintenanceParts& parts, const char* name, const char* title) {
  Check check = titled(check_backups(parts.audit), title);
  check.name = name;
  return check;
}

}  // namespace

Check api_health(const MaintenanceParts& parts) { return check_health(parts.audit.ask, parts.url); }

Check dashboard(const MaintenanceParts& parts) {
  return check_dashboard(parts.audit.ask, parts.dashboard_url);
}

Check test_prediction(const MaintenanceParts& parts) {
  if (parts.url.empty()) {
    return {"prediction", "Test prediction successful", failed, "no program runs on this instance",
            "manual 7.4: hvac-twin run"};
  }
  return check_prediction(parts.audit.ask, parts.url);
}

Check no_errors(const MaintenanceParts& parts) {
  const LogScan scan = scan_logs(parts.audit.home, parts.audit.now);
  if (scan.errors == 0) {
    return {"errors", "No errors in logs", ok, "none in the last 24 h in logs/", ""};
  }
  return {"errors", "No errors in logs", failed,
          fmt::format("{} in the last 24 h; the newest: {}", scan.errors, scan.last_error),
          "manual 7: read logs/, then hvac-twin diagnostics for support"};
}

Check no_alerts(const MaintenanceParts& parts) {
  const char* title = "No active alerts";
  if (parts.audit.store == nullptr) {
    return {"alerts", title, parts.audit.store_fault.empty() ? ok : failed,
            parts.audit.store_fault.empty() ? "nothing stored yet" : parts.audit.store_fault,
            "manual 8: backup restore --only data"};
  }
  const auto alerts = parts.audit.store->open_alerts();
  if (!alerts) return {"alerts", title, failed, alerts.error().message, "hvac-twin audit"};
  if (alerts->empty()) return {"alerts", title, ok, "none is open", ""};
  return {"alerts", title, failed,
          fmt::format("{} open; the newest: {}", alerts->size(), alerts->front().text),
          "hvac-twin alerts list; mend the cause, then alerts ack"};
}

Check disk(const MaintenanceParts& parts) {
  Check check = titled(check_disk(parts.audit.home), "Disk space >20% free");
  if (check.status == warning) check.status = failed;  // The checklist knows one limit.
  return check;
}

Check backups(const MaintenanceParts& parts) {
  return newest_backup_reads_back(parts, "backups", "Backups current and readable");
}

// Whether what it says is grave is the next item's; this one is that there is a report of now.
Check drift_report(const MaintenanceParts& parts) {
  Check check = by_command(parts, "drift_report", "Drift report reviewed", {"drift", "report"},
                           "manual 7.3: hvac-twin drift report");
  const auto report = newest_drift_report(parts.audit.home);
  const json::value* summary = report ? member(*report, "summary") : nullptr;
  const json::value* status = summary != nullptr ? member(*summary, "overall_status") : nullptr;
  const json::value* time = report ? member(*report, "timestamp") : nullptr;
  if (!is_of_now(time, parts) || status == nullptr || !status->is_string()) return check;
  check.status = ok;
  check.evidence = fmt::format("hvac-twin drift report: {} (HOME/monitoring/drift_report.json)",
                               std::string_view(status->get_string()));
  return check;
}

Check no_critical_drift(const MaintenanceParts& parts) {
  Check check{"critical_drift", "No critical drift detected", ok, "",
              "manual 3: hvac-twin retrain; of a false alarm, manual 7.3: drift rebaseline"};
  const auto report = newest_drift_report(parts.audit.home);
  const json::value* summary = report ? member(*report, "summary") : nullptr;
  if (summary == nullptr) {
    check.status = failed;
    check.evidence = report ? "the drift report has no summary" : report.error().message;
    return check;
  }
  if (number_in(*summary, "total_features") == 0) {
    check.status = skipped;
    check.evidence = "no tag can be judged yet: telemetry does not reach back over drift.window_s";
    return check;
  }
  const std::int64_t critical = number_in(*summary, "critical_features");
  const std::int64_t warnings = number_in(*summary, "warning_features");
  check.evidence =
      fmt::format("{} critical, {} warning of {} tags; largest PSI {:.3f}", critical, warnings,
                  number_in(*summary, "total_features"), largest_psi(*report));
  if (warnings > 1) check.status = warning;
  if (critical != 0) check.status = failed;
  return check;
}

Check performance(const MaintenanceParts& parts) {
  Check check{"performance", "Performance metrics within limits", ok, "",
              "manual 7.1 and 7.2: memory and slow inference"};
  LogScan scan = scan_logs(parts.audit.home, parts.audit.now);
  if (scan.inference_ms.empty()) {
    check.evidence = "no predictions in the last 24 h";
  } else {
    std::sort(scan.inference_ms.begin(), scan.inference_ms.end());
    const double p95 = scan.inference_ms[scan.inference_ms.size() * 95 / 100];
    check.evidence = fmt::format("inference P95 {:.3f} ms of {} requests (limit {:.0f})", p95,
                                 scan.inference_ms.size(), kSlowestMs);
    if (p95 > kSlowestMs) check.status = failed;
  }
  const Check memory = check_memory(parts.audit.home);
  check.evidence += "; memory: " + memory.evidence;
  if (memory.status != skipped) check.status = std::max(check.status, memory.status);
  return check;
}

Check old_files(const MaintenanceParts& parts) {
  const auto removed = store::enforce_file_retention(
      parts.audit.home, {parts.logs_kept, parts.reports_kept}, parts.audit.now);
  if (!removed) {
    return {"cleanup", "Old logs cleaned up", failed, removed.error().message, "mend and repeat"};
  }
  return {"cleanup", "Old logs cleaned up", ok,
          fmt::format("{} files removed (logs older than {} days, drift reports than {})", *removed,
                      parts.logs_kept.count(), parts.reports_kept.count()),
          ""};
}

Check backups_pruned(const MaintenanceParts& parts) {
  return by_command(parts, "pruned", "Old backups cleaned up", {"backup", "prune"},
                    "mend and repeat");
}

// The report is kept; what failed is named here already.
Check system_audit(const MaintenanceParts& parts) {
  Check check{"audit", "System audit completed", failed, "", "hvac-twin audit"};
  const auto done = parts.self({"audit"});
  if (!done || done->output.empty()) {
    check.evidence = "hvac-twin audit: " + (done ? last_line(done->errors) : done.error().message);
    return check;
  }
  const fs::path file =
      parts.audit.home / "maintenance" / fmt::format("audit-{}.txt", stamp(parts.audit.now));
  if (auto kept = write_file_atomically(file, done->output); !kept) {
    check.evidence = kept.error().message;
    return check;
  }
  if (done->exit == 0) check.status = ok;
  check.evidence = fmt::format("hvac-twin audit: {}", last_line(done->output));
  std::istringstream lines(done->output);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("failed ")) continue;
    for (std::size_t gap = line.find("  "); gap != std::string::npos; gap = line.find("  ")) {
      line.erase(gap, 1);
    }
    check.evidence += "; " + line;
  }
  check.evidence += "; the report: " + file.string();
  return check;
}

Check benchmark(const MaintenanceParts& parts) {
  const fs::path file = parts.audit.home / "maintenance" / "benchmark_results.json";
  Check check = by_command(parts, "benchmark", "Performance benchmarks pass",
                           {"benchmark", "--output", file.string()},
                           "manual 7.2: see what else runs, then hvac-twin benchmark");
  const auto text = read_file(file);
  const auto results = text ? parse_json(*text) : Result<json::value>(fail(text.error()));
  const json::value* entries = results ? member(*results, "entries") : nullptr;
  const json::value* time = results ? member(*results, "timestamp") : nullptr;
  if (!is_of_now(time, parts) || entries == nullptr || !entries->is_array()) return check;
  check.evidence = fmt::format("hvac-twin benchmark: P95 (limit {} ms)", kPredictionP95Ms);
  for (const json::value& entry : entries->get_array()) {
    const json::value* name = member(entry, "name");
    const json::value* p95 = member(entry, "latency_p95_ms");
    if (name == nullptr || !name->is_string() || p95 == nullptr || !p95->is_number()) continue;
    check.evidence += fmt::format(", {} {:.4f} ms", std::string_view(name->get_string()),
                                  p95->to_number<double>());
    const json::value* ratio = member(entry, "ratio_to_baseline");
    if (ratio == nullptr || !ratio->is_number()) continue;
    const double times = ratio->to_number<double>();
    check.evidence += fmt::format(" ({:.2f} x the baseline)", times);
    if (times > kMuchSlower) check.status = std::max(check.status, warning);
  }
  return check;
}

Check security_updates(const MaintenanceParts& parts) {
  return titled(check_updates(parts.audit.home), "Security updates reviewed");
}

Check configuration_backup(const MaintenanceParts& parts) {
  return backup_read_back(parts, "config_backup", "Configuration backed up");
}

Check no_critical_issues(const MaintenanceParts& parts) {
  std::string found;
  for (const Check& check : audit(parts.audit)) {
    if (check.status == failed) {
      found += fmt::format("{}{}: {}", found.empty() ? "" : "; ", check.name, check.evidence);
    }
  }
  const bool none = found.empty();
  return {"critical", "No critical issues found", none ? ok : failed, none ? "none" : found,
          "hvac-twin audit names the procedure of each"};
}

Check model_age(const MaintenanceParts& parts) {
  Check check{"retrained", "Model retrained (if needed)", ok, "", "manual 3: hvac-twin retrain"};
  const registry::Registry models(parts.audit.home / "models");
  const auto current = models.current();
  if (!current || !*current) {
    check.status = failed;
    check.evidence = current ? "there is no current model" : current.error().message;
    return check;
  }
  const auto manifest = registry::read_manifest(models.folder_of(**current));
  const auto created = manifest ? telemetry::parse_iso_time(manifest->created) : std::nullopt;
  const double days =
      created
          ? std::chrono::duration<double, std::ratio<86'400>>(parts.audit.now - *created).count()
          : 0.0;
  const auto report = newest_drift_report(parts.audit.home);
  const double psi = report ? largest_psi(*report) : 0.0;
  check.evidence = fmt::format(
      "{} is {:.0f} days old (limit {}); {}", registry::text(**current), days, kOldModel.count(),
      report ? fmt::format("largest PSI {:.3f} (limit {})", psi, kRetrainPsi)
             : std::string("no drift report yet"));
  if (days > kOldModel.count() || psi > kRetrainPsi) check.status = failed;
  return check;
}

Check full_backup(const MaintenanceParts& parts) {
  return backup_read_back(parts, "full_backup", "Full system backup completed");
}

Check restore_drill(const MaintenanceParts& parts) {
  return by_command(parts, "drill", "Restore drill passed", {"backup", "drill"},
                    "manual 5: hvac-twin backup verify, then drill again");
}

// Of the quarterly report its line of that name: the others are items of their own here.
Check model_validation(const MaintenanceParts& parts) {
  Check check{"validated", "Performance validated", failed,
              "hvac-twin quarterly: ", "manual 3: hvac-twin evaluate, retrain"};
  const auto done = parts.self({"quarterly"});
  const std::string words = fmt::format("] {}: ", check.title);
  const std::size_t at = done ? done->output.find(words) : std::string::npos;
  if (at == std::string::npos) {
    check.evidence += done ? last_line(done->errors) : done.error().message;
    return check;
  }
  const std::size_t begin = at + words.size();
  if (done->output.substr(0, at).ends_with("✓ ")) check.status = ok;
  check.evidence += done->output.substr(begin, done->output.find('\n', begin) - begin);
  return check;
}

Check documentation(const MaintenanceParts& parts) {
  const auto lines = read_journal(parts.audit.home / "config_history.jsonl");
  if (!lines) {
    return {"documented", "Documentation updated", failed, lines.error().message,
            "hvac-twin config history"};
  }
  const std::string since = iso_text(parts.audit.now - kQuarter);
  std::size_t recent = 0;
  std::size_t unexplained = 0;
  for (const std::string& line : *lines) {
    const auto document = parse_json(line);
    const json::value* time = document ? member(*document, "time") : nullptr;
    if (time == nullptr || !time->is_string() || time->get_string() < since) continue;
    ++recent;
    const json::value* reason = member(*document, "reason");
    const bool said = reason != nullptr && reason->is_string() && !reason->get_string().empty();
    unexplained += said ? 0 : 1;
  }
  return {"documented", "Documentation updated", unexplained == 0 ? ok : warning,
          fmt::format("{} changes of settings in {} days, {} without a reason", recent,
                      kQuarter.count(), unexplained),
          "say why: hvac-twin config set --reason"};
}

Check database(const MaintenanceParts& parts) {
  return titled(check_database(parts.audit), "Database and audit chain verified");
}

Check keys(const MaintenanceParts& parts) {
  return titled(check_keys(parts.audit.home, parts.audit.now), "Keys reviewed");
}

Check maintenance_kept(const MaintenanceParts& parts) {
  Check check{"kept", "Maintenance of the year done", ok, "",
              "manual 2: hvac-twin maintenance weekly, ..."};
  const auto logs = read_logs(parts.audit.home, 10'000);
  if (!logs) return {"kept", check.title, failed, logs.error().message, check.procedure};
  std::size_t forged = 0;
  for (const std::string& log : *logs) {
    if (log.find("\"signature_valid\": false") != std::string::npos) ++forged;
  }
  check.evidence = fmt::format("{} signed logs, {} of them changed since", logs->size(), forged);
  if (logs->empty()) check.status = warning;
  if (forged > 0) check.status = failed;
  return check;
}

}  // namespace hvac::ops::items
