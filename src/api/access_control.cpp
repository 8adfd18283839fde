#include "api/access_control.h"

#include <fmt/format.h>

#include <algorithm>

namespace hvac::api {
namespace {

Admission refused(int status, std::string detail) {
  Admission admission;
  admission.status = status;
  admission.detail = std::move(detail);
  admission.caller = "nobody";
  admission.role = Role::anyone;
  return admission;
}

Admission too_often(int wait_s, std::string_view of_what) {
  Admission admission =
      refused(429, fmt::format("too many {}: try again in {} s", of_what, wait_s));
  admission.retry_after_s = wait_s;
  return admission;
}

// "Bearer KEY" (RFC 6750), or the header X-API-Key.
std::string_view key_of(const Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view sent = request.authorization;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const bool bearer = sent.size() > kScheme.size() &&
                      std::equal(kScheme.begin(), kScheme.end(), sent.begin(),
                                 [&](char expected, char c) { return expected == lower(c); });
  return bearer ? sent.substr(kScheme.size()) : request.api_key;
}

// A web page that people of this machine look at could have its name lead to this machine (DNS
// rebinding) or post here from its own origin. Such a page has a name with a dot; this machine is
// asked for by address, as "localhost" or by a name of its own network.
bool comes_from_a_foreign_page(const Request& request) {
  std::string_view host = request.host;
  if (!request.origin.empty()) {
    const std::size_t scheme = request.origin.find("://");
    if (scheme == std::string_view::npos || request.origin.substr(scheme + 3) != host) return true;
  }
  if (host.starts_with('[')) return false;
  host = host.substr(0, host.find(':'));
  return host.find('.') != std::string_view::npos &&
         host.find_first_not_of("0123456789.") != std::string_view::npos;
}

}  // namespace

AccessControl::AccessControl(access::KeyRing& keys, const AccessOptions& options)
    : keys_(keys),
      options_(options),
      requests_(options.requests),
      wrong_keys_(options.wrong_keys),
      notes_(options.notes) {}

Admission AccessControl::admit(const Request& request, Role needed,
                               access::Fingerprinter& fingerprinter) {
  Admission admission = decide(request, needed, fingerprinter);
  if (admission.status == 401 || admission.status == 403) {
    admission.noteworthy = !notes_.take(request.remote, RateLimiter::Time::clock::now());
  }
  return admission;
}

Admission AccessControl::decide(const Request& request, Role needed,
                                access::Fingerprinter& fingerprinter) {
  const TimePoint now = options_.clock();
  if (needed == Role::anyone) {
    Admission open = refused(0, "");
    if (const auto wait = requests_.take(request.remote, RateLimiter::Time::clock::now())) {
      return too_often(*wait, "requests");
    }
    return open;
  }
  Admission admission = keys_.has_keys(now) ? admit_by_key(request, needed, fingerprinter, now)
                                            : admit_without_keys(request);
  if (admission.status != 0) return admission;
  const std::string_view client =
      admission.key ? std::string_view(admission.key->id) : request.remote;
  if (const auto wait = requests_.take(client, RateLimiter::Time::clock::now())) {
    return too_often(*wait, "requests");
  }
  return admission;
}

Admission AccessControl::admit_without_keys(const Request& request) const {
  if (options_.keyless == AccessOptions::Keyless::nobody) {
    return refused(401,
                   "there are no API keys, and without them nobody but this machine is "
                   "served: make one with `hvac-twin keys create`");
  }
  if (comes_from_a_foreign_page(request)) {
    return refused(403,
                   "this comes from a web page of another origin; without API keys only this "
                   "machine's own pages are served, by its address or as localhost");
  }
  return {};
}

Admission AccessControl::admit_by_key(const Request& request, Role needed,
                                      access::Fingerprinter& fingerprinter, TimePoint now) {
  const auto steady_now = RateLimiter::Time::clock::now();
  if (const auto wait = wrong_keys_.wait_of(request.remote, steady_now)) {
    return too_often(*wait, "wrong keys");
  }
  const std::string_view shown = key_of(request);
  if (shown.empty()) {
    return refused(401, "this needs an API key: Authorization: Bearer KEY, or X-API-Key: KEY");
  }
  auto key = keys_.find(shown, fingerprinter, now);
  if (key == nullptr) {
    wrong_keys_.take(request.remote, steady_now);
    return refused(401, "this API key is unknown, expired or revoked");
  }
  Admission admission;
  admission.caller = key->name;
  admission.role = key->role;
  if (key->role < needed) {
    admission.status = 403;
    admission.detail = fmt::format("{} is {}, and this needs {}", key->name,
                                   access::name(key->role), access::name(needed));
  }
  admission.key = std::move(key);
  return admission;
}

}  // namespace hvac::api
