#include "app/retraining_log.h"

#include <fmt/format.h>

#include "telemetry/tags.h"

namespace hvac::app {
namespace {

namespace json = boost::json;

/// "50,000"
std::string with_commas(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3) {
    digits.insert(static_cast<std::size_t>(i), ",");
  }
  return digits;
}

std::string date_range(const json::object& trained) {
  const std::string first = text_at(trained, "first_time");
  const std::string last = text_at(trained, "last_time");
  if (first.empty()) return "the data have no times";
  return first.substr(0, 10) + " to " + last.substr(0, 10);
}

/// R2 of a target on all held-out rows, after and before; "-" where there is none.
std::string r2_of(const json::object& verdict, std::string_view target, const char* which) {
  const json::value* found =
      verdict.at("comparison").at("all").at(target).as_object().if_contains(which);
  if (found == nullptr || !found->is_object()) return "-";
  const json::value& r2 = found->get_object().at("r2");
  return r2.is_number() ? fmt::format("{:.4f}", r2.to_number<double>()) : "-";
}

std::int64_t samples(const RetrainingFacts& facts) {
  return facts.prepared.at("samples").to_number<std::int64_t>();
}

}  // namespace

std::string text_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string retraining_log(const RetrainingFacts& facts) {
  std::string text = "Model Retraining Log\n\n";
  text += fmt::format("Date: {}\nEngineer: {}\nReason: {}\n\n", facts.finished.substr(0, 10),
                      facts.engineer, facts.reason);
  text += fmt::format("Training Data:\n- Samples: {}\n- Date range: {}\n- SHA-256: {}\n",
                      with_commas(samples(facts)), date_range(facts.trained),
                      text_at(facts.trained, "data_sha256"));
  const std::string since = text_at(facts.prepared, "since");
  if (!since.empty()) {
    text += fmt::format("- Since: {} ({})\n", since, text_at(facts.prepared, "since_why"));
  }
  text += "\n";
  const std::string against = text_at(facts.verdict, "against");
  text += "Results (held-out recordings, the same for both models):\n";
  for (const std::string_view target : telemetry::kTargetNames) {
    text +=
        fmt::format("- {} R²: {} (previous{}: {})\n", target, r2_of(facts.verdict, target, "after"),
                    against.empty() ? "" : " " + against, r2_of(facts.verdict, target, "before"));
  }
  text += "\nDecision: " + facts.decision + "\n";
  for (const json::value& reason : facts.verdict.at("reasons").as_array()) {
    text += "- " + std::string(reason.as_string()) + "\n";
  }
  const bool deployed = facts.decision.starts_with("Deploy");
  const bool accepted = facts.verdict.at("accepted").as_bool();
  const std::string when =
      deployed ? facts.finished
      : accepted
          ? fmt::format("not when this was written (hvac-twin models show {})", facts.version)
          : "no";
  text += fmt::format("\nDeployed: {}\nVerified: {}\n\nSignature: __________\n", when,
                      deployed ? facts.finished : "no");
  return text;
}

std::string refusal_log(const std::string& finished, const std::string& engineer,
                        const std::string& reason, const std::string& why) {
  return fmt::format(
      "Model Retraining Log\n\nDate: {}\nEngineer: {}\nReason: {}\n\nDecision: {}\n- {}\n\n"
      "Deployed: no\nVerified: no\n\nSignature: __________\n",
      finished.substr(0, 10), engineer, reason, kKeepModels, why);
}

std::string audit_name(const std::string& id) { return "retraining " + id + ":"; }

std::string retraining_line(const RetrainingFacts& facts) {
  std::string text = fmt::format("{} {} samples ({}); ", audit_name(facts.id),
                                 with_commas(samples(facts)), date_range(facts.trained));
  for (const std::string_view target : telemetry::kTargetNames) {
    text += fmt::format("{} R2 {} (previous {}), ", target, r2_of(facts.verdict, target, "after"),
                        r2_of(facts.verdict, target, "before"));
  }
  text += "decision: " + facts.decision;
  for (const json::value& reason : facts.verdict.at("reasons").as_array()) {
    text += "; " + std::string(reason.as_string());
  }
  return text;
}

json::object retraining_json(const RetrainingFacts& facts) {
  return {{"id", facts.id},
          {"finished", facts.finished},
          {"engineer", facts.engineer},
          {"reason", facts.reason},
          {"accepted", facts.verdict.at("accepted")},
          {"version", facts.version},
          {"decision", facts.decision},
          {"reasons", facts.verdict.at("reasons")},
          {"samples", facts.prepared.at("samples")},
          {"data", facts.prepared},
          {"training", facts.trained},
          {"verdict", facts.verdict}};
}

}  // namespace hvac::app
