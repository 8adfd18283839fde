#pragma once

#include <string>

#include "app/context.h"
#include "app/instance_store.h"
#include "config/config.h"
#include "ops/audit.h"

namespace hvac::app {

/// An instance as `audit` and what is built on it look at it. What cannot be opened is a finding,
/// not an error.
struct AuditGround {
  config::Config config;
  InstanceStore store;
  ops::AuditParts parts;
  std::string url;            ///< Of the running program's API; empty: none.
  std::string dashboard_url;  ///< Of its dashboard; empty: none.
};

/// `url`: empty for that of the running program.
AuditGround audit_ground(const Context& context, const std::string& url);

}  // namespace hvac::app
