#include "app/gate_settings.h"

#include "config/config.h"

namespace hvac::app {

Result<training::GateLimits> gate_limits(const Context& context) {
  const auto settings = config::read_config(config::config_file(context.home));
  if (!settings) return fail(settings.error());
  const config::Gate& gate = settings->gate;
  return training::GateLimits{.min_samples = gate.min_samples,
                              .min_training_samples = gate.min_training_samples,
                              .confidence = gate.confidence,
                              .min_r2 = gate.min_r2,
                              .max_population_worse = gate.max_population_worse,
                              .max_inference_ms = gate.max_inference_ms,
                              .max_inference_p95_ms = gate.max_inference_p95_ms,
                              .max_bundle_mb = gate.max_bundle_mb,
                              .min_coverage = gate.min_coverage,
                              .max_coverage = gate.max_coverage,
                              .max_contrary_share = gate.max_contrary_share,
                              .max_impossible_share = gate.max_impossible_share,
                              .max_balance_loss = gate.max_balance_loss};
}

}  // namespace hvac::app
