#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "api/predict_answer.h"
#include "app/profile.h"
#include "app/verbs/verbs.h"
#include "base/files.h"
#include "base/iso_time.h"
#include "base/number.h"
#include "registry/load_model.h"
#include "telemetry/check.h"

namespace hvac::app {
namespace {

using telemetry::kTargetCount;
using telemetry::kTargetNames;
using ProfilePointer = std::shared_ptr<const telemetry::AssetProfile>;

struct Options {
  std::vector<std::string> set;
  std::filesystem::path data;
  std::filesystem::path output;
  std::string model = "current";
};

Error as_error(const api::Problem& problem) {
  return {problem.kind == "out_of_range" ? ErrorCode::out_of_range : ErrorCode::invalid_argument,
          problem.detail};
}

// "UCWIT=7.5" into its place among the profile's tags.
Result<void> apply(const std::string& word, const api::PredictBody& body,
                   std::vector<double>& values) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos) {
    return fail(ErrorCode::invalid_argument, "--set " + word + ": expected TAG=VALUE");
  }
  const std::string tag = word.substr(0, equals);
  const auto column = body.profile().find(tag);
  if (!column) return fail(as_error(body.unknown_tag(tag)));
  const auto value = parse_number(word.substr(equals + 1));
  if (!value || !std::isfinite(*value)) {
    return fail(ErrorCode::invalid_argument, "--set " + word + ": the value must be a number");
  }
  values[*column] = *value;
  return {};
}

void print(const Context& context, const twin::Model& model, const twin::Prediction& prediction) {
  constexpr const char* kUnits[kTargetCount] = {"degC", "degC", "m3/h"};
  *context.out << fmt::format("{:<10} {:>10} {:>23} {:>10}  {}\n", "", "predicted", "90 % interval",
                              "physics", "unit");
  for (std::size_t t = 0; t < kTargetCount; ++t) {
    const twin::TargetPrediction& target = prediction.targets[t];
    *context.out << fmt::format("{:<10} {:>10.2f} {:>10.2f} .. {:>9.2f} {:>10.2f}  {}\n",
                                kTargetNames[t], target.value, target.interval90.low,
                                target.interval90.high, target.physics, kUnits[t]);
  }
  *context.out << fmt::format("{:<10} {:>10.3f} {:>35}  kW\n", "Q_thermal", prediction.q_thermal_kw,
                              "");
  const twin::Domain& domain = prediction.domain;
  *context.out << fmt::format(
      "regime {}, evidence {}, {} the training domain (distance {:.2f}); model {} from {} data\n",
      features::name(prediction.regime), features::name(prediction.evidence),
      domain.inside() ? "inside" : "OUTSIDE", domain.distance, model.info().version,
      model.info().origin);
}

int predict_one(const Context& context, const Options& options, const twin::Model& model,
                const ProfilePointer& profile) {
  api::PredictBody body(profile);
  std::vector<double> values(profile->tags.size(), std::numeric_limits<double>::quiet_NaN());
  for (const std::string& word : options.set) {
    if (auto applied = apply(word, body, values); !applied) {
      return report_error(context, applied.error());
    }
  }
  const auto problem = body.judge(values, [&](const api::SentInstant& instant) {
    const auto begin = std::chrono::steady_clock::now();
    const twin::Prediction prediction = model.predict(instant.sample);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    if (!context.json) return print(context, model, prediction);
    std::string text;
    api::JsonWriter json(text);
    api::write_prediction(json, model, instant, *profile, prediction, time.count());
    *context.out << text << "\n";
  });
  return problem ? report_error(context, as_error(*problem)) : static_cast<int>(exit_ok);
}

/// Predicts a file's rows in order, with the history of each recording.
class RowPredictor {
 public:
  RowPredictor(const twin::Model& model, const ProfilePointer& profile, AtomicFile& file)
      : model_(model), profile_(profile), maker_(*profile), builder_(model.builder()), file_(file) {
    text_ = "row,time";
    for (const auto name : kTargetNames) {
      fmt::format_to(std::back_inserter(text_), ",{0},{0}_low,{0}_high,{0}_physics", name);
    }
    text_ += ",Q_thermal_kw,regime,evidence,domain_distance,quality\n";
  }

