#include "ops/probe.h"

#include <fmt/format.h>

#include <random>

#include "base/hash.h"
#include "registry/load_model.h"
#include "registry/registry.h"
#include "telemetry/sample.h"

namespace hvac::ops {
namespace {

using telemetry::InputTag;
using telemetry::TargetTag;

constexpr std::size_t kQuestions = 48;

telemetry::Sample sample_of(const Question& question) {
  telemetry::Sample sample;
  sample.set(InputTag::UCWIT, question.ucwit_c);
  sample.set(InputTag::UCAIT, question.ucait_c);
  sample.set(InputTag::UCWF, question.ucwf_l_min);
  sample.set(InputTag::UCAIH, question.ucaih_percent);
  sample.set(InputTag::AMBT, question.ambt_c);
  sample.set(InputTag::UCTSP, question.uctsp_c);
  return sample;
}

}  // namespace

std::vector<Question> questions() {
  std::mt19937_64 random{20251118};
  // Rounded, so that they survive being written as JSON; not by a distribution of the library,
  // whose results are not fixed by the standard.
  const auto between = [&](int low, int high) {
    return low + static_cast<double>(random() % static_cast<std::uint64_t>((high - low) * 10)) / 10;
  };
  std::vector<Question> list;
  for (std::size_t i = 0; i < kQuestions; ++i) {
    Question question{};
    question.ucwit_c = between(5, 12);
    question.ucait_c = between(18, 32);
    question.ucwf_l_min = between(2, 25);
    question.ucaih_percent = between(30, 80);
    question.ambt_c = between(10, 38);
    question.uctsp_c = between(18, 26);
    list.push_back(question);
  }
  return list;
}

std::vector<twin::PerTarget<double>> answers(const twin::Model& model) {
  std::vector<twin::PerTarget<double>> list;
  for (const Question& question : questions()) {
    const twin::Prediction prediction = model.predict(sample_of(question));
    twin::PerTarget<double> values{};
    for (std::size_t t = 0; t < values.size(); ++t) values[t] = prediction.targets[t].value;
    list.push_back(values);
  }
  return list;
}

std::string digest_of(const std::vector<twin::PerTarget<double>>& answers) {
  std::string text;
  for (const auto& values : answers) {
    for (const double value : values) text += fmt::format("{:.5f} ", value);
  }
  return sha256(text);
}

Result<PredictionDigest> prediction_digest(const std::filesystem::path& home) {
  const registry::Registry models(home / "models");
  const auto current = models.current();
  if (!current) return fail(current.error());
  if (!*current) return PredictionDigest{};
  const auto model = registry::load_model(models, registry::text(**current));
  if (!model) return fail(model.error());
  return PredictionDigest{registry::text(**current), digest_of(answers(**model))};
}

}  // namespace hvac::ops
