#include "drift/report.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <memory>

#include "drift/latch.h"

namespace hvac::drift {
namespace {

namespace json = boost::json;

struct Compared {
  Comparison result;
  json::object distributions;
};

Compared shifted(double by) {
  Rows current = autoregression(1000, 3, 0.5, 2);
  for (double& value : current.columns[1]) value += by;
  Window window(
      std::make_shared<const Reference>(*make_reference(autoregression(4000, 3, 0.5, 1))));
  window.add(current);
  return {compare(window, {}), distributions_json(window)};
}

TEST(Report, HasTheKeysPeopleReadFor) {
  const Compared compared = shifted(9.0);
  const json::object report = report_json(compared.result, {}, "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(report.at("timestamp").as_string(), "2026-01-01T00:00:00.000Z");
  const json::object& summary = report.at("summary").as_object();
  EXPECT_EQ(summary.at("overall_status").as_string(), "critical");
  EXPECT_EQ(summary.at("total_features").to_number<int>(), 3);
  EXPECT_EQ(summary.at("critical_features").to_number<int>(), 1);
  EXPECT_EQ(summary.at("warning_features").to_number<int>(), 0);
  EXPECT_EQ(summary.at("stable_features").to_number<int>(), 2);
  EXPECT_NEAR(summary.at("drift_percentage").to_number<double>(), 100.0 / 3.0, 1e-9);
  EXPECT_TRUE(summary.at("retrain_recommended").as_bool());
  EXPECT_EQ(summary.at("retrain_features"), json::array({"TAG2"}));
  const json::object& tags = summary.at("tags").as_object();
  EXPECT_EQ(tags.size(), 3U);
  EXPECT_EQ(tags.at("TAG2").as_object().at("status").as_string(), "critical");
  const json::object& feature = report.at("feature_drift").as_object().at("TAG2").as_object();
  EXPECT_EQ(feature.at("status").as_string(), "critical");
  EXPECT_GT(feature.at("psi").to_number<double>(), 0.5);
  EXPECT_NEAR(feature.at("mean_change").to_number<double>(), 9.0, 0.7);
  EXPECT_TRUE(feature.at("modes").as_object().contains("unknown"));
  for (const char* key : {"psi_expected", "psi_limit", "ks", "wasserstein", "std_change"}) {
    EXPECT_TRUE(feature.at(key).is_double()) << key;
  }
  EXPECT_NE(report_text(compared.result, {}).find("TAG2     critical"), std::string::npos);
  EXPECT_NE(advice(compared.result, {}).find("TAG2"), std::string::npos);
  EXPECT_EQ(advice(shifted(0.0).result, {}), "Nothing to do.");
}

TEST(Report, WithheldVerdictsSayWhyAndJudgeNothing) {
  Compared compared = shifted(9.0);
  EXPECT_GT(compared.result.largest_psi(), 0.5);
  withhold(compared.result, "Too early to tell.");
  EXPECT_EQ(compared.result.largest_psi(), 0.0);
  EXPECT_EQ(advice(compared.result, {}), "Too early to tell.");
  const json::object report = report_json(compared.result, {}, "");
  const json::object& summary = report.at("summary").as_object();
  EXPECT_EQ(summary.at("overall_status").as_string(), "insufficient_data");
  EXPECT_EQ(summary.at("critical_features").to_number<int>(), 0);
  EXPECT_TRUE(summary.at("largest_psi").is_null());
  const json::object& feature = report.at("feature_drift").as_object().at("TAG2").as_object();
  EXPECT_EQ(feature.at("status").as_string(), "insufficient_data");
  EXPECT_GT(feature.at("psi").to_number<double>(), 0.5) << "the numbers are still there to read";
}

TEST(Report, LargePsiThatIsNoDriftIsNotTheLargest) {
  Compared compared = shifted(0.0);
  FeatureDrift& first = compared.result.features.front();
  first.modes[first.worst].psi = 3.0;
  first.modes[first.worst].psi_status = Status::critical;
  first.modes[first.worst].significant = false;
  EXPECT_LT(compared.result.largest_psi(), 0.1);
}

TEST(Report, ShowsTheDistributions) {
  const json::object one =
      shifted(9.0).distributions.at("TAG2").as_object().at("unknown").as_object();
  EXPECT_EQ(one.at("bounds").as_array().size(), 9U);
  ASSERT_EQ(one.at("reference").as_array().size(), 10U);
  EXPECT_NEAR(one.at("reference").as_array()[0].to_number<double>(), 0.1, 1e-3);
  EXPECT_GT(one.at("current").as_array()[9].to_number<double>(), 0.9);
}

TEST(Latch, TellsDriftAndItsEndOnlyWhenTheyLast) {
  const Comparison drifted = shifted(9.0).result;
  const Comparison stable = shifted(0.0).result;
  Latch latch;
  const auto told = [&] { return latch.tags().at("TAG2").status; };
  latch.push(drifted, 3);
  latch.push(drifted, 3);
  EXPECT_EQ(told(), Status::stable);
  latch.push(stable, 3);  // Begins anew.
  latch.push(drifted, 3);
  latch.push(drifted, 3);
  EXPECT_EQ(told(), Status::stable);
  const Latch restored = Latch::from_json(latch.to_json());
  latch = restored;  // A restart does not lose the count.
  latch.push(drifted, 3);
  EXPECT_EQ(told(), Status::critical);
  latch.push(stable, 3);
  latch.push(stable, 3);
  EXPECT_EQ(told(), Status::critical);
  latch.push(stable, 3);
  EXPECT_EQ(told(), Status::stable);
  EXPECT_EQ(latch.tags().at("TAG1").status, Status::stable);
}

TEST(Latch, LeavesOutWhatMakesNoSense) {
  const json::value stored = json::parse(
      R"({"A":{"status":"critical","seen":"critical","windows":2},"B":{"status":"bad"},"C":3})");
  const Latch latch = Latch::from_json(stored);
  EXPECT_EQ(latch.tags().size(), 1U);
  EXPECT_EQ(latch.tags().at("A").windows, 2);
  EXPECT_TRUE(Latch::from_json(json::value(1)).tags().empty());
}

}  // namespace
}  // namespace hvac::drift
