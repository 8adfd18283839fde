#include "mqtt/client.h"

#include "base/number.h"

namespace hvac::mqtt {
namespace {

constexpr std::uint16_t kTlsPort = 8883;
constexpr double kHighestPort = 65535.0;

tl::unexpected<Error> wrong_url(std::string_view why) {
  return fail(ErrorCode::invalid_argument,
              "MQTT address is not mqtt[s]://[user[:password]@]host[:port]: " + std::string(why));
}

// Takes "[user[:password]@]" off the front.
void take_login(std::string_view& url, Address& address) {
  const std::size_t at = url.rfind('@');
  if (at == std::string_view::npos) return;
  const std::string_view login = url.substr(0, at);
  const std::size_t colon = login.find(':');
  address.user = login.substr(0, colon);
  if (colon != std::string_view::npos) address.password = login.substr(colon + 1);
  url.remove_prefix(at + 1);
}

// Where the port's colon is: behind the last bracket of an IPv6 address.
std::size_t port_colon(std::string_view url) {
  const std::size_t colon = url.rfind(':');
  const std::size_t bracket = url.rfind(']');
  if (bracket == std::string_view::npos || colon == std::string_view::npos) return colon;
  return colon > bracket ? colon : std::string_view::npos;
}

}  // namespace

Result<Address> parse_address(std::string_view url) {
  Address address;
  if (url.starts_with("mqtts://")) {
    address.tls = true;
    address.port = kTlsPort;
  } else if (!url.starts_with("mqtt://")) {
    return wrong_url("it does not begin with mqtt:// or mqtts://");
  }
  url.remove_prefix(url.find("//") + 2);
  take_login(url, address);
  if (url.ends_with('/')) url.remove_suffix(1);
  if (const std::size_t colon = port_colon(url); colon != std::string_view::npos) {
    const std::string_view text = url.substr(colon + 1);
    const std::optional<double> port = parse_number(text);
    if (!port || *port < 1.0 || *port > kHighestPort || *port != static_cast<int>(*port)) {
      return wrong_url("port '" + std::string(text) + "' is not 1..65535");
    }
    address.port = static_cast<std::uint16_t>(*port);
    url = url.substr(0, colon);
  }
  if (url.starts_with('[') && url.ends_with(']')) url = url.substr(1, url.size() - 2);
  if (url.empty()) return wrong_url("the host is missing");
  if (url.find('/') != std::string_view::npos) return wrong_url("there is a path behind the host");
  address.host = url;
  return address;
}

}  // namespace hvac::mqtt
