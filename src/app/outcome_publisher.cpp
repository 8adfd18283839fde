#include "app/outcome_publisher.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "api/view_json.h"
#include "base/json.h"

namespace hvac::app {
namespace {

constexpr std::string_view kStatusTopic = "hvac/status";

std::string status_text(std::string_view status, const std::string& version) {
  return json_text({{"status", status}, {"version", version}});
}

}  // namespace

Result<std::unique_ptr<OutcomePublisher>> OutcomePublisher::start(
    mqtt::ClientOptions client, const std::string& program_version, PublishRate rate) {
  mqtt::PublisherOptions options;
  client.will =
      mqtt::Will{std::string(kStatusTopic), status_text("offline", program_version), true};
  client.greeting =
      mqtt::Message{std::string(kStatusTopic), status_text("online", program_version), true};
  options.client = std::move(client);
  auto publisher = mqtt::Publisher::start(std::move(options));
  if (!publisher) return fail(publisher.error());
  std::unique_ptr<OutcomePublisher> made(new OutcomePublisher(rate));
  made->publisher_ = std::move(*publisher);
  return made;
}

bool OutcomePublisher::allows(State& state, const live::AssetView& view, Time now) const {
  Allowance& allowance =
      state.allowances.try_emplace(view.asset, Allowance{rate_.burst, now}).first->second;
  const double passed_s = std::chrono::duration<double>(now - allowance.at).count();
  allowance.left = std::min(rate_.burst, allowance.left + passed_s * rate_.per_second);
  allowance.at = now;
  if (allowance.left < 1.0) return false;
  allowance.left -= 1.0;
  return true;
}

void OutcomePublisher::publish(std::span<const live::ViewPointer> views) {
  const Time now = std::chrono::steady_clock::now();
  state_.with([&](State& state) {
    for (const live::ViewPointer& view : views) {
      if (!allows(state, *view, now)) {
        ++state.counts.held_back;
        continue;
      }
      std::string text;
      api::JsonWriter json(text);
      api::write_view(json, *view);
      // What it has no room for it counts itself.
      if (publisher_->publish({"hvac/" + view->asset.value + "/twin", std::move(text)})) {
        ++state.counts.published;
      }
    }
  });
}

}  // namespace hvac::app
