#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace hvac::ops {

/// A program that runs beside this one until it is asked to stop, at the latest at the end of this
/// object. One thread.
class Child {
 public:
  /// Runs `words` (no shell); its output can be read, errors go where this program's go when
  /// `errors` is empty, else into that file. Errors: not_found, unavailable.
  [[nodiscard]] static Result<Child> start(const std::vector<std::string>& words,
                                           const std::string& errors);
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;

  /// The next line of its output. Errors: timed_out; unavailable when it has ended.
  [[nodiscard]] Result<std::string> line(std::chrono::milliseconds patience);

  /// Asks it to stop and waits; after `patience` it is ended. Returns its exit code.
  int stop(std::chrono::seconds patience);

 private:
  Child(pid_t pid, Descriptor output) : pid_(pid), output_(std::move(output)) {}
  pid_t pid_;
  Descriptor output_;
  std::string read_;
};

/// The path of the running program.
std::string own_program();

}  // namespace hvac::ops
