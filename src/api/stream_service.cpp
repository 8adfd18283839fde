#include "api/stream_service.h"

#include <charconv>
#include <memory>
#include <string>

#include "api/event_hub.h"
#include "api/problem.h"
#include "api/request_values.h"
#include "api/shared.h"
#include "api/view_json.h"
#include "store/store.h"

namespace hvac::api {
namespace {

constexpr std::size_t kMostBehind = 16 * 1024 * 1024;  // bytes
constexpr std::size_t kMostFromStore = 5000;           // events
/// Samples may be this much older than the moment they came.
constexpr std::chrono::minutes kTransit{1};

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The outcomes between what the follower has and what is remembered, with numbers between them.
void fill_from_store(const store::Store& store, const std::optional<AssetId>& wanted,
                     std::uint64_t after, const EventHub::Gap& gap, EventQueue& queue) {
  const auto assets = store.assets();
  if (!assets) return;
  std::uint64_t id = after;
  std::string text;
  std::string data;
  for (const store::AssetSummary& asset : *assets) {
    if (wanted && asset.asset != *wanted) continue;
    const store::TimeRange range{gap.since - kTransit, asset.last + std::chrono::milliseconds{1}};
    const auto visited = store.visit(store::Stream::outcomes, asset.asset, range,
                                     [&](const store::Row& row) -> Result<void> {
                                       if (id + 1 >= gap.oldest || id - after >= kMostFromStore) {
                                         return fail(ErrorCode::interrupted, "enough");
                                       }
                                       data.clear();
                                       JsonWriter json(data);
                                       write_stored_outcome(json, row);
                                       append_event(text, "outcome", ++id, data);
                                       return {};
                                     });
    if (!visited) break;
  }
  if (!text.empty()) queue.push(text);
}

}  // namespace

void write_stream(const Shared& shared, const Request& request, Response& response) {
  if (shared.events == nullptr) {
    return refuse_with(404, "that part of the program does not run here", response);
  }
  RequestValues values(request);
  const auto named = values.text("asset");
  auto last = values.text("last_event_id");
  if (values.refused(response)) return;
  if (!request.last_event_id.empty()) last = std::string(request.last_event_id);
  std::optional<std::uint64_t> after;
  if (last) after = number_in(*last);
  if (last && !after) {
    return write_problem({422, "wrong_value", "last_event_id is no number of an event",
                          "last_event_id", *last, "a whole number", ""},
                         response);
  }
  std::optional<AssetId> asset;
  if (named) asset = AssetId{*named};
  auto queue = std::make_shared<EventQueue>(kMostBehind);
  queue->push(": hvac-twin\n\n");  // The answer begins at once, also when nothing happens.
  shared.events->follow(queue, asset, after, [&](const EventHub::Gap& gap, EventQueue& into) {
    if (shared.store != nullptr) fill_from_store(*shared.store, asset, *after, gap, into);
  });
  write_events(std::move(queue), response);
}

}  // namespace hvac::api
