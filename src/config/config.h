#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// The settings of an instance: HOME/config.toml as a value. Which keys there are, their limits and
/// meanings is the table in keys.cpp; whatever the file does not say has its default here.
namespace hvac::config {

/// How the program listens.
struct Server {
  std::string bind = "127.0.0.1";
  std::int64_t port = 8000;
  std::int64_t dashboard_port = 8501;
  std::string tls_certificate;  ///< PEM file; empty: without TLS.
  std::string tls_key;
  double requests_per_s = 0.0;  ///< Of one client; 0: 1000, and no limit on loopback.
};

/// Where telemetry and what became of it is kept.
struct Store {
  std::string url;  ///< "postgresql://…"; empty: HOME/data/telemetry.db.
};

/// Where telemetry comes from and what the twin makes of it goes to.
struct Mqtt {
  std::string url;  ///< "mqtt://host:1883", "mqtts://…"; empty: no broker.
  std::string username;
  std::string password_file;     ///< The password is its first line.
  std::string ca_file;           ///< Certificates to trust; empty: the system's.
  std::string certificate_file;  ///< Of this program; empty: none.
  std::string key_file;
  std::string client_id;    ///< Begins our names there; empty: made of machine and instance.
  std::string share_group;  ///< Several programs with the same group divide the messages.
  std::string default_asset = "cooler-1";
};

/// How long each kind is kept.
struct Retention {
  std::int64_t samples_days = 730;
  std::int64_t outcomes_days = 730;
  std::int64_t rollups_days = 730;
  std::int64_t findings_days = 365;
  std::int64_t alerts_days = 365;
  std::int64_t drift_reports_days = 90;
  std::int64_t logs_days = 30;
};

/// When a tag's distribution counts as changed.
struct Drift {
  double psi_warning = 0.1;
  double psi_critical = 0.2;
  double psi_retrain = 0.5;
  double false_alarm_rate = 0.01;
  std::int64_t min_samples = 100;
  std::int64_t latch_windows = 3;
  std::int64_t window_s = 86'400;
  std::int64_t interval_s = 3600;
  std::vector<std::string> excluded_tags;
};

/// Backups that the running program makes, and how long they are kept.
struct Backup {
  bool automatic = true;
  std::string key_file;  ///< Encrypts with the key in it; empty: not encrypted.
  std::string remote;    ///< rclone remote for copies elsewhere; empty: none.
  std::int64_t interval_s = 30;
  std::int64_t daily_days = 30;
  std::int64_t weekly_days = 90;
  std::int64_t full_days = 365;
  std::int64_t increment_hours = 48;
};

/// Who is told of what is wrong, and how. A channel is on when its server, file or broker is named.
struct Alerts {
  std::string site = "hvac-twin";
  bool mqtt = true;
  std::string mqtt_least = "info";  ///< Least severity: "info", "warning", "critical".
  std::string email_server;         ///< "smtp://host:587", "smtps://host:465"; empty: no e-mail.
  bool email_starttls = true;
  std::string email_from;
  std::vector<std::string> email_to;
  std::string email_user;
  std::string email_password_file;  ///< The password is its first line.
  std::string email_ca_file;        ///< Certificates to trust; empty: the system's.
  std::string email_least = "warning";
  std::string webhook_url_file;  ///< The address is its first line; empty: no webhook.
  std::string webhook_format = "slack";
  std::string webhook_ca_file;
  std::string webhook_least = "warning";
  bool tell_returned = false;
  std::int64_t burst = 10;
  std::int64_t refill_s = 60;
  std::int64_t returned_hours = 24;
  std::int64_t stale_after_s = 300;
  std::vector<std::string> tuning;  ///< "stale_data severity=critical on_delay_s=60".
};

/// What a model must keep to before it may become the current one.
struct Gate {
  std::int64_t min_samples = 10'000;
  std::int64_t min_training_samples = 6'000;
  double confidence = 0.95;
  double min_r2 = 0.85;
  double max_population_worse = 0.05;
  double max_inference_ms = 100.0;
  double max_inference_p95_ms = 1.0;
  double max_bundle_mb = 10.0;
  double min_coverage = 0.87;
  double max_coverage = 0.93;
  double max_contrary_share = 0.2;
  double max_impossible_share = 0.01;
  double max_balance_loss = 0.1;
};

/// When a model is due for retraining, and what may happen without an operator.
struct Retrain {
  bool automatic = false;
  std::int64_t check_interval_s = 3600;
  std::int64_t schedule_days = 120;
  double min_r2_of_tracking = 0.98;
  std::vector<std::string> season_starts = {"05-01", "11-01"};
  std::int64_t proposal_days = 14;
};

/// How long a challenger is watched on live telemetry before it may be promoted by itself.
struct Shadow {
  std::int64_t hours = 24;
  std::int64_t min_samples = 1000;
};

/// Which versions of models are kept.
struct Models {
  std::int64_t keep = 10;
};

struct Config {
  Server server;
  Store store;
  Mqtt mqtt;
  Retention retention;
  Drift drift;
  Backup backup;
  Alerts alerts;
  Gate gate;
  Retrain retrain;
  Shadow shadow;
  Models models;
};

/// The settings that `text` spells. `file` stands for it in messages. Errors: invalid_argument as
/// "FILE:LINE: what", for text that is no TOML, keys there are not, values of another type or
/// outside their limits, and settings that contradict each other.
[[nodiscard]] Result<Config> parse_config(std::string_view text, std::string_view file);

/// The settings in `file`; all defaults when there is no such file. Errors: as `parse_config`;
/// unavailable.
[[nodiscard]] Result<Config> read_config(const std::filesystem::path& file);

/// An instance's settings file.
inline std::filesystem::path config_file(const std::filesystem::path& home) {
  return home / "config.toml";
}

}  // namespace hvac::config
