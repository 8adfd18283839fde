#include "telemetry/profile.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "telemetry/judge.h"

using namespace hvac::telemetry;

// A profile is refused with file and line, or it is one that rows can be judged by.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto profile = parse_profile({reinterpret_cast<const char*>(data), size}, "fuzz.toml");
  if (!profile) {
    if (!profile.error().message.starts_with("fuzz.toml:")) std::abort();
    return 0;
  }
  const InstantJudge judge(std::make_shared<const AssetProfile>(*profile));
  std::vector<double> values(profile->tags.size(), 20.0);
  std::vector<Quality> quality(values.size());
  judge.judge(values, quality);
  return 0;
}
