#include "app/context.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <csignal>
#include <ostream>

#include "base/clock.h"
#include "base/iso_time.h"
#include "base/json.h"

namespace hvac::app {
namespace {

volatile std::sig_atomic_t stop_asked = 0;

std::string_view name(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::out_of_range:
      return "out_of_range";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::rejected:
      return "rejected";
    case ErrorCode::corrupt:
      return "corrupt";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::timed_out:
      return "timed_out";
    case ErrorCode::interrupted:
      return "interrupted";
  }
  return "unknown";
}

}  // namespace

ExitCode exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::out_of_range:
      return exit_usage;
    case ErrorCode::rejected:
      return exit_rejected;
    case ErrorCode::corrupt:
      return exit_corrupt;
    case ErrorCode::not_found:
    case ErrorCode::conflict:
    case ErrorCode::unavailable:
    case ErrorCode::timed_out:
    case ErrorCode::interrupted:
      return exit_failed;
  }
  return exit_failed;
}

int report_error(const Context& context, const Error& error) {
  if (context.json) {
    *context.out << json_text({{"error", {{"code", name(error.code)}, {"message", error.message}}}},
                              JsonLayout::pretty);
  }
  *context.err << "error: " << error.message << "\n";
  return exit_code(error.code);
}

Progress progress_bar(const Context& context) {
  stop_asked = 0;
  struct sigaction action{};
  action.sa_handler = [](int) { stop_asked = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // A second Ctrl-C ends the program at once.
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);

  const bool visible = ::isatty(STDERR_FILENO) == 1;
  return [visible, err = context.err, last = -1](double done, std::string_view what) mutable {
    const int permille = static_cast<int>(done * 1000.0);
    if (visible && permille != last) {
      last = permille;
      constexpr int kWidth = 30;
      const int filled = permille * kWidth / 1000;
      *err << fmt::format("\r\x1b[K[{:#<{}}{:.<{}}] {:5.1f} % {}", "", filled, "", kWidth - filled,
                          permille / 10.0, what);
      if (permille >= 1000) *err << "\n";
      err->flush();
    }
    return stop_asked == 0;
  };
}

std::string iso_time_now() { return iso_text(system_clock()()); }

}  // namespace hvac::app
