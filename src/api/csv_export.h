#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/body_source.h"
#include "store/store.h"

namespace hvac::api {

/// Series of an asset as CSV, "timestamp;A;B": a row per instant, empty where there is no good
/// value. Read from the store piece by piece. One connection's thread.
class CsvExport : public BodySource {
 public:
  /// `store` must outlive it.
  CsvExport(const store::Store& store, AssetId asset, std::vector<std::string> series,
            store::TimeRange range)
      : store_(store), asset_(std::move(asset)), series_(std::move(series)), range_(range) {}

  State next(std::string& piece) override;

 private:
  const store::Store& store_;
  const AssetId asset_;
  const std::vector<std::string> series_;
  store::TimeRange range_;  ///< Of what is still to come.
  bool begun_ = false;
};

}  // namespace hvac::api
