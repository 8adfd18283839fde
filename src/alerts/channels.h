#pragma once

#include <memory>

#include "alerts/channel.h"
#include "alerts/options.h"

namespace hvac::mqtt {
class Publisher;
}

namespace hvac::alerts {

/// By SMTP: one mail to all receivers.
std::unique_ptr<Channel> make_email(const EmailOptions& options, std::chrono::seconds timeout);

/// By POST to an address.
std::unique_ptr<Channel> make_webhook(const WebhookOptions& options, std::chrono::seconds timeout);

/// To PREFIX/alerts/SEVERITY, confirmed by the broker. `publisher` outlives it.
std::unique_ptr<Channel> make_mqtt(const MqttOptions& options, std::chrono::seconds timeout,
                                   mqtt::Publisher& publisher);

}  // namespace hvac::alerts
