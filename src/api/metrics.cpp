#include "api/metrics.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace hvac::api {
namespace {

using Out = std::back_insert_iterator<std::string>;

void header(std::string& text, std::string_view name, std::string_view type,
            std::string_view help) {
  fmt::format_to(Out(text), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void single(std::string& text, std::string_view name, std::string_view type, std::string_view help,
            double value) {
  header(text, name, type, help);
  fmt::format_to(Out(text), "{} {}\n", name, value);
}

std::string escaped(std::string_view label) {
  std::string text;
  for (const char c : label) {
    if (c == '"' || c == '\\') text += '\\';
    text += c == '\n' ? ' ' : c;
  }
  return text;
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double all = 0.0;
  double resident = 0.0;
  statm >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  return error ? 0.0 : static_cast<double>(std::distance(begin(entries), end(entries)));
}

void write_process(std::string& text) {
  single(text, "process_resident_memory_bytes", "gauge", "Resident memory size.", resident_bytes());
  single(text, "process_cpu_seconds_total", "counter", "User and system CPU time spent.",
         cpu_seconds());
  single(text, "process_open_fds", "gauge", "Open file descriptors.", open_descriptors());
}

}  // namespace

Metrics::Metrics(std::vector<std::string> routes)
    : routes_(std::move(routes)), requests_(routes_.size()) {}

void Metrics::Histogram::observe(std::chrono::nanoseconds duration, std::uint64_t times) {
  const double seconds = 1e-9 * static_cast<double>(duration.count());
  const auto bucket = std::lower_bound(kBuckets.begin(), kBuckets.end(), seconds);
  add(buckets[static_cast<std::size_t>(bucket - kBuckets.begin())], times);
  add(sum_ns, static_cast<std::uint64_t>(duration.count()) * times);
}

std::uint64_t Metrics::Histogram::count() const {
  std::uint64_t sum = 0;
  for (const Counter& bucket : buckets) sum += bucket.load(std::memory_order_relaxed);
  return sum;
}

void Metrics::Histogram::write(std::string& text, std::string_view name,
                               std::string_view labels) const {
  const std::string_view comma = labels.empty() ? "" : ",";
  std::uint64_t below = 0;
  for (std::size_t i = 0; i <= kBuckets.size(); ++i) {
    below += buckets[i].load(std::memory_order_relaxed);
    const std::string bound = i < kBuckets.size() ? fmt::format("{}", kBuckets[i]) : "+Inf";
    fmt::format_to(Out(text), "{}_bucket{{{}{}le=\"{}\"}} {}\n", name, labels, comma, bound, below);
  }
  const std::string braces = labels.empty() ? "" : fmt::format("{{{}}}", labels);
  fmt::format_to(Out(text), "{}_sum{} {}\n{}_count{} {}\n", name, braces,
                 1e-9 * static_cast<double>(sum_ns.load(std::memory_order_relaxed)), name, braces,
                 below);
}

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

void Metrics::write(std::string& text, const twin::ModelInfo& model,
                    std::string_view program_version, std::uint64_t log_lines_dropped) const {
  constexpr std::string_view kRequests = "hvac_http_request_duration_seconds";
  header(text, kRequests, "histogram", "Time from a whole request to its answer.");
  for (std::size_t route = 0; route < routes_.size(); ++route) {
    for (std::size_t s = 0; s <= kStatuses.size(); ++s) {
      const Histogram& histogram = requests_[route][s];
      if (histogram.count() == 0) continue;
      const std::string status = s < kStatuses.size() ? std::to_string(kStatuses[s]) : "other";
      histogram.write(text, kRequests,
                      fmt::format("route=\"{}\",status=\"{}\"", routes_[route], status));
    }
  }
  header(text, "hvac_inference_duration_seconds", "histogram",
         "Time to make the features and the prediction of one instant.");
  inference_.write(text, "hvac_inference_duration_seconds", "");
  const auto counter = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    header(text, name, "counter", help);
    fmt::format_to(Out(text), "{} {}\n", name, value);
  };
  counter("hvac_predictions_total", "Instants predicted.", predictions_.load());
  counter("hvac_model_swaps_total", "Models put to service while running.", model_swaps_.load());
  counter("hvac_model_faults_total", "Models that could not be loaded.", model_faults_.load());
  counter("hvac_log_lines_dropped_total", "Lines of the request log lost to a slow disk.",
          log_lines_dropped);
  header(text, "hvac_model_info", "gauge", "The model in service; always 1.");
  fmt::format_to(Out(text),
                 "hvac_model_info{{version=\"{}\",type=\"{}\",origin=\"{}\",created=\"{}\"}} 1\n",
                 escaped(model.version), escaped(model.model_type), escaped(model.origin),
                 escaped(model.created));
  header(text, "hvac_build_info", "gauge", "The program; always 1.");
  fmt::format_to(Out(text), "hvac_build_info{{version=\"{}\"}} 1\n", program_version);
  write_process(text);
}

}  // namespace hvac::api
