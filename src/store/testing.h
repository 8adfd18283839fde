#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "store/store.h"

/// What the store's tests and benchmarks share.
namespace hvac::store {

/// A folder of its own that is gone afterwards.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "store-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline TimePoint at_ms(std::int64_t ms) { return TimePoint(std::chrono::milliseconds(ms)); }

/// 2026-01-01T00:00:00Z
inline constexpr std::int64_t kNewYearMs = 1'767'225'600'000;
inline constexpr TimeRange kAllTime{TimePoint{}, TimePoint{std::chrono::years{200}}};

inline std::shared_ptr<const Layout> layout_with(std::vector<std::string> series) {
  return std::make_shared<const Layout>(Layout{"test", std::move(series)});
}

inline Row row_of(const std::string& asset, std::int64_t ms,
                  const std::shared_ptr<const Layout>& layout, std::vector<double> values) {
  return Row{AssetId{asset}, at_ms(ms), layout, std::move(values), {}};
}

}  // namespace hvac::store
