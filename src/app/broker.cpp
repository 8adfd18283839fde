#include "app/broker.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "base/files.h"
#include "base/hash.h"

namespace hvac::app {
namespace {

/// The same at every start of this instance, and of no other one.
std::string instance_id(const std::filesystem::path& home) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  std::error_code ignored;
  const std::string place =
      std::string(host.data()) + ":" + std::filesystem::weakly_canonical(home, ignored).string();
  return fmt::format("hvac-twin-{:016x}", fingerprint(place));
}

}  // namespace

std::string client_name(const config::Mqtt& options, const std::filesystem::path& home,
                        std::string_view part) {
  return fmt::format("{}-{}", options.client_id.empty() ? instance_id(home) : options.client_id,
                     part);
}

Result<mqtt::ClientOptions> broker_client(const config::Mqtt& options,
                                          const std::filesystem::path& home,
                                          std::string_view part) {
  const auto address = mqtt::parse_address(options.url);
  if (!address) return fail(address.error());
  mqtt::ClientOptions client;
  client.address = *address;
  if (!options.username.empty()) client.address.user = options.username;
  if (!options.password_file.empty()) {
    const auto text = read_file(options.password_file);
    if (!text) return fail(text.error());
    client.address.password = text->substr(0, text->find_first_of("\r\n"));
  }
  client.tls = {options.ca_file, options.certificate_file, options.key_file};
  client.client_id = client_name(options, home, part);
  return client;
}

}  // namespace hvac::app
