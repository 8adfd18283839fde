#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What was looked at and what came of it.
namespace hvac::ops {

enum class CheckStatus : std::uint8_t { ok, warning, failed, skipped };
std::string_view name(CheckStatus status);

struct Check {
  std::string name;   ///< "disk", one word for programs.
  std::string title;  ///< For people.
  CheckStatus status = CheckStatus::ok;
  std::string evidence;   ///< What was seen, with values and limits.
  std::string procedure;  ///< What to do when it is not ok: a command or a section of the manual.
};

/// The worst of them; ok when there are none.
CheckStatus worst(const std::vector<Check>& checks);

/// 0 .. 100: the share that is ok, warnings counting half, what was skipped not at all.
int score(const std::vector<Check>& checks);

/// One line per check and what to do about those that are not ok.
std::string checks_text(const std::vector<Check>& checks);

/// {"score":…,"status":…,"checks":[…]} as JSON text.
std::string checks_json(const std::vector<Check>& checks);

}  // namespace hvac::ops
