#include "config/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "base/number.h"

namespace hvac::config {
namespace {

template <auto Section, auto Member>
Setting in(Config& config) {
  return &((config.*Section).*Member);
}

constexpr double kLongestText = 500;
constexpr double kDays = 36'500;

constexpr Key kKeys[] = {
    {"server.bind", in<&Config::server, &Server::bind>, 1, kLongestText, "", Takes::at_start,
     "Address to listen on; wider than loopback needs API keys"},
    {"server.port", in<&Config::server, &Server::port>, 0, 65535, "", Takes::at_start,
     "TCP port of the API; 0: any free one"},
    {"server.dashboard_port", in<&Config::server, &Server::dashboard_port>, 0, 65535, "",
     Takes::at_start, "TCP port of the dashboard; 0: any free one"},
    {"server.tls_certificate", in<&Config::server, &Server::tls_certificate>, 0, kLongestText, "",
     Takes::at_start, "PEM file of the certificate and those above it; empty: no TLS"},
    {"server.tls_key", in<&Config::server, &Server::tls_key>, 0, kLongestText, "", Takes::at_start,
     "PEM file of its key; both files may be renewed while the program runs"},
    {"server.requests_per_s", in<&Config::server, &Server::requests_per_s>, 0, 1e6, "1/s",
     Takes::at_once, "Requests of one client; 0: 1000, and no limit when bound to loopback"},

    {"store.url", in<&Config::store, &Store::url>, 0, kLongestText, "", Takes::at_start,
     "postgresql://... ; empty: the file data/telemetry.db"},

    {"mqtt.url", in<&Config::mqtt, &Mqtt::url>, 0, kLongestText, "", Takes::at_start,
     "mqtt://host:1883 or mqtts://host:8883; empty: no broker"},
    {"mqtt.username", in<&Config::mqtt, &Mqtt::username>, 0, kLongestText, "", Takes::at_start,
     "Who the broker shall know us as"},
    {"mqtt.password_file", in<&Config::mqtt, &Mqtt::password_file>, 0, kLongestText, "",
     Takes::at_start, "File whose first line is the password"},
    {"mqtt.ca_file", in<&Config::mqtt, &Mqtt::ca_file>, 0, kLongestText, "", Takes::at_start,
     "Certificates to trust; empty: the system's"},
    {"mqtt.certificate_file", in<&Config::mqtt, &Mqtt::certificate_file>, 0, kLongestText, "",
     Takes::at_start, "This program's own certificate for the broker; empty: none"},
    {"mqtt.key_file", in<&Config::mqtt, &Mqtt::key_file>, 0, kLongestText, "", Takes::at_start,
     "Its key"},
    {"mqtt.client_id", in<&Config::mqtt, &Mqtt::client_id>, 0, 60, "", Takes::at_start,
     "Begins the names of this program's sessions at the broker; empty: made of machine and "
     "instance"},
    {"mqtt.share_group", in<&Config::mqtt, &Mqtt::share_group>, 0, 64, "", Takes::at_start,
     "Programs with the same group divide the messages; empty: all come here"},
    {"mqtt.default_asset", in<&Config::mqtt, &Mqtt::default_asset>, 1, 64, "", Takes::at_start,
     "The cooler that hvac/sensors/data is about"},

    {"retention.samples_days", in<&Config::retention, &Retention::samples_days>, 1, kDays, "d",
     Takes::at_once, "How long what was measured is kept"},
    {"retention.outcomes_days", in<&Config::retention, &Retention::outcomes_days>, 1, kDays, "d",
     Takes::at_once, "How long what the twin made of it is kept"},
    {"retention.rollups_days", in<&Config::retention, &Retention::rollups_days>, 1, kDays, "d",
     Takes::at_once, "How long the minutes and hours of plots are kept"},
    {"retention.findings_days", in<&Config::retention, &Retention::findings_days>, 1, kDays, "d",
     Takes::at_once, "How long findings are kept"},
    {"retention.alerts_days", in<&Config::retention, &Retention::alerts_days>, 1, kDays, "d",
     Takes::at_once, "How long closed alerts are kept"},
    {"retention.drift_reports_days", in<&Config::retention, &Retention::drift_reports_days>, 1,
     kDays, "d", Takes::at_once, "How long drift reports are kept"},
    {"retention.logs_days", in<&Config::retention, &Retention::logs_days>, 1, kDays, "d",
     Takes::at_once, "How long log files are kept"},

    {"drift.psi_warning", in<&Config::drift, &Drift::psi_warning>, 0, 100, "", Takes::at_once,
     "PSI of a tag from which its distribution is called changed: warning"},
    {"drift.psi_critical", in<&Config::drift, &Drift::psi_critical>, 0, 100, "", Takes::at_once,
     "PSI from which it is critical"},
    {"drift.psi_retrain", in<&Config::drift, &Drift::psi_retrain>, 0, 100, "", Takes::at_once,
     "PSI of a critical tag from which retraining is advised"},
    {"drift.false_alarm_rate", in<&Config::drift, &Drift::false_alarm_rate>, 0.0001, 0.5, "",
     Takes::at_once, "Share of windows without drift in which anything may be called changed"},
    {"drift.min_samples", in<&Config::drift, &Drift::min_samples>, 20, 1e6, "", Takes::at_once,
     "Values of a tag in a mode, below which it is not judged"},
    {"drift.latch_windows", in<&Config::drift, &Drift::latch_windows>, 1, 100, "", Takes::at_once,
     "Scheduled reports in a row before drift becomes an alert, or is over"},
    {"drift.window_s", in<&Config::drift, &Drift::window_s>, 600, 90 * 86'400, "s", Takes::at_once,
     "How far back the telemetry that is judged reaches"},
    {"drift.interval_s", in<&Config::drift, &Drift::interval_s>, 60, 30 * 86'400, "s",
     Takes::at_once, "Time between two drift reports"},
    {"drift.excluded_tags", in<&Config::drift, &Drift::excluded_tags>, 0, 1000, "", Takes::at_once,
     "Tags that are not judged, e.g. seasonal ones"},

    {"backup.automatic", in<&Config::backup, &Backup::automatic>, 0, 1, "", Takes::at_start,
     "Whether the running program backs itself up"},
    {"backup.key_file", in<&Config::backup, &Backup::key_file>, 0, kLongestText, "", Takes::at_once,
     "File with the key that encrypts backups; empty: not encrypted"},
    {"backup.remote", in<&Config::backup, &Backup::remote>, 0, kLongestText, "", Takes::at_once,
     "rclone remote for copies elsewhere, e.g. offsite:hvac; empty: none"},
    {"backup.interval_s", in<&Config::backup, &Backup::interval_s>, 5, 3600, "s", Takes::at_start,
     "Time between two increments: about what a failure may lose"},
    {"backup.daily_days", in<&Config::backup, &Backup::daily_days>, 1, kDays, "d", Takes::at_once,
     "How long daily backups are kept"},
    {"backup.weekly_days", in<&Config::backup, &Backup::weekly_days>, 1, kDays, "d", Takes::at_once,
     "How long weekly backups are kept"},
    {"backup.full_days", in<&Config::backup, &Backup::full_days>, 1, kDays, "d", Takes::at_once,
     "How long full backups are kept"},
    {"backup.increment_hours", in<&Config::backup, &Backup::increment_hours>, 1, 24 * 366, "h",
     Takes::at_once, "How long increments are kept"},

    {"alerts.site", in<&Config::alerts, &Alerts::site>, 1, kLongestText, "", Takes::at_once,
     "Who speaks: stands in every message"},
    {"alerts.mqtt", in<&Config::alerts, &Alerts::mqtt>, 0, 1, "", Takes::at_once,
     "Whether alerts go to hvac/alerts/SEVERITY at the broker"},
    {"alerts.mqtt_least", in<&Config::alerts, &Alerts::mqtt_least>, 1, 10, "", Takes::at_once,
     "Least severity that goes there: info, warning or critical"},
    {"alerts.email_server", in<&Config::alerts, &Alerts::email_server>, 0, kLongestText, "",
     Takes::at_once, "smtp://host:587 or smtps://host:465; empty: no e-mail"},
    {"alerts.email_starttls", in<&Config::alerts, &Alerts::email_starttls>, 0, 1, "",
     Takes::at_once, "Whether smtp:// must be encrypted before anything is sent"},
    {"alerts.email_from", in<&Config::alerts, &Alerts::email_from>, 0, kLongestText, "",
     Takes::at_once, "Sender of the e-mails"},
    {"alerts.email_to", in<&Config::alerts, &Alerts::email_to>, 0, 100, "", Takes::at_once,
     "Receivers of the e-mails"},
    {"alerts.email_user", in<&Config::alerts, &Alerts::email_user>, 0, kLongestText, "",
     Takes::at_once, "Login at the mail server; empty: none"},
    {"alerts.email_password_file", in<&Config::alerts, &Alerts::email_password_file>, 0,
     kLongestText, "", Takes::at_once, "File whose first line is the password"},
    {"alerts.email_ca_file", in<&Config::alerts, &Alerts::email_ca_file>, 0, kLongestText, "",
     Takes::at_once, "Certificates to trust; empty: the system's"},
    {"alerts.email_least", in<&Config::alerts, &Alerts::email_least>, 1, 10, "", Takes::at_once,
     "Least severity that is e-mailed"},
    {"alerts.webhook_url_file", in<&Config::alerts, &Alerts::webhook_url_file>, 0, kLongestText, "",
     Takes::at_once, "File whose first line is the address; empty: no webhook"},
    {"alerts.webhook_format", in<&Config::alerts, &Alerts::webhook_format>, 1, 10, "",
     Takes::at_once, "slack for {\"text\": ...}, json for the whole alert"},
    {"alerts.webhook_ca_file", in<&Config::alerts, &Alerts::webhook_ca_file>, 0, kLongestText, "",
     Takes::at_once, "Certificates to trust; empty: the system's"},
    {"alerts.webhook_least", in<&Config::alerts, &Alerts::webhook_least>, 1, 10, "", Takes::at_once,
     "Least severity that is posted"},
    {"alerts.tell_returned", in<&Config::alerts, &Alerts::tell_returned>, 0, 1, "", Takes::at_once,
     "Whether e-mail and webhook also tell that an alarm is over"},
    {"alerts.burst", in<&Config::alerts, &Alerts::burst>, 2, 1000, "", Takes::at_once,
     "Messages of a channel that may follow each other at once"},
    {"alerts.refill_s", in<&Config::alerts, &Alerts::refill_s>, 1, 86'400, "s", Takes::at_once,
     "Then one message in this time; what comes meanwhile goes together"},
    {"alerts.returned_hours", in<&Config::alerts, &Alerts::returned_hours>, 1, 8760, "h",
     Takes::at_once, "When an alarm that is over ends without being acknowledged"},
    {"alerts.stale_after_s", in<&Config::alerts, &Alerts::stale_after_s>, 5, 86'400, "s",
     Takes::at_once, "After how long without telemetry a cooler's data are called stale"},
    {"alerts.tuning", in<&Config::alerts, &Alerts::tuning>, 0, 1000, "", Takes::at_once,
     "Alarms the site wants otherwise: \"stale_data severity=critical on_delay_s=60\""},

    {"gate.min_samples", in<&Config::gate, &Gate::min_samples>, 0, 1e9, "", Takes::at_once,
     "Usable samples that a model learned from and is tested on, together, at least"},
    {"gate.min_training_samples", in<&Config::gate, &Gate::min_training_samples>, 0, 1e9, "",
     Takes::at_once, "Usable samples that a model learned from, at least"},
    {"gate.confidence", in<&Config::gate, &Gate::confidence>, 0.5, 0.999, "", Takes::at_once,
     "How sure it must be that a difference between two models is one"},
    {"gate.min_r2", in<&Config::gate, &Gate::min_r2>, -1, 1, "", Takes::at_once,
     "R2 of each target with the fan on, at least, whatever the current model has"},
    {"gate.max_population_worse", in<&Config::gate, &Gate::max_population_worse>, 0, 10, "",
     Takes::at_once, "Growth of the mean error in any population, as a fraction, at most"},
    {"gate.max_inference_ms", in<&Config::gate, &Gate::max_inference_ms>, 0.001, 60'000, "ms",
     Takes::at_once, "Time of one prediction, 99 of 100, at most"},
    {"gate.max_inference_p95_ms", in<&Config::gate, &Gate::max_inference_p95_ms>, 0.001, 60'000,
     "ms", Takes::at_once, "Time of one prediction, 95 of 100, at most"},
    {"gate.max_bundle_mb", in<&Config::gate, &Gate::max_bundle_mb>, 0.001, 10'000, "MB",
     Takes::at_once, "Size of a model, at most"},
    {"gate.min_coverage", in<&Config::gate, &Gate::min_coverage>, 0, 1, "", Takes::at_once,
     "Share of measured values that the 90 % intervals hold, at least"},
    {"gate.max_coverage", in<&Config::gate, &Gate::max_coverage>, 0, 1, "", Takes::at_once,
     "Share of measured values that the 90 % intervals hold, at most"},
    {"gate.max_contrary_share", in<&Config::gate, &Gate::max_contrary_share>, 0, 1, "",
     Takes::at_once, "Share of operating points where a model contradicts physics, at most"},
    {"gate.max_impossible_share", in<&Config::gate, &Gate::max_impossible_share>, 0, 1, "",
     Takes::at_once, "Share of operating points with impossible answers, at most"},
    {"gate.max_balance_loss", in<&Config::gate, &Gate::max_balance_loss>, 0, 1, "", Takes::at_once,
     "By how much fewer predicted than measured heat balances close, as a share, at most"},

    {"retrain.automatic", in<&Config::retrain, &Retrain::automatic>, 0, 1, "", Takes::at_once,
     "Whether retraining and promotion happen by themselves, through gate and shadow"},
    {"retrain.check_interval_s", in<&Config::retrain, &Retrain::check_interval_s>, 1, 30 * 86'400,
     "s", Takes::at_once, "Time between two looks at whether retraining is due"},
    {"retrain.schedule_days", in<&Config::retrain, &Retrain::schedule_days>, 1, kDays, "d",
     Takes::at_once, "Age of the current model from which retraining is proposed"},
    {"retrain.min_r2_of_tracking", in<&Config::retrain, &Retrain::min_r2_of_tracking>, 0, 1, "",
     Takes::at_once, "R2 of tracking on live telemetry below which retraining is proposed"},
    {"retrain.season_starts", in<&Config::retrain, &Retrain::season_starts>, 0, 12, "",
     Takes::at_once, "Days (MM-DD) before which retraining is proposed"},
    {"retrain.proposal_days", in<&Config::retrain, &Retrain::proposal_days>, 1, kDays, "d",
     Takes::at_once, "How long the same trigger stays quiet after a proposal was rejected"},

    {"shadow.hours", in<&Config::shadow, &Shadow::hours>, 0, 24 * 365, "h", Takes::at_once,
     "How long a challenger runs in shadow before it may be promoted by itself, at least"},
    {"shadow.min_samples", in<&Config::shadow, &Shadow::min_samples>, 1, 1e9, "", Takes::at_once,
     "Scored samples before it may be promoted by itself, at least"},

    {"models.keep", in<&Config::models, &Models::keep>, 2, 10'000, "", Takes::at_once,
     "Versions that pruning leaves beside current, previous and pinned ones"},
};

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      result += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

// A double always shows that it is one.
std::string toml_text(double value) {
  std::string text = number_text(value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}
std::string toml_text(std::int64_t value) { return std::to_string(value); }
std::string toml_text(bool value) { return value ? "true" : "false"; }
std::string toml_text(const std::string& value) { return in_quotes(value); }
std::string toml_text(const std::vector<std::string>& value) {
  std::string text = "[";
  for (const std::string& item : value) text += (text.size() > 1 ? ", " : "") + in_quotes(item);
  return text + "]";
}

double extent(double value) { return value; }
double extent(std::int64_t value) { return static_cast<double>(value); }
double extent(bool value) { return value ? 1.0 : 0.0; }
template <class Text>
double extent(const Text& value) {
  return static_cast<double>(value.size());
}

// Calls `use` with the setting's value.
template <class Use>
auto with(const Key& key, const Config& config, Use&& use) {
  // The table hands out places to write to; here they are only read.
  return std::visit([&](auto* setting) { return use(std::as_const(*setting)); },
                    key.of(const_cast<Config&>(config)));
}

// Changes of single letters between two words (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

// "MM-DD", the 29th of February left out.
bool is_month_and_day(std::string_view text) {
  constexpr int kDaysOf[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 5 || text[2] != '-' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) {
    return false;
  }
  const int month = (text[0] - '0') * 10 + text[1] - '0';
  const int day = (text[3] - '0') * 10 + text[4] - '0';
  return month >= 1 && month <= 12 && day >= 1 && day <= kDaysOf[month - 1];
}

}  // namespace

std::span<const Key> keys() { return kKeys; }

Result<const Key*> find_key(std::string_view name) {
  const Key* nearest = nullptr;
  std::size_t least = 0;
  for (const Key& key : kKeys) {
    if (key.name == name) return &key;
    const std::size_t far = distance(key.name, name);
    if (nearest == nullptr || far < least) {
      nearest = &key;
      least = far;
    }
  }
  return fail(ErrorCode::not_found,
              fmt::format("there is no setting {}; the nearest is {}", name, nearest->name));
}

std::string setting_text(const Key& key, const Config& config) {
  return with(key, config, [](const auto& value) { return toml_text(value); });
}

Result<void> check_limits(const Key& key, const Config& config) {
  const bool text = with(key, config, [](const auto& value) {
    using Value = std::decay_t<decltype(value)>;
    return !std::is_arithmetic_v<Value>;
  });
  const double value = with(key, config, [](const auto& v) { return extent(v); });
  if (value >= key.least && value <= key.most) return {};
  return fail(
      ErrorCode::out_of_range,
      fmt::format("{} = {} is outside its limits: {}{} to {}{}{}", key.name,
                  setting_text(key, config), text ? "a length of " : "", number_text(key.least),
                  number_text(key.most), key.unit.empty() ? "" : " ", key.unit));
}

Result<void> check_whole(const Config& config) {
  const Drift& drift = config.drift;
  if (!(drift.psi_warning < drift.psi_critical && drift.psi_critical <= drift.psi_retrain)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("drift.psi_warning {} < drift.psi_critical {} <= drift.psi_retrain {} "
                            "does not hold",
                            drift.psi_warning, drift.psi_critical, drift.psi_retrain));
  }
  const Retention& kept = config.retention;
  const std::int64_t rows = std::max(kept.samples_days, kept.outcomes_days);
  if (kept.rollups_days < rows) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("retention.rollups_days {} is less than the {} days that the rows they "
                            "are made of are kept",
                            kept.rollups_days, rows));
  }
  const Gate& gate = config.gate;
  if (gate.min_coverage >= gate.max_coverage) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("gate.min_coverage {} is not below gate.max_coverage {}",
                            gate.min_coverage, gate.max_coverage));
  }
  for (const std::string& day : config.retrain.season_starts) {
    if (!is_month_and_day(day)) {
      return fail(ErrorCode::invalid_argument,
                  "retrain.season_starts: \"" + day + "\" is no day such as 05-01");
    }
  }
  const Server& server = config.server;
  if (server.port != 0 && server.port == server.dashboard_port) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("server.port and server.dashboard_port are both {}", server.port));
  }
  if (server.tls_certificate.empty() != server.tls_key.empty()) {
    return fail(ErrorCode::invalid_argument,
                "server.tls_certificate and server.tls_key go together: one of them is empty");
  }
  return {};
}

std::vector<Difference> differences(const Config& before, const Config& after) {
  std::vector<Difference> result;
  for (const Key& key : kKeys) {
    std::string was = setting_text(key, before);
    std::string is = setting_text(key, after);
    if (was == is) continue;
    result.push_back({std::string(key.name), std::move(was), std::move(is), key.takes});
  }
  return result;
}

}  // namespace hvac::config
