#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/metrics.h"
#include "api/model_slot.h"
#include "api/request_log.h"
#include "api/station_status.h"
#include "telemetry/profile.h"

namespace hvac::alerts {
class AlertCenter;
}
namespace hvac::live {
class Fleet;
}
namespace hvac::store {
struct AuditEntry;
class Store;
}  // namespace hvac::store

namespace hvac::api {

class AccessControl;
struct DemoControl;
struct DriftControl;
class EventHub;
class KpiWatch;
struct ModelControl;
class ReplayGuard;
struct UpkeepDesk;

/// What all threads of the service share, and what the routes are about. Each part may be used from
/// any thread; all of them outlive the service. A part that does not run in this process is null:
/// its routes then answer 404 and say so.
struct Shared {
  std::string program_version;
  std::shared_ptr<const telemetry::AssetProfile> profile;
  ModelSlot& model;
  Metrics& metrics;
  RequestLog& log;
  std::function<bool()> draining;      ///< Whether the server is stopping.
  const live::Fleet* fleet = nullptr;  ///< The running twins.
  const DemoControl* demo = nullptr;   ///< Only in a demo.
  const store::Store* store = nullptr;
  EventHub* events = nullptr;
  const KpiWatch* kpis = nullptr;
  const DriftControl* drift = nullptr;  ///< Only where the monitor runs.
  const UpkeepDesk* upkeep = nullptr;
  std::function<StationStatus()> station{};  ///< None where nothing but the API runs.
  alerts::AlertCenter* alerts = nullptr;
  const ModelControl* models = nullptr;
  AccessControl* access = nullptr;  ///< Null: everybody is the admin "local".
  ReplayGuard* replays = nullptr;   ///< Null: Idempotency-Key is of no account.
  /// Where it is written down who was denied what and who changed what; may be empty.
  std::function<void(const store::AuditEntry&)> audit = {};
};

}  // namespace hvac::api
