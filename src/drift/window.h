#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drift/reference.h"

namespace hvac::drift {

/// What one tag did in one mode of a window, in the cells of its reference.
struct Tally {
  Moments moments;
  std::vector<std::uint64_t> cells;  ///< Empty when there is nothing to compare it with.
};

/// The rows of one mode of a window.
struct ModeWindow {
  std::string name;
  const ModeReference* reference = nullptr;  ///< What it is compared with; none: with nothing.
  std::uint64_t rows = 0;
  std::uint64_t recordings = 0;  ///< That the rows are of; 0: not known.
  std::uint32_t recording = 0;   ///< Of the last row.
  std::vector<Tally> tags;       ///< In the order of Reference::tags; none without a reference.
};

/// Recent telemetry, counted row by row against a reference: its memory does not grow. One thread.
class Window {
 public:
  explicit Window(std::shared_ptr<const Reference> reference);

  /// One row; `values` in the order of Reference::tags, NaN where missing. Rows of a recording
  /// follow each other.
  void push(std::string_view mode, std::uint32_t recording, std::span<const double> values);

  /// Many rows; tags that the reference does not have are left out.
  void add(const Rows& rows);

  const std::vector<ModeWindow>& modes() const { return modes_; }
  const Reference& reference() const { return *reference_; }
  std::uint64_t rows() const;

 private:
  std::size_t mode_index(std::string_view name);

  std::shared_ptr<const Reference> reference_;
  std::vector<ModeWindow> modes_;
};

}  // namespace hvac::drift
