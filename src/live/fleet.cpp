#include "live/fleet.h"

#include <fmt/format.h>

#include <chrono>
#include <unordered_map>
#include <utility>

#include "base/share_out.h"
#include "live/stored_view.h"

namespace hvac::live {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// Smaller batches are not worth another thread.
constexpr std::size_t kShared = 256;

/// An asset that is first seen in the store is shown with its last samples of this time.
constexpr std::chrono::minutes kShownBefore{2};

void count(std::atomic<std::uint64_t>& counter, std::int64_t n) {
  counter.fetch_add(static_cast<std::uint64_t>(n), std::memory_order_relaxed);
}

}  // namespace

/// One asset's place.
struct Fleet::Seat {
  Seat(const AssetId& asset, const Site& site, const std::shared_ptr<const Serving>& serving)
      : twin(asset, site, serving) {}

  AssetTwin twin;
  std::string committed;  ///< What the store has of it; empty: nothing.
  // Of the batch under way.
  std::vector<const ingest::RawReading*> readings;
  Produced produced;
  std::string bytes;
};

struct Fleet::Work {
  std::unordered_map<std::string, std::unique_ptr<Seat>> seats;
  std::vector<Seat*> busy;  ///< With readings in the batch under way.
};

Fleet::Fleet(std::shared_ptr<const telemetry::AssetProfile> profile, ModelPointer model,
             store::Store& into, FleetOptions options)
    : site_(std::move(profile)),
      store_(into),
      options_(std::move(options)),
      serving_(std::make_shared<const Serving>(std::move(model))),
      work_(std::make_unique<Guarded<Work>>()) {}

Fleet::~Fleet() = default;

void Fleet::listen(Listener listener) { listeners_.push_back(std::move(listener)); }

void Fleet::use(ModelPointer model) {
  serving_.with([&](std::shared_ptr<const Serving>& current) {
    if (current->model != model) current = std::make_shared<const Serving>(std::move(model));
  });
}

std::string Fleet::state_name(const AssetId& asset) const {
  return "twin/" + asset.value + (options_.worker.empty() ? "" : "@" + options_.worker);
}

Result<Fleet::Seat*> Fleet::seat_of(Work& work, const AssetId& asset,
                                    const std::shared_ptr<const Serving>& with) {
  const auto found = work.seats.find(asset.value);
  if (found != work.seats.end()) return found->second.get();
  auto stored = store_.state(state_name(asset));
  if (!stored && stored.error().code != ErrorCode::corrupt) return fail(stored.error());
  auto seat = std::make_unique<Seat>(asset, site_, with);
  Result<void> restored;
  if (!stored) restored = fail(stored.error());
  if (stored && *stored) restored = seat->twin.restore(**stored);
  if (!restored) {
    count(metrics_.damaged_states, 1);
    options_.warn("the twin of " + asset.value + " begins anew: " + restored.error().message);
  } else if (*stored) {
    seat->committed = std::move(**stored);
  }
  return work.seats.emplace(asset.value, std::move(seat)).first->second.get();
}

Result<void> Fleet::gather(Work& work, std::span<const ingest::RawReading> readings) {
  const auto serving = serving_.with([](const auto& current) { return current; });
  for (const ingest::RawReading& reading : readings) {
    if (reading.values.size() != site_.profile->tags.size()) {
      return fail(
          ErrorCode::invalid_argument,
          fmt::format("{} values for the {} tags of the profile '{}'", reading.values.size(),
                      site_.profile->tags.size(), site_.profile->name));
    }
    const auto seat = seat_of(work, reading.asset, serving);
    if (!seat) return fail(seat.error());
    if ((*seat)->readings.empty()) {
      (*seat)->twin.serve(serving);
      work.busy.push_back(*seat);
    }
    (*seat)->readings.push_back(&reading);
  }
  return {};
}

void Fleet::step(Seat& seat, TimePoint now) {
  const auto begin = SteadyClock::now();
  for (const ingest::RawReading* reading : seat.readings) {
    seat.twin.take(*reading, now, seat.produced);
  }
  seat.bytes = seat.twin.bytes();
  const auto n = static_cast<std::int64_t>(seat.readings.size());
  metrics_.inference.observe((SteadyClock::now() - begin) / n, seat.readings.size());
}

store::Batch Fleet::take_batch(Work& work) {
  store::Batch batch;
  const auto move_all = [](auto& from, auto& to) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
  };
  for (Seat* seat : work.busy) {
    move_all(seat->produced.samples, batch.samples);
    move_all(seat->produced.outcomes, batch.outcomes);
    move_all(seat->produced.findings, batch.findings);
    if (seat->bytes != seat->committed) {
      batch.states.push_back({state_name(seat->twin.asset()), seat->bytes});
    }
  }
  return batch;
}

