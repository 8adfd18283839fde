#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "telemetry/sample.h"
#include "training/evaluate.h"
#include "twin/model.h"
#include "twin/prediction.h"

/// A model's honest predictions of any rows, those it learned from among them.
///
/// A bundle remembers, for each row it learned from, what the fold's model that had not seen the
/// row's recording said. Two models can so be compared on the same rows, whoever learned from
/// which.
namespace hvac::training {

/// For `ModelParts::held_out`: one prediction per sample by a model that had not seen its
/// recording. Of more than 200,000 samples every second, third ... is kept.
std::string held_out_bytes(std::span<const telemetry::Sample> samples,
                           std::span<const twin::Prediction> predictions);

struct FairJudgement {
  std::vector<Judged> judged;      ///< One per sample, in order.
  std::vector<std::uint8_t> fair;  ///< 1: said by a model that had not seen this row's recording.
  std::size_t learned = 0;         ///< Rows that the model itself learned from ...
  std::size_t unknown = 0;         ///< ... and rows of which it is not known whether it did.
};

/// What `model` says of each sample: of a row it learned from, what it said before it did. Rows are
/// known again by their inputs and those of the row before, whatever their targets are. A row
/// within kEmbargoRows of one it learned from is not fair. Errors: corrupt when the model's record
/// of its training rows makes no sense.
[[nodiscard]] Result<FairJudgement> judge_fairly(const twin::Model& model,
                                                 std::span<const telemetry::Sample> samples);

}  // namespace hvac::training
