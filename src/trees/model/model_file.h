#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "trees/model/ensemble.h"
#include "trees/model/onnx.h"

namespace hvac::trees {

/// The formats trees travel in.
enum class ModelFormat { lightgbm, xgboost, onnx };

std::string_view name(ModelFormat format);

/// The usual ending of a file of that format, with its dot.
std::string_view extension(ModelFormat format);

/// The format that a file of this name has by its ending (.txt, .json, .onnx).
std::optional<ModelFormat> format_of(const std::filesystem::path& path);

/// The format of that name ("lightgbm", "xgboost", "onnx").
std::optional<ModelFormat> format_named(std::string_view name);

/// The ensemble in a model file's bytes: LightGBM text or XGBoost JSON, told by the first
/// character. Errors: invalid_argument as the reader of the format says.
[[nodiscard]] Result<Ensemble> parse_model(std::string_view bytes);

/// The ensemble in a file, with the file's name in front of any error.
/// Errors: also not_found, unavailable; out_of_range when the file is above 1 GiB.
[[nodiscard]] Result<Ensemble> read_model(const std::filesystem::path& path);

/// `models` as one file of `format`: only ONNX takes several.
/// Errors: invalid_argument as the writer of the format says.
[[nodiscard]] Result<std::string> model_bytes(std::span<const NamedEnsemble> models,
                                              ModelFormat format);

}  // namespace hvac::trees
