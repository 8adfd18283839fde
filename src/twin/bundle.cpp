#include <boost/json.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/json.h"
#include "trees/model/lightgbm.h"
#include "twin/model.h"
#include "twin/parts.h"
#include "twin/self_check.h"

namespace hvac::twin {
namespace {

// Not in bundles of models that were not trained here.
constexpr char kDriftReference[] = "drift_reference.json";

namespace json = boost::json;
using features::kEvidenceCount;
using features::kRegimeCount;
using telemetry::kTargetCount;
using telemetry::kTargetNames;

constexpr int kFormat = 1;
constexpr std::array<std::string_view, kSpecialistCount> kSpecialistNames = {"general", "fan_on"};
constexpr std::array<std::string_view, 2> kBaselineNames = {"inlet_and_physics", "zero"};

std::string tree_file(std::size_t specialist, std::size_t target) {
  return std::string(kSpecialistNames[specialist]) + "_" + std::string(kTargetNames[target]) +
         ".txt";
}

std::string_view regime_name(std::size_t regime) {
  return name(static_cast<features::Regime>(regime));
}
std::string_view evidence_name(std::size_t evidence) {
  return name(static_cast<features::Evidence>(evidence));
}

json::array numbers(std::span<const double> values) {
  return json::array(values.begin(), values.end());
}

json::value write_share(const PhysicsShare& share) {
  json::object by_target;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    json::object by_regime;
    for (std::size_t r = 0; r < kRegimeCount; ++r) {
      json::object by_evidence;
      for (std::size_t e = 0; e < kEvidenceCount; ++e) {
        by_evidence[evidence_name(e)] = share[t][r][e];
      }
      by_regime[regime_name(r)] = by_evidence;
    }
    by_target[kTargetNames[t]] = by_regime;
  }
  return by_target;
}

json::value write_info(const ModelParts& parts) {
  json::array names;
  for (const std::string& feature : parts.features) names.emplace_back(feature);
  json::object ensembles;
  for (std::size_t s = 0; s < kSpecialistCount; ++s) {
    if (parts.ensembles[s].empty()) continue;
    json::object files;
    for (std::size_t t = 0; t < kTargetCount; ++t) files[kTargetNames[t]] = tree_file(s, t);
    ensembles[kSpecialistNames[s]] = files;
  }
  const ModelInfo& info = parts.info;
  return {{"format", kFormat},
          {"model_type", info.model_type},
          {"origin", info.origin},
          {"created", info.created},
          {"data_sha256", info.data_sha256},
          {"seed", info.seed},
          {"schema", features::kSchema},
          {"baseline", kBaselineNames[static_cast<std::size_t>(parts.baseline)]},
          {"physics_share", write_share(parts.physics_share)},
          {"features", names},
          {"ensembles", ensembles}};
}

json::value write_margin(const Margin& margin) { return json::array{margin.low, margin.high}; }

json::value write_intervals(const Intervals& intervals) {
  json::object virtual_sensor;
  json::object tracking;
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    json::object by_regime;
    json::object tracking_by_regime;
    for (std::size_t r = 0; r < kRegimeCount; ++r) {
      json::object by_evidence;
      for (std::size_t e = 0; e < kEvidenceCount; ++e) {
        by_evidence[evidence_name(e)] = write_margin(intervals.virtual_sensor[t][r][e]);
      }
      by_regime[regime_name(r)] = by_evidence;
      tracking_by_regime[regime_name(r)] = write_margin(intervals.tracking[t][r]);
    }
    virtual_sensor[kTargetNames[t]] = by_regime;
    tracking[kTargetNames[t]] = tracking_by_regime;
  }
  return {{"coverage", 0.9}, {"virtual", virtual_sensor}, {"tracking", tracking}};
}

json::value write_domain(const TrainingDomain& domain) {
  json::object ranges;
  const auto names = features::feature_names();
  for (std::size_t i = 0; i < features::kFeatureCount; ++i) {
    ranges[names[i]] = json::array{domain.ranges[i].low, domain.ranges[i].high};
  }
  return {{"ranges", ranges},
          {"joint", {{"mean", numbers(domain.mean)}, {"precision", numbers(domain.precision)}}}};
}

json::value write_physics(const physics::CoolerParameters& cooler) {
  json::object values;
  for (const auto& [key, value] : physics::list_parameters(cooler)) values[key] = value;
  return values;
}

/// What a file must hold but does not; becomes a `corrupt` naming the file.
[[noreturn]] void wrong(std::string what) { throw std::runtime_error(std::move(what)); }

