#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "access/key_ring.h"
#include "api/http.h"
#include "api/rate_limiter.h"
#include "base/clock.h"

namespace hvac::api {

/// Who may ask for what.
struct AccessOptions {
  /// Who everybody is as long as there are no keys: on loopback the people of this machine, who
  /// may do all; where others could connect, nobody.
  enum class Keyless { local_admin, nobody };
  Keyless keyless = Keyless::local_admin;
  Rate requests;                     ///< Of one client: a key, or without one an address.
  Rate wrong_keys{10.0 / 60, 10.0};  ///< Of one address; beyond it none is looked at.
  Rate notes{10.0 / 60, 10.0};       ///< Denials of one address that are written down.
  Clock clock = system_clock();
};

/// Whether a request may go on. Lives while the request is being handled.
struct Admission {
  int status = 0;  ///< 0: it may; else the answer's status ...
  std::string detail;
  int retry_after_s = 0;              ///< ... and with 429 when to come again.
  bool noteworthy = false;            ///< A denial that belongs into the audit.
  std::string_view caller = "local";  ///< Refers to `key`.
  Role role = Role::admin;
  std::shared_ptr<const access::KeyRecord> key;  ///< That was shown; null without keys.
};

/// Decides for each request who asks, whether they may, and whether they ask too often. Any thread.
class AccessControl {
 public:
  /// `keys` must outlive this.
  AccessControl(access::KeyRing& keys, const AccessOptions& options);

  void limit_requests(const Rate& rate) { requests_.configure(rate); }

  /// Whether `request` may be answered by a route that needs `needed`. Allocates only for a refusal
  /// and for a client that was not seen before.
  Admission admit(const Request& request, Role needed, access::Fingerprinter& fingerprinter);

 private:
  Admission decide(const Request& request, Role needed, access::Fingerprinter& fingerprinter);
  Admission admit_without_keys(const Request& request) const;
  Admission admit_by_key(const Request& request, Role needed, access::Fingerprinter& fingerprinter,
                         TimePoint now);

  access::KeyRing& keys_;
  const AccessOptions options_;
  RateLimiter requests_;
  RateLimiter wrong_keys_;
  RateLimiter notes_;
};

}  // namespace hvac::api
