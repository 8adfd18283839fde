#include "ops/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "base/json.h"

namespace hvac::ops {

std::string_view name(CheckStatus status) {
  constexpr std::array<std::string_view, 4> kNames = {"ok", "warning", "failed", "skipped"};
  return kNames[static_cast<std::size_t>(status)];
}

CheckStatus worst(const std::vector<Check>& checks) {
  CheckStatus status = CheckStatus::ok;
  for (const Check& check : checks) {
    if (check.status != CheckStatus::skipped) status = std::max(status, check.status);
  }
  return status;
}

int score(const std::vector<Check>& checks) {
  double sum = 0.0;
  int counted = 0;
  for (const Check& check : checks) {
    if (check.status == CheckStatus::skipped) continue;
    ++counted;
    if (check.status == CheckStatus::ok) sum += 1.0;
    if (check.status == CheckStatus::warning) sum += 0.5;
  }
  return counted == 0 ? 100 : static_cast<int>(100.0 * sum / counted + 0.5);
}

std::string checks_text(const std::vector<Check>& checks) {
  std::string text;
  for (const Check& check : checks) {
    text += fmt::format("{:<8} {:<30} {}\n", name(check.status), check.title, check.evidence);
    const bool wrong = check.status == CheckStatus::warning || check.status == CheckStatus::failed;
    if (wrong && !check.procedure.empty())
      text += fmt::format("{:<8} -> {}\n", "", check.procedure);
  }
  return text;
}

std::string checks_json(const std::vector<Check>& checks) {
  boost::json::array list;
  for (const Check& check : checks) {
    list.push_back(boost::json::object{{"name", check.name},
                                       {"title", check.title},
                                       {"status", name(check.status)},
                                       {"evidence", check.evidence},
                                       {"procedure", check.procedure}});
  }
  return json_text(
      boost::json::object{
          {"score", score(checks)}, {"status", name(worst(checks))}, {"checks", std::move(list)}},
      JsonLayout::pretty);
}

}  // namespace hvac::ops
