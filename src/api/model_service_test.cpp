#include "api/model_service.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <memory>

#include "api/test_support.h"
#include "base/json.h"

namespace hvac::api {
namespace {

using testing::Client;
using testing::RunningService;

const registry::Provenance kWho{"anna", "a test", "rig.csv", "abc"};

/// A service with two versions of a small model.
class ModelServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto folder = service_.folder / "models";
    control_ = std::make_unique<ModelControl>(
        ModelControl{registry::Registry(folder), registry::ProposalBook(folder), folder, {}});
    for (const double shift : {0.0, 1.0}) {
      ASSERT_TRUE(control_->models.register_candidate(
          twin::bundle_files(testing::small_parts(shift)).value(), kWho));
    }
    service_.shared.models = control_.get();
  }

  boost::json::value get(const std::string& path, unsigned status = 200) {
    Client client(service_.server->port());
    const auto answer = client.get(path);
    EXPECT_EQ(answer.result_int(), status) << answer.body();
    return parse_json(answer.body()).value();
  }
  boost::json::value post(const std::string& path, const std::string& body, unsigned status = 200) {
    Client client(service_.server->port());
    const auto answer = client.post(path, body);
    EXPECT_EQ(answer.result_int(), status) << answer.body();
    return parse_json(answer.body()).value();
  }

  RunningService service_;
  std::unique_ptr<ModelControl> control_;
};

TEST_F(ModelServiceTest, ListsVersionsAndTellsOfOne) {
  const auto list = get("/api/v1/models");
  EXPECT_EQ(list.at("current"), "v1");
  EXPECT_TRUE(list.at("previous").is_null());
  EXPECT_EQ(list.at("models").as_array().size(), 2u);
  const auto one = get("/api/v1/models/v2");
  EXPECT_EQ(one.at("parent"), "v1");
  EXPECT_EQ(one.at("lineage").as_array().size(), 2u);
  EXPECT_TRUE(one.at("verdict").is_null());
  EXPECT_TRUE(one.at("card").is_object());
  get("/api/v1/models/v9", 404);
  EXPECT_EQ(get("/api/v1/models/nine", 422).at("field"), "version");
  EXPECT_EQ(get("/api/v1/models/history?limit=1").at("events").as_array().size(), 1u);
  EXPECT_EQ(get("/api/v1/shadow").at("running"), false);
}

TEST_F(ModelServiceTest, PromotesAndRollsBack) {
  EXPECT_EQ(post("/api/v1/models/promote", R"({"version":"v2","note":"better"})").at("current"),
            "v2");
  post("/api/v1/models/promote", R"({"version":"v2"})", 409);
  post("/api/v1/models/promote", R"({})", 422);
  EXPECT_EQ(post("/api/v1/models/rollback", R"({"note":"no"})").at("current"), "v1");
  post("/api/v1/models/rollback", "{}", 409);
  const auto event = get("/api/v1/models/history").at("events").as_array().at(1);
  EXPECT_EQ(event.at("change"), "promoted");
  EXPECT_EQ(event.at("by"), "local");
  EXPECT_EQ(event.at("reason"), "better");
}

TEST_F(ModelServiceTest, ProposalsAreAcceptedAndRejected) {
  registry::ProposalBook book = control_->proposals;
  ASSERT_TRUE(book.open(
      {registry::ProposalKind::promote, "retraining", "it is better", registry::Version{2}, "x"}));
  ASSERT_TRUE(book.open({registry::ProposalKind::retrain, "drift", "PSI", std::nullopt, "x"}));
  EXPECT_EQ(get("/api/v1/proposals").at("proposals").as_array().at(0).at("id"), 2)
      << "newest first";
  EXPECT_EQ(post("/api/v1/proposals/1/accept", R"({"note":"go"})").at("state"), "accepted");
  EXPECT_EQ(get("/api/v1/models").at("current"), "v2");
  EXPECT_EQ(post("/api/v1/proposals/2/reject", R"({"note":"no"})").at("note"), "no");
  const auto retrain = registry::ProposalKind::retrain;
  ASSERT_TRUE(book.open({.kind = retrain,
                         .trigger = "equipment",
                         .text = "a",
                         .version = {},
                         .by = "anna",
                         .since = "2026-11-24T08:15:00.000Z"}));
  control_->waits_for = [](const registry::Proposal& p) { return p.since.empty() ? "" : "more"; };
  const auto proposals = get("/api/v1/proposals").at("proposals").as_array();
  EXPECT_EQ(proposals.at(0).at("waits_for"), "more");
  EXPECT_FALSE(proposals.at(1).as_object().contains("waits_for"));
  post("/api/v1/proposals/2/accept", "{}", 409);
  post("/api/v1/proposals/7/accept", "{}", 404);
}

}  // namespace
}  // namespace hvac::api
