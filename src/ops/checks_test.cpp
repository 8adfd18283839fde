#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/iso_time.h"
#include "ops/audit.h"
#include "ops/command.h"
#include "ops/diagnostics.h"
#include "ops/incident.h"
#include "ops/machine.h"
#include "ops/maintenance.h"
#include "ops/redact.h"
#include "ops/testing.h"

namespace hvac::ops {
namespace {

using testing::at_ms;
using testing::kNewYearMs;
using testing::SmallInstance;
namespace fs = std::filesystem;

class Operations : public ::testing::Test {
 protected:
  AuditParts parts() const {
    AuditParts parts;
    parts.home = instance_.home;
    parts.store = instance_.store.get();
    parts.now = at_ms(kNewYearMs + 1'010'000);
    parts.ask = [](const std::string& url, const std::string&) -> Result<std::string> {
      if (url.ends_with("/health")) return std::string(R"({"status":"healthy"})");
      if (url.ends_with("/predict")) return std::string(R"({"UCAOT":12,"UCWOT":11,"UCAF":900})");
      return std::string("<html> hvac_ /predict UCAOT assets");
    };
    return parts;
  }
  static const Check& find(const std::vector<Check>& checks, const std::string& name) {
    for (const Check& check : checks) {
      if (check.name == name) return check;
    }
    throw std::logic_error("no check " + name);
  }

