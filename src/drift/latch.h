#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "drift/compare.h"

namespace hvac::drift {

/// Drift of one tag over consecutive windows.
struct LatchedTag {
  Status status = Status::stable;  ///< What is told: stable, warning or critical.
  Status seen = Status::stable;    ///< What the last windows say ...
  std::int64_t windows = 0;        ///< ... and how many of them in a row.
  double psi = 0.0;                ///< Of the last window.
  std::string reason;
};

/// Tells drift only once it lasted for several windows in a row, and its end the same way. A value.
class Latch {
 public:
  /// Takes the next window. A tag with too little data, or excluded now, stays as it is or is
  /// forgotten, respectively. `windows` >= 1.
  void push(const Comparison& result, std::int64_t windows);

  const std::map<std::string, LatchedTag>& tags() const { return tags_; }

  /// {TAG: {status, seen, windows}}; and back: what makes no sense is left out.
  boost::json::object to_json() const;
  static Latch from_json(const boost::json::value& value);

 private:
  std::map<std::string, LatchedTag> tags_;
};

}  // namespace hvac::drift