const json::value& field(const json::value& object, std::string_view key) {
  const json::object* members = object.if_object();
  const json::value* found = members != nullptr ? members->if_contains(key) : nullptr;
  if (found == nullptr) wrong("\"" + std::string(key) + "\" is missing");
  return *found;
}

std::string text(const json::value& object, std::string_view key) {
  const json::string* found = field(object, key).if_string();
  if (found == nullptr) wrong("\"" + std::string(key) + "\" is not a text");
  return {found->begin(), found->end()};
}

double number_or_nan(const json::value& value) {
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  json::error_code error;
  const double number = value.to_number<double>(error);
  if (error) wrong("a number is expected, not " + json::serialize(value).substr(0, 40));
  return number;
}

double finite(const json::value& value) {
  const double number = number_or_nan(value);
  if (!std::isfinite(number)) wrong("a finite number is expected");
  return number;
}

const json::array& list(const json::value& value, std::size_t size) {
  const json::array* found = value.if_array();
  if (found == nullptr || found->size() != size) {
    wrong("a list of " + std::to_string(size) + " is expected");
  }
  return *found;
}

template <std::size_t N>
std::size_t one_of(const std::array<std::string_view, N>& names, const std::string& name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return i;
  }
  wrong("\"" + name + "\" is not known");
}

void read_share(const json::value& root, PhysicsShare& share) {
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const json::value& by_regime = field(root, kTargetNames[t]);
    for (std::size_t r = 0; r < kRegimeCount; ++r) {
      const json::value& by_evidence = field(by_regime, regime_name(r));
      for (std::size_t e = 0; e < kEvidenceCount; ++e) {
        const double part = finite(field(by_evidence, evidence_name(e)));
        if (part < 0.0 || part > 1.0) wrong("a share of physics is not within 0..1");
        share[t][r][e] = part;
      }
    }
  }
}

void read_info(const json::value& root, ModelParts& parts) {
  if (finite(field(root, "format")) != kFormat) {
    wrong("format " + json::serialize(field(root, "format")) + " is not " +
          std::to_string(kFormat));
  }
  if (text(root, "schema") != features::kSchema) {
    wrong("schema " + text(root, "schema") + " is not " + std::string(features::kSchema));
  }
  parts.info.model_type = text(root, "model_type");
  parts.info.origin = text(root, "origin");
  parts.info.created = text(root, "created");
  parts.info.data_sha256 = text(root, "data_sha256");
  json::error_code error;
  parts.info.seed = field(root, "seed").to_number<std::uint64_t>(error);
  if (error) wrong("\"seed\" is not a whole number");
  parts.baseline = static_cast<Baseline>(one_of(kBaselineNames, text(root, "baseline")));
  // Models made before there was such a share have none.
  if (const json::value* share = root.as_object().if_contains("physics_share")) {
    read_share(*share, parts.physics_share);
  }
  const json::array* names = field(root, "features").if_array();
  if (names == nullptr) wrong("\"features\" is not a list");
  for (const json::value& item : *names) {
    if (!item.is_string()) wrong("\"features\" holds something that is no text");
    parts.features.emplace_back(item.get_string());
  }
}

Margin read_margin(const json::value& value) {
  const json::array& pair = list(value, 2);
  const Margin margin{finite(pair[0]), finite(pair[1])};
  if (margin.low > 0.0 || margin.high < 0.0) wrong("a margin does not hold 0");
  return margin;
}

void read_intervals(const json::value& root, Intervals& intervals) {
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const json::value& by_regime = field(field(root, "virtual"), kTargetNames[t]);
    const json::value& tracking = field(field(root, "tracking"), kTargetNames[t]);
    for (std::size_t r = 0; r < kRegimeCount; ++r) {
      const json::value& by_evidence = field(by_regime, regime_name(r));
      for (std::size_t e = 0; e < kEvidenceCount; ++e) {
        intervals.virtual_sensor[t][r][e] = read_margin(field(by_evidence, evidence_name(e)));
      }
      intervals.tracking[t][r] = read_margin(field(tracking, regime_name(r)));
    }
  }
}

void read_domain(const json::value& root, TrainingDomain& domain) {
  const json::value& ranges = field(root, "ranges");
  const auto names = features::feature_names();
  for (std::size_t i = 0; i < features::kFeatureCount; ++i) {
    const json::array& range = list(field(ranges, names[i]), 2);
    domain.ranges[i] = {number_or_nan(range[0]), number_or_nan(range[1])};
  }
  const json::value& joint = field(root, "joint");
  const json::array& mean = list(field(joint, "mean"), domain.mean.size());
  for (std::size_t i = 0; i < mean.size(); ++i) domain.mean[i] = finite(mean[i]);
  const json::array& precision = list(field(joint, "precision"), domain.precision.size());
  for (std::size_t i = 0; i < precision.size(); ++i) domain.precision[i] = finite(precision[i]);
}

