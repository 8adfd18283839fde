#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/histogram.h"

namespace hvac::api {

/// Writes series in the Prometheus text format 0.0.4 at the end of a text. One thread.
class MetricsText {
 public:
  explicit MetricsText(std::string& text) : text_(text) {}

  /// Begins a series: what follows is of it.
  void begin(std::string_view name, std::string_view type, std::string_view help);
  /// One value of it; `labels`: `a="b",c="d"`, or empty.
  void value(double number, std::string_view labels = {});
  void value(std::uint64_t number, std::string_view labels = {});
  /// Of a series of type histogram.
  void histogram(const Histogram& histogram, std::string_view labels = {});

  /// A series of one value.
  void counter(std::string_view name, std::string_view help, std::uint64_t number);
  void gauge(std::string_view name, std::string_view help, double number);

 private:
  std::string& text_;
  std::string name_;
};

/// A label with any value: `asset="cooler-1"`.
std::string label(std::string_view name, std::string_view value);

}  // namespace hvac::api
