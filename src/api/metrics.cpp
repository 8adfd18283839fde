#include "api/metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/metrics_text.h"

namespace hvac::api {

Metrics::Metrics(std::vector<std::string> routes)
    : routes_(std::move(routes)), requests_(routes_.size()) {}

void Metrics::count_request(std::size_t route, int status, std::chrono::nanoseconds duration) {
  const auto known = std::find(kStatuses.begin(), kStatuses.end(), status);
  requests_[route][static_cast<std::size_t>(known - kStatuses.begin())].observe(duration);
}

void Metrics::count_predictions(std::size_t predictions, std::chrono::nanoseconds inference) {
  add(predictions_, predictions);
  if (predictions > 0) {
    inference_.observe(inference / static_cast<std::int64_t>(predictions), predictions);
  }
}

Histogram::Counts Metrics::requests() const {
  Histogram::Counts all{};
  for (const auto& by_status : requests_) {
    for (const Histogram& histogram : by_status) {
      const Histogram::Counts some = histogram.counts();
      for (std::size_t i = 0; i < all.size(); ++i) all[i] += some[i];
    }
  }
  return all;
}

void Metrics::write(std::string& out, const twin::ModelInfo& model,
                    std::string_view program_version, std::uint64_t log_lines_dropped) const {
  MetricsText text(out);
  text.begin("hvac_http_request_duration_seconds", "histogram",
             "Time from a whole request to its answer.");
  for (std::size_t route = 0; route < routes_.size(); ++route) {
    for (std::size_t s = 0; s <= kStatuses.size(); ++s) {
      const Histogram& histogram = requests_[route][s];
      if (histogram.count() == 0) continue;
      const std::string status = s < kStatuses.size() ? std::to_string(kStatuses[s]) : "other";
      text.histogram(histogram, label("route", routes_[route]) + "," + label("status", status));
    }
  }
  text.begin("hvac_inference_duration_seconds", "histogram",
             "Time to make the features and the prediction of one instant.");
  text.histogram(inference_);
  text.counter("hvac_predictions_total", "Instants predicted.", predictions_);
  text.counter("hvac_model_swaps_total", "Models put to service while running.", model_swaps_);
  text.counter("hvac_model_faults_total", "Models that could not be loaded.", model_faults_);
  text.counter("hvac_log_lines_dropped_total", "Lines of the request log lost to a slow disk.",
               log_lines_dropped);
  text.begin("hvac_model_info", "gauge", "The model in service; always 1.");
  text.value(1.0, label("version", model.version) + "," + label("type", model.model_type) + "," +
                      label("origin", model.origin) + "," + label("created", model.created));
  text.begin("hvac_build_info", "gauge", "The program; always 1.");
  text.value(1.0, label("version", program_version));
}

}  // namespace hvac::api