void read_physics(const json::value& root, physics::CoolerParameters& cooler) {
  const json::object* values = root.if_object();
  if (values == nullptr) wrong("an object is expected");
  std::vector<std::pair<std::string, double>> named;
  for (const auto& member : *values) named.emplace_back(member.key(), finite(member.value()));
  auto read = physics::cooler_from(named);
  if (!read) wrong(read.error().message);
  cooler = *read;
}

Result<std::string_view> file_text(const BundleFiles& files, const std::string& name) {
  const auto found = files.find(name);
  if (found == files.end()) return fail(ErrorCode::corrupt, name + ": missing from the bundle");
  return std::string_view(found->second);
}

/// Reads one JSON file of the bundle with `read(root)`.
template <class Read>
Result<void> read_json_file(const BundleFiles& files, const std::string& name, Read&& read) {
  const auto bytes = file_text(files, name);
  if (!bytes) return fail(bytes.error());
  const auto root = parse_json(*bytes);
  if (!root) return fail(ErrorCode::corrupt, name + ": " + root.error().message);
  try {
    read(*root);
  } catch (const std::runtime_error& error) {
    return fail(ErrorCode::corrupt, name + ": " + error.what());
  }
  return {};
}

Result<void> read_ensembles(const BundleFiles& files, const json::value& info, ModelParts& parts) {
  const json::object* sets = info.at("ensembles").if_object();
  for (std::size_t s = 0; s < kSpecialistCount; ++s) {
    if (sets == nullptr || !sets->contains(kSpecialistNames[s])) continue;
    for (std::size_t t = 0; t < kTargetCount; ++t) {
      const std::string name = tree_file(s, t);
      const auto bytes = file_text(files, name);
      if (!bytes) return fail(bytes.error());
      auto ensemble = trees::parse_lightgbm(*bytes);
      if (!ensemble) return fail(ErrorCode::corrupt, name + ": " + ensemble.error().message);
      parts.ensembles[s].push_back(std::move(*ensemble));
    }
  }
  return {};
}

}  // namespace

Result<BundleFiles> bundle_files(const ModelParts& parts) {
  const auto pretty = [](const json::value& value) { return json_text(value, JsonLayout::pretty); };
  BundleFiles files;
  files["model.json"] = pretty(write_info(parts));
  files["physics.json"] = pretty(write_physics(parts.cooler));
  files["intervals.json"] = pretty(write_intervals(parts.intervals));
  files["domain.json"] = pretty(write_domain(parts.domain));
  files["card.json"] = parts.card;
  if (!parts.drift_reference.empty()) files[kDriftReference] = parts.drift_reference;
  if (!parts.held_out.empty()) files["held_out.bin"] = parts.held_out;
  for (std::size_t s = 0; s < kSpecialistCount; ++s) {
    for (std::size_t t = 0; t < parts.ensembles[s].size(); ++t) {
      auto text = trees::lightgbm_text(parts.ensembles[s][t]);
      if (!text)
        return fail(ErrorCode::invalid_argument, tree_file(s, t) + ": " + text.error().message);
      files[tree_file(s, t)] = std::move(*text);
    }
  }
  const auto model = Model::from_files(files, "");
  if (!model) return fail(ErrorCode::invalid_argument, model.error().message);
  files[kSelfCheckName] = self_check_text(**model);
  return files;
}

Result<ModelParts> parse_bundle(const BundleFiles& files) {
  ModelParts parts;
  json::value info;
  const auto steps = {
      read_json_file(files, "model.json",
                     [&](const json::value& root) {
                       read_info(root, parts);
                       field(root, "ensembles");
                       info = root;
                     }),
      read_json_file(files, "physics.json",
                     [&](const json::value& root) { read_physics(root, parts.cooler); }),
      read_json_file(files, "intervals.json",
                     [&](const json::value& root) { read_intervals(root, parts.intervals); }),
      read_json_file(files, "domain.json",
                     [&](const json::value& root) { read_domain(root, parts.domain); }),
      read_json_file(files, "card.json", [](const json::value&) {})};
  for (const Result<void>& step : steps) {
    if (!step) return fail(step.error());
  }
  parts.card = files.at("card.json");
  if (const auto found = files.find(kDriftReference); found != files.end()) {
    parts.drift_reference = found->second;
  }
  if (const auto found = files.find("held_out.bin"); found != files.end()) {
    parts.held_out = found->second;
  }
  if (auto read = read_ensembles(files, info, parts); !read) return fail(read.error());
  return parts;
}

}  // namespace hvac::twin