// Each twin is again what the store has of it.
void Fleet::take_back(Work& work) {
  for (Seat* seat : work.busy) {
    // Bytes of this program are read back; without any it begins anew, which is what it was.
    static_cast<void>(seat->twin.restore(seat->committed));
    seat->produced = {};
    seat->readings.clear();
  }
  work.busy.clear();
}

void Fleet::show(Work& work) {
  std::vector<ViewPointer> all;
  views_.with([&](std::map<AssetId, ViewPointer>& views) {
    for (Seat* seat : work.busy) {
      std::vector<ViewPointer>& fresh = seat->produced.views;
      if (!fresh.empty()) views[seat->twin.asset()] = fresh.back();
      all.insert(all.end(), fresh.begin(), fresh.end());
      fresh.clear();
      seat->committed.swap(seat->bytes);
      seat->readings.clear();
    }
  });
  work.busy.clear();
  if (all.empty()) return;
  for (const Listener& listener : listeners_) listener(all);
}

Result<void> Fleet::commit(std::span<const ingest::RawReading> readings) {
  if (readings.empty()) return {};
  const Result<void> done = work_->with([&](Work& work) { return commit(work, readings); });
  failure_.with([&](std::string& failure) { failure = done ? "" : done.error().message; });
  return done;
}

Result<void> Fleet::commit(Work& work, std::span<const ingest::RawReading> readings) {
  const auto begin = SteadyClock::now();
  if (auto gathered = gather(work, readings); !gathered) {
    for (Seat* seat : work.busy) seat->readings.clear();
    work.busy.clear();
    return gathered;
  }
  const TimePoint now = options_.clock();
  share_out(readings.size() < kShared ? 1 : options_.threads, work.busy.size(),
            [&](std::size_t i) { step(*work.busy[i], now); });
  const store::Batch batch = take_batch(work);
  const auto stepped = SteadyClock::now();
  const auto report = store_.commit(batch);
  const auto end = SteadyClock::now();
  metrics_.commit.observe(end - stepped);
  if (!report) {
    count(metrics_.failed_commits, 1);
    take_back(work);
    return fail(report.error());
  }
  count(metrics_.samples_stored, report->samples.stored);
  count(metrics_.samples_repeated, report->samples.repeated);
  count(metrics_.samples_refused, report->samples.refused);
  count(metrics_.outcomes, report->outcomes.stored);
  metrics_.ingest.observe(end - begin, readings.size());
  show(work);
  return {};
}

Result<std::vector<ViewPointer>> Fleet::stored_since(const store::AssetSummary& asset) const {
  TimePoint from = asset.last - kShownBefore;
  if (const auto shown = view(asset.asset)) {
    from = (*shown)->outcome.time + std::chrono::milliseconds{1};
  }
  const store::TimeRange range{from, asset.last + std::chrono::milliseconds{1}};
  std::map<TimePoint, store::Row> samples;
  auto read = store_.visit(store::Stream::samples, asset.asset, range,
                           [&](const store::Row& row) -> Result<void> {
                             samples.insert_or_assign(row.time, row);
                             return {};
                           });
  if (!read) return fail(read.error());
  std::vector<ViewPointer> fresh;
  read = store_.visit(
      store::Stream::outcomes, asset.asset, range, [&](const store::Row& row) -> Result<void> {
        const auto sample = samples.find(row.time);
        if (sample == samples.end()) return {};
        fresh.push_back(std::make_shared<const AssetView>(stored_view(site_, sample->second, row)));
        return {};
      });
  if (!read) return fail(read.error());
  return fresh;
}

Result<void> Fleet::catch_up() {
  const auto assets = store_.assets();
  if (!assets) return fail(assets.error());
  for (const store::AssetSummary& asset : *assets) {
    const auto fresh = stored_since(asset);
    if (!fresh) return fail(fresh.error());
    if (fresh->empty()) continue;
    views_.with([&](auto& views) { views[asset.asset] = fresh->back(); });
    for (const Listener& listener : listeners_) listener(*fresh);
  }
  return {};
}

std::vector<ViewPointer> Fleet::views() const {
  return views_.with([](const auto& views) {
    std::vector<ViewPointer> all;
    for (const auto& [asset, view] : views) all.push_back(view);
    return all;
  });
}

Result<ViewPointer> Fleet::view(const AssetId& asset) const {
  return views_.with([&](const auto& views) -> Result<ViewPointer> {
    const auto found = views.find(asset);
    if (found != views.end()) return found->second;
    std::string known;
    for (const auto& [id, view] : views) known += (known.empty() ? "" : ", ") + id.value;
    return fail(ErrorCode::not_found, "asset " + asset.value + " has sent nothing" +
                                          (known.empty() ? "" : "; there are " + known));
  });
}

}  // namespace hvac::live
