#include "api/model_watcher.h"

#include <gtest/gtest.h>

#include <fstream>

#include "api/service.h"
#include "api/test_support.h"
#include "base/files.h"
#include "registry/load_model.h"

namespace hvac::api {
namespace {

const registry::Provenance kWho{"anna", "a test", "", ""};

class ModelWatcherTest : public ::testing::Test {
 protected:
  ModelWatcherTest()
      : folder_(testing::fresh_folder()),
        models_(folder_ / "models"),
        log_(RequestLog::open(folder_ / "api.log").value()) {
    for (const double shift : {0.0, 5.0}) {
      const auto files = twin::bundle_files(testing::small_parts(shift)).value();
      EXPECT_TRUE(models_.register_candidate(files, kWho));
    }
    slot_.emplace(registry::load_model(models_, "current").value());
  }
  ~ModelWatcherTest() override { std::filesystem::remove_all(folder_); }

  std::string serving() const { return slot_->model()->info().version; }
  void damage(const char* version) const {
    std::ofstream(folder_ / "models" / version / "extra", std::ios::app) << "x";
  }

  std::filesystem::path folder_;
  registry::Registry models_;
  std::unique_ptr<RequestLog> log_;
  std::optional<ModelSlot> slot_;
  Metrics metrics_{route_labels()};
};

TEST_F(ModelWatcherTest, APromotionTakesEffect) {
  ModelWatcher watcher(models_, "current", *slot_, metrics_, *log_);
  watcher.check();
  EXPECT_EQ(serving(), "v1");
  ASSERT_TRUE(models_.promote({2}, kWho));
  watcher.check();
  EXPECT_EQ(serving(), "v2");
  ASSERT_TRUE(models_.rollback(kWho));
  watcher.check();
  EXPECT_EQ(serving(), "v1");
}

TEST_F(ModelWatcherTest, ADamagedModelIsLoggedOnceAndTheGoodOneGoesOn) {
  ModelWatcher watcher(models_, "current", *slot_, metrics_, *log_);
  ASSERT_TRUE(models_.promote({2}, kWho));
  damage("v2");
  for (int i = 0; i < 3; ++i) watcher.check();
  EXPECT_EQ(serving(), "v1");
  ASSERT_TRUE(slot_->fault());
  EXPECT_NE(slot_->fault()->find("extra"), std::string::npos);
  log_->flush();
  const std::string log = read_file(folder_ / "api.log").value();
  EXPECT_NE(log.find("ERROR model not swapped: "), std::string::npos) << log;
  EXPECT_EQ(log.find("ERROR"), log.rfind("ERROR")) << "once";

  ASSERT_TRUE(models_.rollback(kWho));
  watcher.check();
  EXPECT_FALSE(slot_->fault());
}

TEST_F(ModelWatcherTest, AChosenVersionIsNotLeftForTheCurrentOne) {
  ModelWatcher watcher(models_, "v1", *slot_, metrics_, *log_);
  ASSERT_TRUE(models_.promote({2}, kWho));
  watcher.check();
  EXPECT_EQ(serving(), "v1");
  watcher.reload();
  EXPECT_EQ(serving(), "v1");
}

}  // namespace
}  // namespace hvac::api
