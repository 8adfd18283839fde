#include "app/audit_parts.h"

#include "ops/instance.h"

namespace hvac::app {

AuditGround audit_ground(const Context& context, const std::string& url) {
  AuditGround ground;
  ops::AuditParts& parts = ground.parts;
  parts.home = context.home;
  parts.now = system_clock()();
  if (auto config = config::read_config(config::config_file(context.home))) {
    ground.config = std::move(*config);
  } else {
    parts.config_fault = config.error().message;
  }
  parts.ask = http_ask(ground.config);
  parts.certificate = ground.config.server.tls_certificate;
  if (auto store = open_instance_store(context, ground.config)) {
    ground.store = std::move(*store);
    parts.store = ground.store.store.get();
  } else {
    parts.store_fault = store.error().message;
  }
  if (auto secret = backup_secret("", ground.config)) parts.secret = std::move(*secret);
  for (const ops::RunningProgram& program : ops::running_programs(context.home)) {
    if (ground.url.empty()) ground.url = program.url;
    if (ground.dashboard_url.empty()) ground.dashboard_url = program.dashboard_url;
  }
  if (!url.empty()) ground.url = url;
  parts.url = ground.url;
  return ground;
}

}  // namespace hvac::app
