#include "app/alert_station.h"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <boost/json.hpp>

#include "alerts/record.h"
#include "app/alert_options.h"
#include "app/broker.h"
#include "base/files.h"
#include "base/json.h"

namespace hvac::app {
namespace {

using alerts::AlarmKind;

// The guide's table of indicators: free disk space.
constexpr double kDiskLowPercent = 15.0;
constexpr double kDiskFullPercent = 10.0;
/// A broker is away after this: a reconnect takes a moment.
constexpr std::chrono::seconds kBrokerPatience{10};
/// A known asset that was silent for longer than this before a start is no longer expected.
constexpr std::chrono::hours kForgotten{7 * 24};
constexpr double kBufferFullPercent = 80.0;
constexpr double kCertificateDays = 30.0;

/// Days until the first certificate in the PEM file ends; nothing when there is none.
std::optional<double> days_left(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return std::nullopt;
  const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(
      BIO_new_mem_buf(text->data(), static_cast<int>(text->size())), &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr), &X509_free);
  int days = 0;
  int seconds = 0;
  if (!certificate ||
      ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate.get())) != 1) {
    return std::nullopt;
  }
  return days + seconds / 86'400.0;
}

alerts::Condition measured(alerts::AlarmKey key, bool holds, double value, double limit,
                           std::string unit) {
  alerts::Condition condition = alerts::condition_of(std::move(key), holds);
  condition.value = value;
  condition.limit = limit;
  condition.unit = std::move(unit);
  return condition;
}

}  // namespace

Result<std::unique_ptr<AlertStation>> AlertStation::start(
    const std::filesystem::path& home, const config::Config& config, store::Store& store,
    api::EventHub& events, std::function<void(alerts::Severity, const std::string&)> log) {
  const auto options = alert_options(config, home);
  if (!options) return fail(options.error());
  std::unique_ptr<AlertStation> station(new AlertStation());
  station->home_ = home;
  station->log_ = std::move(log);
  station->store_ = &store;
  station->config_.with([&](config::Config& current) { current = config; });
  if (!config.mqtt.url.empty()) {
    auto client = broker_client(config.mqtt, home, "alerts");
    if (!client) return fail(client.error());
    mqtt::PublisherOptions publishing;
    publishing.client = std::move(*client);
    auto publisher = mqtt::Publisher::start(std::move(publishing));
    if (!publisher) return fail(publisher.error());
    station->publisher_ = std::move(*publisher);
  }
  alerts::CenterParts parts{store, home / "alerts", station->publisher_.get()};
  parts.log = station->log_;
  auto center = alerts::AlertCenter::start(*options, std::move(parts));
  if (!center) return fail(center.error());
  station->center_ = std::move(*center);
  station->center_->listen([&events](const alerts::Transition& change) {
    events.publish("alert", change.alarm.key.asset, json_text(alerts::described(change.alarm)));
  });
  return station;
}

void AlertStation::observe(std::span<const live::ViewPointer> views) {
  for (const live::ViewPointer& view : views) center_->observe(view->asset, view->outcome);
}

void AlertStation::configure(const config::Config& config) {
  const auto options = alert_options(config, home_);
  const auto taken = options ? center_->configure(*options) : fail(options.error());
  if (!taken) return log_(alerts::Severity::warning, taken.error().message);
  config_.with([&](config::Config& current) { current = config; });
}

void AlertStation::report(AlarmKind kind, bool holds, std::string subject, std::string detail,
                          double value, double limit, std::string unit) {
  alerts::Condition condition =
      measured({{}, kind, std::move(subject)}, holds, value, limit, std::move(unit));
  condition.detail = std::move(detail);
  center_->report(std::move(condition));
}

void AlertStation::look_at_disk() {
  std::error_code error;
  const auto space = std::filesystem::space(home_, error);
  if (error || space.capacity == 0) return;
  const double free =
      100.0 * static_cast<double>(space.available) / static_cast<double>(space.capacity);
  const std::string where = std::filesystem::absolute(home_, error).string();
  report(AlarmKind::disk_low, free < kDiskLowPercent, where, "", free, kDiskLowPercent, "% free");
  report(AlarmKind::disk_full, free < kDiskFullPercent, where, "", free, kDiskFullPercent,
         "% free");
}

void AlertStation::look_at_assets(const std::vector<live::ViewPointer>& assets) {
  const auto now = Steady::now();
  if (!assets_known_) {  // Those that an earlier run heard of are expected.
    if (const auto known = store_->assets()) {
      assets_known_ = true;
      for (const store::AssetSummary& asset : *known) {
        if (system_clock()() - asset.last < kForgotten) {
          heard_.try_emplace(asset.asset, Heard{asset.last, now});
        }
      }
    }
  }
  for (const live::ViewPointer& view : assets) {
    Heard& heard = heard_.try_emplace(view->asset, Heard{TimePoint{}, now}).first->second;
    if (heard.sample == view->outcome.time) continue;
    heard.sample = view->outcome.time;
    heard.when = now;
  }
  const std::chrono::duration<double> limit(
      config_.with([](const config::Config& c) { return c.alerts.stale_after_s; }));
  for (auto& [asset, heard] : heard_) {
    const std::chrono::duration<double> silent = now - heard.when;
    const bool stale = silent > limit;
    if (!stale && !heard.stale && heard.when != now) continue;
    heard.stale = stale;
    center_->report(
        measured({asset, AlarmKind::stale_data, ""}, stale, silent.count(), limit.count(), "s"));
  }
}

void AlertStation::look_at_intake(const api::StationStatus& status) {
  const auto now = Steady::now();
  if (!status.incoming || status.incoming->link.connected) {
    broker_gone_.reset();
  } else if (!broker_gone_) {
    broker_gone_ = now;
  }
  report(AlarmKind::broker_away, broker_gone_ && now - *broker_gone_ > kBrokerPatience);
  const std::string& failure = status.store_failure;
  const bool unsaved = center_->status().unsaved > 0;
  report(AlarmKind::store_away, !failure.empty() || unsaved, "", failure);
  if (!status.intake) return;
  const ingest::IntakeCounts& intake = *status.intake;
  const double full = 100.0 * static_cast<double>(intake.buffer_bytes) /
                      static_cast<double>(ingest::DiskBufferOptions{}.most_bytes);
  report(AlarmKind::queue_full, full > kBufferFullPercent, "buffer", "", full, kBufferFullPercent,
         "%");
  const bool lost = intake.refused > refused_;
  refused_ = intake.refused;
  report(AlarmKind::data_lost, lost, "store", lost ? intake.last_refusal : "");
}

void AlertStation::look_at_certificates() {
  const config::Config config = config_.with([](const config::Config& c) { return c; });
  for (const std::string& name :
       {config.server.tls_certificate, config.mqtt.ca_file, config.mqtt.certificate_file,
        config.alerts.email_ca_file, config.alerts.webhook_ca_file}) {
    if (name.empty()) continue;
    const auto days = days_left(home_ / name);
    if (!days) continue;
    report(AlarmKind::certificate_expiring, *days < kCertificateDays, name, "", *days,
           kCertificateDays, "days");
  }
}

void AlertStation::look(const std::vector<live::ViewPointer>& assets,
                        const std::optional<std::string>& model_fault,
                        const api::StationStatus& status) {
  look_at_disk();
  look_at_assets(assets);
  look_at_intake(status);
  look_at_certificates();
  report(AlarmKind::model_fault, model_fault.has_value(), "", model_fault.value_or(""));
}

}  // namespace hvac::app
