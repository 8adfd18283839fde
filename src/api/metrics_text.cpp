#include "api/metrics_text.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace hvac::api {
namespace {

std::string in_braces(std::string_view labels) {
  return labels.empty() ? std::string() : fmt::format("{{{}}}", labels);
}

}  // namespace

void MetricsText::begin(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void MetricsText::value(double number, std::string_view labels) {
  const auto out = std::back_inserter(text_);
  if (std::isnan(number)) {
    fmt::format_to(out, "{}{} NaN\n", name_, in_braces(labels));
  } else {
    fmt::format_to(out, "{}{} {}\n", name_, in_braces(labels), number);
  }
}

void MetricsText::value(std::uint64_t number, std::string_view labels) {
  fmt::format_to(std::back_inserter(text_), "{}{} {}\n", name_, in_braces(labels), number);
}

void MetricsText::histogram(const Histogram& histogram, std::string_view labels) {
  const std::string_view comma = labels.empty() ? "" : ",";
  const Histogram::Counts counts = histogram.counts();
  const auto out = std::back_inserter(text_);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    below += counts[i];
    const std::string bound =
        i < Histogram::kBounds.size() ? fmt::format("{}", Histogram::kBounds[i]) : "+Inf";
    fmt::format_to(out, "{}_bucket{{{}{}le=\"{}\"}} {}\n", name_, labels, comma, bound, below);
  }
  fmt::format_to(out, "{}_sum{} {}\n{}_count{} {}\n", name_, in_braces(labels), histogram.sum_s(),
                 name_, in_braces(labels), below);
}

void MetricsText::counter(std::string_view name, std::string_view help, std::uint64_t number) {
  begin(name, "counter", help);
  value(number);
}

void MetricsText::gauge(std::string_view name, std::string_view help, double number) {
  begin(name, "gauge", help);
  value(number);
}

std::string label(std::string_view name, std::string_view value) {
  std::string text(name);
  text += "=\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c == '\n' ? ' ' : c;
  }
  return text + "\"";
}

}  // namespace hvac::api
