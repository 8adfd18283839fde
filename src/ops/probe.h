#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "ops/manifest.h"
#include "twin/model.h"

/// Fixed questions whose answers tell whether two instances predict the same.
namespace hvac::ops {

/// One instant, in the six tags that a prediction cannot do without.
struct Question {
  double ucwit_c;
  double ucait_c;
  double ucwf_l_min;
  double ucaih_percent;
  double ambt_c;
  double uctsp_c;
};

/// The questions, always the same.
std::vector<Question> questions();

/// The answers of `model`, in the order of the questions [degC, degC, m3/h].
std::vector<twin::PerTarget<double>> answers(const twin::Model& model);

/// One hash over answers.
std::string digest_of(const std::vector<twin::PerTarget<double>>& answers);

/// Of the current model of an instance; without a model both texts are empty.
/// Errors: corrupt and unavailable as registry::load_model.
[[nodiscard]] Result<PredictionDigest> prediction_digest(const std::filesystem::path& home);

}  // namespace hvac::ops