  Result<void> push(const telemetry::JudgedRow& row) {
    telemetry::Sample sample = maker_.make(row.values, row.quality);
    sample.recording = row.recording;
    const auto prediction = model_.predict(builder_.push(features::InputView(sample)));
    const auto out = std::back_inserter(text_);
    fmt::format_to(out, "{},{}", row.row,
                   row.time == telemetry::kNoTime ? std::string() : iso_text(row.time));
    for (const twin::TargetPrediction& target : prediction.targets) {
      add(target.value);
      add(target.interval90.low);
      add(target.interval90.high);
      add(target.physics);
    }
    add(prediction.q_thermal_kw);
    fmt::format_to(out, ",{},{}", features::name(prediction.regime),
                   features::name(prediction.evidence));
    add(prediction.domain.distance);
    text_ += ',';
    add_quality(row);
    text_ += '\n';
    ++rows_;
    return text_.size() < kBlock ? Result<void>{} : flush();
  }

  Result<void> flush() {
    auto written = file_.write(text_);
    text_.clear();
    return written;
  }
  std::int64_t rows() const { return rows_; }

 private:
  static constexpr std::size_t kBlock = 256 * 1024;

  void add(double value) {
    text_ += ',';
    if (std::isfinite(value)) fmt::format_to(std::back_inserter(text_), "{:.4f}", value);
  }

  // "good", or what is not: "UCWF=stuck;UCAIH=missing".
  void add_quality(const telemetry::JudgedRow& row) {
    bool all_good = true;
    for (std::size_t i = 0; i < row.quality.size(); ++i) {
      if (row.quality[i] == telemetry::Quality::good) continue;
      fmt::format_to(std::back_inserter(text_), "{}{}={}", all_good ? "" : ";",
                     profile_->tags[i].name, telemetry::name(row.quality[i]));
      all_good = false;
    }
    if (all_good) text_ += "good";
  }

  const twin::Model& model_;
  ProfilePointer profile_;
  telemetry::SampleMaker maker_;
  features::FeatureBuilder builder_;
  AtomicFile& file_;
  std::string text_;
  std::int64_t rows_ = 0;
};

int predict_file(const Context& context, const Options& options, const twin::Model& model,
                 const ProfilePointer& profile) {
  const Progress progress = progress_bar(context);
  const auto report = telemetry::check_stream(options.data, profile, part_of(progress, 0.0, 0.5));
  if (!report) return report_error(context, report.error());
  auto file = AtomicFile::create(options.output);
  if (!file) return report_error(context, file.error());
  RowPredictor predictor(model, profile, *file);
  auto done = telemetry::visit_usable(
      options.data, profile, report->blocks,
      [&](const telemetry::JudgedRow& row) { return predictor.push(row); },
      [&](double part, auto) { return progress(0.5 + part * 0.5, "predicting"); });
  if (done) done = predictor.flush();
  if (done) done = file->commit();
  if (!done) return report_error(context, done.error());
  progress(1.0, "predicting");
  if (context.json) {
    *context.out << fmt::format(R"({{"rows":{},"predicted":{}}})", report->summary.rows,
                                predictor.rows())
                 << "\n";
  } else {
    *context.out << fmt::format(
        "{} of {} rows predicted by model {} into {}; the others are blank, repeated, or in blocks "
        "whose columns cannot be believed (`data check` says why)\n",
        predictor.rows(), report->summary.rows, model.info().version, options.output.string());
  }
  return exit_ok;
}

int predict(const Context& context, const Options& options) {
  const bool file = !options.data.empty();
  if (file == !options.set.empty() || file != !options.output.empty()) {
    return report_error(context, {ErrorCode::invalid_argument,
                                  "either --set TAG=VALUE ..., or --data FILE with --output FILE"});
  }
  const auto profile = load_profile(context);
  if (!profile) return report_error(context, profile.error());
  const auto model =
      registry::load_model(registry::Registry(context.home / "models"), options.model);
  if (!model) return report_error(context, model.error());
  return file ? predict_file(context, options, **model, *profile)
              : predict_one(context, options, **model, *profile);
}

}  // namespace

void add_prediction(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb =
      root.add_subcommand("predict", "Predict one instant (--set), or a file's (--data)");
  auto options = std::make_shared<Options>();
  verb->add_option("--set", options->set,
                   "TAG=VALUE, repeatable; UCWIT, UCAIT, UCWF, UCAIH, AMBT and UCTSP are required");
  verb->add_option("--data", options->data, "Telemetry (CSV)");
  verb->add_option("--output", options->output, "CSV file to write");
  verb->add_option("--model", options->model, "A version, a bundle's folder, or current")
      ->capture_default_str();
  verb->callback([&context, &action, options] {
    action = [&context, options] { return predict(context, *options); };
  });
}

}  // namespace hvac::app
