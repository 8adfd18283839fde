#include "trees/model/model_file.h"

#include <fmt/format.h>

#include <string>

#include "base/files.h"
#include "trees/model/lightgbm.h"
#include "trees/model/xgboost.h"

namespace hvac::trees {

std::string_view name(ModelFormat format) {
  switch (format) {
    case ModelFormat::lightgbm:
      return "lightgbm";
    case ModelFormat::xgboost:
      return "xgboost";
    case ModelFormat::onnx:
      return "onnx";
  }
  return "unknown";
}

std::string_view extension(ModelFormat format) {
  switch (format) {
    case ModelFormat::lightgbm:
      return ".txt";
    case ModelFormat::xgboost:
      return ".json";
    case ModelFormat::onnx:
      return ".onnx";
  }
  return "";
}

std::optional<ModelFormat> format_of(const std::filesystem::path& path) {
  for (const auto format : {ModelFormat::lightgbm, ModelFormat::xgboost, ModelFormat::onnx}) {
    if (path.extension() == extension(format)) return format;
  }
  return std::nullopt;
}

std::optional<ModelFormat> format_named(std::string_view wanted) {
  for (const auto format : {ModelFormat::lightgbm, ModelFormat::xgboost, ModelFormat::onnx}) {
    if (name(format) == wanted) return format;
  }
  return std::nullopt;
}

Result<std::string> model_bytes(std::span<const NamedEnsemble> models, ModelFormat format) {
  if (format == ModelFormat::onnx) return onnx_bytes(models);
  if (models.size() != 1) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} models do not fit one {} file: only ONNX takes several",
                            models.size(), name(format)));
  }
  const Ensemble& ensemble = models.front().ensemble;
  return format == ModelFormat::lightgbm ? lightgbm_text(ensemble) : xgboost_text(ensemble);
}

Result<Ensemble> parse_model(std::string_view bytes) {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  const bool json = first != std::string_view::npos && bytes[first] == '{';
  return json ? parse_xgboost(bytes) : parse_lightgbm(bytes);
}

Result<Ensemble> read_model(const std::filesystem::path& path) {
  constexpr std::uintmax_t kLargest = std::uintmax_t{1} << 30;
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > kLargest) {
    return fail(ErrorCode::out_of_range,
                fmt::format("{}: {} bytes are more than {}", path.string(), size, kLargest));
  }
  const auto bytes = read_file(path);
  if (!bytes) return fail(bytes.error());
  auto ensemble = parse_model(*bytes);
  if (!ensemble) {
    return fail(ensemble.error().code, path.string() + ": " + ensemble.error().message);
  }
  return ensemble;
}

}  // namespace hvac::trees
