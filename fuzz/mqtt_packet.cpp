#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mqtt/packet.h"

// Any bytes as a stream of packets from a broker; a PUBLISH that is understood is written and read
// back the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hvac::mqtt;
  constexpr std::size_t kLimit = 1 << 20;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (true) {
    const auto frame = next_frame(rest, kLimit);
    if (!frame || !*frame) return 0;
    rest.remove_prefix((*frame)->size);
    const auto packet = decode(**frame);
    if (!packet) continue;
    const auto* sent = std::get_if<Publish>(&*packet);
    if (sent == nullptr) continue;
    std::string bytes;
    if (!encode(bytes, *sent)) std::abort();
    const auto again = next_frame(bytes, 2 * kLimit);
    if (!again || !*again || (*again)->size != bytes.size()) std::abort();
    const auto read = decode(**again);
    if (!read) std::abort();
    const auto& got = std::get<Publish>(*read);
    if (got.topic != sent->topic || got.payload != sent->payload || got.id != sent->id ||
        got.retain != sent->retain || got.duplicate != sent->duplicate) {
      std::abort();
    }
  }
}
