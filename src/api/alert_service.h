#pragma once

#include "api/http.h"

namespace hvac::alerts {
class AlertCenter;
}

/// Alerts over HTTP.
namespace hvac::api {

/// GET ?state=open|all&limit=: {"alerts": [...]}; open ones the most severe first, all the latest
/// first.
void write_alerts(const alerts::AlertCenter& center, const Request& request, Response& response);

/// GET: {"channels": {...}}, how the delivery fares.
void write_alert_channels(const alerts::AlertCenter& center, Response& response);

/// POST {"note"}, {"minutes", "note"}, {"note"}: answers with the alert as it is then.
void acknowledge_alert(alerts::AlertCenter& center, const Request& request, Response& response);
void shelve_alert(alerts::AlertCenter& center, const Request& request, Response& response);
void unshelve_alert(alerts::AlertCenter& center, const Request& request, Response& response);

}  // namespace hvac::api
