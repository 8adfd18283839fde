#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/context.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace hvac::app {

/// One line of the guide's quarterly checklist.
struct QuarterlyCheck {
  std::string name;  ///< As the guide words it.
  bool done;
  std::string found;  ///< What was found, or what is to do.
};

/// How accurate the twin was on what was measured in the period.
struct LiveAccuracy {
  std::string target;
  std::int64_t n = 0;
  double r2 = 0.0;  ///< Virtual sensor, fan on; NaN: too little to say.
  double r2_tracking = 0.0;
  double mae = 0.0;
  double coverage90 = 0.0;
  double card_r2 = 0.0;  ///< Of held-out recordings, as the model card says.
};

/// A line with a time: a change of a model, of a setting, a drift report, an alert.
struct QuarterlyEvent {
  std::string time;
  std::string text;
};

/// Everything that the guide's quarterly checklist and its retraining log ask for. A value.
struct QuarterlyReport {
  std::string date;
  std::string engineer;
  std::string from;
  std::string to;
  std::string model;  ///< Current version; empty: none.
  std::string model_created;
  std::string model_data;
  std::int64_t model_samples = 0;
  std::vector<QuarterlyCheck> checks;
  std::vector<LiveAccuracy> accuracy;
  std::vector<QuarterlyEvent> retrainings;
  std::vector<std::string> retraining_logs;  ///< Whole, newest first.
  std::vector<QuarterlyEvent> models;
  std::vector<QuarterlyEvent> proposals;  ///< Open ones.
  std::vector<QuarterlyEvent> drift;
  std::vector<QuarterlyEvent> alerts;
  std::vector<QuarterlyEvent> settings;
};

/// Of the `days` before `now`. Errors: those of the registry, the settings and the store; a store
/// that is empty is none.
[[nodiscard]] Result<QuarterlyReport> quarterly_report(const Context& context,
                                                       const store::Store& store, TimePoint now,
                                                       std::chrono::days days);

std::string quarterly_text(const QuarterlyReport& report);
std::string quarterly_json(const QuarterlyReport& report);
/// One page without scripts or links, to be printed and signed.
std::string quarterly_page(const QuarterlyReport& report);

}  // namespace hvac::app