  store::ScratchFolder scratch_;
  SmallInstance instance_{scratch_.path() / "home"};
};

TEST_F(Operations, AuditFindsWhatIsWrongAndNamesWhatToDo) {
  ASSERT_TRUE(instance_.backup(BackupKind::full, 1000));
  AuditParts busy = parts();
  busy.url = "http://x";
  busy.ask = [](const std::string&, const std::string&) -> Result<std::string> {
    return std::string(R"({"mqtt":{"incoming":{"received":12,"acknowledged":5},)"
                       R"("outgoing":{"waiting":9000}}})");
  };
  const auto queues = find(audit(busy), "queues");
  EXPECT_EQ(queues.status, CheckStatus::warning);
  EXPECT_NE(queues.evidence.find("7 messages"), std::string::npos) << queues.evidence;
  EXPECT_NE(queues.evidence.find("9000 wait"), std::string::npos) << queues.evidence;

  auto checks = audit(parts());
  EXPECT_EQ(find(checks, "models").status, CheckStatus::ok) << find(checks, "models").evidence;
  EXPECT_EQ(find(checks, "database").status, CheckStatus::ok);
  EXPECT_EQ(find(checks, "backups").status, CheckStatus::ok) << find(checks, "backups").evidence;
  EXPECT_EQ(find(checks, "permissions").status, CheckStatus::ok);
  EXPECT_EQ(find(checks, "services").status, CheckStatus::failed);  // None runs.
  EXPECT_EQ(find(checks, "drill").status, CheckStatus::warning);
  const int before = score(checks);

  instance_.put("models/v1/model.json", "damaged");
  instance_.put("keys.json", "{}");
  ::chmod((instance_.home / "keys.json").c_str(), 0644);
  const auto backups = instance_.catalog().list();
  std::string bytes = read_file(backups->front().archive).value();
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_TRUE(write_file_atomically(backups->front().archive, bytes, Readers::owner));
  checks = audit(parts());
  EXPECT_EQ(find(checks, "models").status, CheckStatus::failed);
  EXPECT_NE(find(checks, "models").procedure.find("quarantine"), std::string::npos);
  EXPECT_EQ(find(checks, "backups").status, CheckStatus::failed);
  EXPECT_EQ(find(checks, "permissions").status, CheckStatus::failed);
  EXPECT_NE(find(checks, "permissions").evidence.find("keys.json"), std::string::npos);
  EXPECT_LT(score(checks), before);
}

TEST_F(Operations, MaintenanceFillsTheGuidesTemplateAndSignsIt) {
  ASSERT_TRUE(instance_.backup(BackupKind::full, 1000));
  MaintenanceParts maintenance;
  maintenance.audit = parts();
  maintenance.url = "http://x";
  maintenance.dashboard_url = "http://y";
  maintenance.operator_name = "Anna";
  const Clock clock = [] { return at_ms(kNewYearMs + 8 * 3'600'000); };
  const auto log = run_maintenance(MaintenanceLevel::daily, maintenance, clock, no_progress());
  ASSERT_TRUE(log);
  const std::string text = log_text(*log);
  for (const char* line :
       {"Date: 2026-01-01\n", "Operator: Anna\n", "Time: 08:00", "[ ✓ ] API health check passed",
        "[ ✓ ] Dashboard accessible", "[ ✓ ] Test prediction successful", "[ ✓ ] No errors in logs",
        "Signature: Anna"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
  ASSERT_TRUE(keep_log(instance_.home, *log));
  auto logs = read_logs(instance_.home, 10);
  ASSERT_EQ(logs->size(), 1U);
  EXPECT_NE(logs->front().find("\"signature_valid\": true"), std::string::npos);
  // Changed afterwards, it is no longer what was signed.
  for (const auto& entry : fs::directory_iterator(instance_.home / "maintenance")) {
    if (entry.path().extension() != ".json" ||
        entry.path().filename().string().find('T') == std::string::npos) {
      continue;
    }
    std::string json = read_file(entry.path()).value();
    json.replace(json.find("Anna"), 4, "Otto");
    ASSERT_TRUE(write_file_atomically(entry.path(), json));
  }
  logs = read_logs(instance_.home, 10);
  EXPECT_NE(logs->front().find("\"signature_valid\": false"), std::string::npos);
}

TEST_F(Operations, MaintenanceFailsOnErrorsOpenAlertsAndAWrongAnswer) {
  MaintenanceParts maintenance;
  maintenance.audit = parts();
  maintenance.audit.ask = [](const std::string&, const std::string&) -> Result<std::string> {
    return std::string(R"({"status":"healthy","UCAOT":1200,"UCWOT":11,"UCAF":900})");
  };
  maintenance.url = "http://x";
  instance_.put("logs/monitor.log", iso_text(parts().now) + " ERROR the broker is away\n" +
                                        "2020-01-01T00:00:00.000Z ERROR long ago\n");
  ASSERT_TRUE(instance_.store->commit({.alerts = {{"1", AssetId{"cooler"}, parts().now,
                                                   store::AlertState::open, "high", "hot", ""}}}));
  const auto log =
      run_maintenance(MaintenanceLevel::daily, maintenance, system_clock(), no_progress());
  ASSERT_TRUE(log);
  EXPECT_FALSE(log->passed());
  EXPECT_EQ(find(log->items, "prediction").status, CheckStatus::failed);
  EXPECT_NE(find(log->items, "errors").evidence.find("1 in the last 24 h"), std::string::npos);
  EXPECT_NE(find(log->items, "alerts").evidence.find("hot"), std::string::npos);
  EXPECT_NE(log_text(*log).find("Follow: "), std::string::npos);
}

// Rejection: planted secrets of every kind, in every place a log or setting could have them.
TEST_F(Operations, DiagnosticsHoldNoSecrets) {
  const std::string key = "hvt_0a1b2c3d_00112233445566778899aabbccddeeff0011223344556677";
  const std::string password = "Tr0ub4dor";
  const std::string token = "xoxb-slack-token-value";
  instance_.put("keys.json",
                R"({"keys":[{"id":"0a1b2c3d","hash":"deadbeefdeadbeefdeadbeefdeadbeef",)"
                R"("salt":"c0ffee00c0ffee00"}]})");
  instance_.put("mqtt_password", password + "\n");
  instance_.put("tls/server.key",
                "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG\n-----END PRIVATE KEY-----\n");
  instance_.put("config.toml",
                "[store]\nurl = \"postgresql://twin:s3cr3tpg@db/hvac\"\n[alerts]\nwebhook_url = "
                "\"https://hooks/T000/B000/XXXX\"\n[mqtt]\npassword_file = \"mqtt_password\"\n");
  instance_.put("logs/api.log",
                "GET / key " + key + "\nlogin password=" + password +
                    " failed\nAuthorization: Bearer abc.def.ghi\ntoken: " + token +
                    "\nMIIEvQIBADANBgkqhkiG in a dump\nmqtt://u:brokerpw@host:1883 away\n");
  const fs::path file = scratch_.path() / "d.tar.zst";
  const auto made = write_diagnostics({parts(), "1.0.0", {}}, file);
  ASSERT_TRUE(made) << made.error().message;
  std::string all;
  ASSERT_TRUE(read_archive(file, std::nullopt, [&](const Member& member) -> Result<ByteSink> {
    all += "\n== " + member.path + "\n";
    return ByteSink([&all](std::string_view bytes) -> Result<void> {
      all += bytes;
      return {};
    });
  }));
  for (const std::string& secret :
       {key, password, token, std::string("deadbeefdeadbeef"), std::string("c0ffee00c0ffee00"),
        std::string("MIIEvQIBADANBgkqhkiG"), std::string("s3cr3tpg"), std::string("abc.def.ghi"),
        std::string("T000/B000"), std::string("brokerpw")}) {
    EXPECT_EQ(all.find(secret), std::string::npos) << secret;
  }
  for (const char* kept : {"audit.json", "config.toml", "logs/api.log", "password_file", "GET /",
                           "models/v1/manifest.json", "host:1883 away"}) {
    EXPECT_NE(all.find(kept), std::string::npos) << kept;
  }
}

TEST_F(Operations, AnIncidentIsolatesKeepsEvidenceChangesKeysAndEnds) {
  const Clock clock = [] { return at_ms(kNewYearMs); };
  IncidentParts incident{"Anna", "strange logins", [](const fs::path& file) -> Result<int> {
                           if (!write_file_atomically(file, "new", Readers::owner)) return 0;
                           return 2;
                         }};
  const auto begun = start_incident(instance_.home, incident, clock);
  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_TRUE(incident_is_active(instance_.home));
  EXPECT_EQ(start_incident(instance_.home, incident, clock).error().code, ErrorCode::conflict);
  const auto active = read_incident(instance_.home);
  ASSERT_TRUE(active);
  EXPECT_EQ(active->reason, "strange logins");
  struct stat info{};
  ASSERT_EQ(::stat((active->folder / "evidence.tar.zst").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0400U);
  std::vector<std::string> held;
  ASSERT_TRUE(read_archive(active->folder / "evidence.tar.zst", std::nullopt,
                           [&](const Member& member) -> Result<ByteSink> {
                             held.push_back(member.path);
                             return ByteSink();
                           }));
  const std::string hashes = read_file(active->folder / "hashes.json").value();
  for (const char* path : {"logs/api.log", "config.toml", "data/telemetry.db", "machine.json"}) {
    EXPECT_NE(std::find(held.begin(), held.end(), path), held.end()) << path;
    EXPECT_NE(hashes.find(path), std::string::npos) << path;
  }
  EXPECT_EQ(incident_log(*active)->size(), 4U);
  ASSERT_TRUE(end_incident(instance_.home, "Anna", "a test", clock));
  EXPECT_FALSE(incident_is_active(instance_.home));
  EXPECT_EQ(incident_log(*active)->size(), 5U);
  EXPECT_EQ(end_incident(instance_.home, "Anna", "", clock).error().code, ErrorCode::not_found);
}

TEST(Machine, ReadsWhoListensFromTheKernelsTable) {
  const std::string table =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode\n"
      "   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 111 1\n"
      "   1: 00000000:2135 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 222 1\n"
      "   2: 0100007F:1F41 0100007F:9999 01 00000000:00000000 00:00000000 00000000  0 0 111 1\n"
      "   3: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 999 1\n";
  EXPECT_EQ(listening_in(table, {"111", "222"}),
            (std::vector<std::string>{"127.0.0.1:8000", "0.0.0.0:8501"}));
  EXPECT_EQ(listening_at(table, {"http://127.0.0.1:8501", ""}),
            std::vector<std::string>{"0.0.0.0:8501"});
}

TEST(Machine, CountsUpdatesAndWhichAreForSecurity) {
  const PendingUpdates updates = parse_updates(
      "Reading package lists...\n"
      "Inst libc6 [2.36-9] (2.36-10 Debian:12.6/stable [amd64])\n"
      "Inst openssl [3.0.1] (3.0.2 Debian-Security:12/stable-security [amd64])\n"
      "Conf openssl (3.0.2 Debian-Security:12/stable-security [amd64])\n");
  EXPECT_EQ(updates.all, 2U);
  EXPECT_EQ(updates.security, 1U);
  EXPECT_EQ(updates.names, "openssl");
}

// An archive of packages in a folder, and a computer that has the version before of both of them.
class Packages : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_program("apt-get")) GTEST_SKIP() << "SKIPPED: there is no apt";
    put("security/Packages", package("openssl", "3.0.2"));
    put("security/Release", "Label: Debian-Security\nOrigin: Debian\nSuite: stable-security\n");
    put("stable/Packages", package("libc6", "2.37"));
    put("stable/Release", "Label: Debian\nOrigin: Debian\nSuite: stable\n");
    put("status", installed("openssl", "3.0.1") + installed("libc6", "2.36"));
    const std::string at = "deb [trusted=yes] file:" + scratch_.path().string();
    put("sources.list", at + "/security ./\n" + at + "/stable ./\n");
    source_.lists = scratch_.path() / "none";
    source_.own_lists = scratch_.path() / "own";
    for (const auto& [key, value] :
         {std::pair{"Dir::Etc::sourcelist", scratch_.path() / "sources.list"},
          std::pair{"Dir::Etc::sourceparts", fs::path("/dev/null")},
          std::pair{"Dir::State::status", scratch_.path() / "status"}}) {
      source_.apt_options.insert(source_.apt_options.end(),
                                 {"-o", std::string(key) + "=" + value.string()});
    }
  }
  void put(const std::string& path, const std::string& text) const {
    ASSERT_TRUE(write_file_atomically(scratch_.path() / path, text));
  }
  static std::string package(const std::string& name, const std::string& version) {
    return "Package: " + name + "\nVersion: " + version +
           "\nArchitecture: all\nMaintainer: x\nDescription: x\nFilename: ./" + name +
           ".deb\nSize: 1\nSHA256: " + std::string(64, '0') + "\n\n";
  }
  static std::string installed(const std::string& name, const std::string& version) {
    return "Package: " + name + "\nStatus: install ok installed\nVersion: " + version +
           "\nArchitecture: all\nMaintainer: x\nDescription: x\n\n";
  }
  store::ScratchFolder scratch_;
  PackageSource source_;
};

// The image of a container has no lists of packages: that is not "no updates".
TEST_F(Packages, AreLookedUpWhereThereAreNoLists) {
  const auto updates = pending_updates(source_);
  ASSERT_TRUE(updates) << updates.error().message;
  EXPECT_EQ(updates->all, 2U);
  EXPECT_EQ(updates->security, 1U);
  EXPECT_EQ(updates->names, "openssl");
  EXPECT_LT(updates->lists_age_days, 1.0);
  EXPECT_EQ(updates->fault, "");
}

TEST_F(Packages, SayWhenNothingCanBeKnownAndWhenListsAreOld) {
  const auto own = source_.own_lists;
  source_.own_lists.clear();
  EXPECT_EQ(pending_updates(source_).error().code, ErrorCode::unavailable);
  source_.own_lists = own;
  ASSERT_TRUE(pending_updates(source_));
  // A month later, without a way to the archive.
  fs::remove_all(scratch_.path() / "security");
  fs::last_write_time(own / ".fetched",
                      fs::file_time_type::clock::now() - std::chrono::hours(24 * 31));
  const auto old = pending_updates(source_);
  ASSERT_TRUE(old) << old.error().message;
  EXPECT_EQ(old->security, 1U);
  EXPECT_GT(old->lists_age_days, 30.0);
  EXPECT_NE(old->fault, "");
}

}  // namespace
}  // namespace hvac::ops
