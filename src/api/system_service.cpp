#include "api/system_service.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#include <vector>

#include "api/json_writer.h"
#include "api/problem.h"
#include "api/process.h"
#include "api/request_values.h"
#include "api/shared.h"
#include "base/iso_time.h"
#include "live/fleet.h"
#include "store/store.h"

namespace hvac::api {

namespace {

constexpr std::int64_t kUsualLines = 200;
constexpr std::int64_t kMostLines = 5000;
constexpr std::int64_t kLongestLine = 400;  // As far as is read back for each line [bytes].

void number_of(JsonWriter& json, std::string_view key, std::uint64_t value) {
  json.key(key).integer(static_cast<std::int64_t>(value));
}

std::string host_name() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return host.data();
}

void write_intake(JsonWriter& json, const ingest::IntakeCounts& counts) {
  json.key("ingest").begin_object();
  number_of(json, "readings", counts.readings);
  number_of(json, "malformed", counts.malformed);
  number_of(json, "oversized", counts.oversized);
  number_of(json, "foreign", counts.foreign);
  number_of(json, "refused", counts.refused);
  number_of(json, "unknown_tags", counts.unknown_tags);
  number_of(json, "duplicate", counts.duplicate);
  number_of(json, "out_of_order", counts.out_of_order);
  number_of(json, "late", counts.late);
  number_of(json, "gapped", counts.gapped);
  number_of(json, "buffered", counts.buffered);
  number_of(json, "buffer_bytes", counts.buffer_bytes);
  number_of(json, "buffer_damaged", counts.buffer_damaged);
  json.key("last_refusal").text(counts.last_refusal);
  json.key("last_failure").text(counts.last_failure).end_object();
}

void write_link(JsonWriter& json, const mqtt::LinkStatus& link) {
  json.key("connected").boolean(link.connected);
  number_of(json, "connects", link.connects);
  number_of(json, "sessions_lost", link.sessions_lost);
  json.key("last_error").text(link.last_error);
}

void write_broker(JsonWriter& json, const StationStatus& status) {
  if (!status.incoming && !status.outgoing) return;
  json.key("mqtt").begin_object();
  if (status.incoming) {
    json.key("incoming").begin_object();
    write_link(json, status.incoming->link);
    json.key("subscribed").boolean(status.incoming->subscribed);
    number_of(json, "received", status.incoming->received);
    number_of(json, "acknowledged", status.incoming->acknowledged);
    json.end_object();
  }
  if (status.outgoing) {
    json.key("outgoing").begin_object();
    write_link(json, status.outgoing->link);
    number_of(json, "waiting", status.outgoing->waiting);
    number_of(json, "confirmed", status.outgoing->confirmed);
    number_of(json, "refused", status.outgoing->refused);
    number_of(json, "overflowed", status.outgoing->overflowed);
    number_of(json, "outcomes_held_back", status.outcomes_held_back);
    json.end_object();
  }
  json.end_object();
}

void write_process(JsonWriter& json, const std::filesystem::path& home) {
  const ProcessUse use = process_use();
  json.key("process").begin_object().key("pid").integer(::getpid());
  json.key("resident_bytes").number(use.resident_bytes).key("cpu_seconds").number(use.cpu_s);
  json.key("open_files").number(use.open_files).key("threads").number(use.threads).end_object();
  if (const auto disk = disk_space(home)) {
    json.key("disk").begin_object().key("free_bytes").number(disk->free_bytes);
    json.key("all_bytes").number(disk->all_bytes);
    json.key("free_percent").number(100.0 * disk->free_share).end_object();
  }
}

// Entries are numbered without gaps: the newest is found by halving.
Result<std::int64_t> last_audit(const store::Store& store) {
  std::int64_t known = 0;
  std::int64_t beyond = 1;
  const auto there = [&](std::int64_t number) -> Result<bool> {
    const auto entries = store.audit(number, 1);
    if (!entries) return fail(entries.error());
    return !entries->empty();
  };
  for (;; beyond *= 2) {
    const auto found = there(beyond);
    if (!found) return fail(found.error());
    if (!*found) break;
    known = beyond;
  }
  while (beyond - known > 1) {
    const std::int64_t middle = known + (beyond - known) / 2;
    const auto found = there(middle);
    if (!found) return fail(found.error());
    (*found ? known : beyond) = middle;
  }
  return known;
}

/// The last lines of a file.
std::vector<std::string> tail(const std::filesystem::path& file, std::size_t lines) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return {};
  const std::int64_t size = in.tellg();
  const std::int64_t begin =
      std::max<std::int64_t>(0, size - static_cast<std::int64_t>(lines) * kLongestLine);
  in.seekg(begin);
  std::vector<std::string> all;
  std::string line;
  if (begin > 0) std::getline(in, line);  // Cut off.
  while (std::getline(in, line)) all.push_back(line);
  if (all.size() > lines) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(lines));
  return all;
}

}  // namespace

std::vector<std::string> shortcomings(const StationStatus& status) {
  std::vector<std::string> list;
  if (!status.store_failure.empty()) list.push_back("the store is away: " + status.store_failure);
  if (status.incoming && !status.incoming->subscribed) {
    list.push_back("no telemetry from the broker: " + (status.incoming->link.last_error.empty()
                                                           ? std::string("not connected yet")
                                                           : status.incoming->link.last_error));
  }
  return list;
}

void write_system(const Shared& shared, const Request&, Response& response) {
  response.content_type = "application/json";
  JsonWriter json(response.body);
  json.begin_object().key("program_version").text(shared.program_version);
  json.key("time").text(iso_text(system_clock()())).key("host").text(host_name());
  json.key("profile").text(shared.profile->name);
  const StationStatus status = shared.station ? shared.station() : StationStatus{};
  json.key("started").text(iso_text(status.started));
  json.key("home").text(status.home.string()).key("demo").boolean(status.demo);
  json.key("roles").begin_array();
  for (const std::string& role : status.roles) json.text(role);
  json.end_array();
  json.key("store").begin_object().key("place").text(status.store);
  json.key("failure").text(status.store_failure).end_object();
  if (shared.fleet != nullptr) {
    const live::FleetMetrics& fleet = shared.fleet->metrics();
    json.key("assets").integer(static_cast<std::int64_t>(shared.fleet->views().size()));
    number_of(json, "samples_stored", fleet.samples_stored);
    number_of(json, "samples_repeated", fleet.samples_repeated);
    number_of(json, "outcomes_stored", fleet.outcomes);
  }
  if (status.intake) write_intake(json, *status.intake);
  write_broker(json, status);
  write_process(json, status.home);
  json.end_object();
}

void write_audit(const Shared& shared, const Request& request, Response& response) {
  if (shared.store == nullptr) {
    return refuse_with(404, "that part of the program does not run here", response);
  }
  RequestValues values(request);
  const auto limit = values.integer("limit", 100, 1, 10'000);
  if (values.refused(response)) return;
  const auto last = last_audit(*shared.store);
  if (!last) return write_problem(problem_of(last.error()), response);
  const auto first = std::max<std::int64_t>(1, *last - limit + 1);
  auto entries = shared.store->audit(first, static_cast<std::size_t>(limit));
  if (!entries) return write_problem(problem_of(entries.error()), response);
  std::ranges::reverse(*entries);
  response.content_type = "application/json";
  JsonWriter json(response.body);
  json.begin_array();
  for (const store::ChainedAudit& each : *entries) {
    json.begin_object().key("number").integer(each.number);
    json.key("time").text(iso_text(each.entry.time)).key("actor").text(each.entry.actor);
    json.key("action").text(each.entry.action).key("detail").text(each.entry.detail);
    json.key("hash").text(each.hash).end_object();
  }
  json.end_array();
}

void write_logs(const Shared& shared, const Request& request, Response& response) {
  if (!shared.station) {
    return refuse_with(404, "that part of the program does not run here", response);
  }
  constexpr std::string_view kLogs[] = {"api", "monitor"};
  RequestValues values(request);
  const auto lines = values.integer("lines", kUsualLines, 1, kMostLines);
  const std::string log(values.choice("log", kLogs));
  if (values.refused(response)) return;
  shared.log.flush();
  response.content_type = "application/json";
  JsonWriter json(response.body);
  json.begin_object().key("log").text(log).key("lines").begin_array();
  const auto file = shared.station().home / "logs" / (log + ".log");
  for (const std::string& line : tail(file, static_cast<std::size_t>(lines))) json.text(line);
  json.end_array().end_object();
}

}  // namespace hvac::api
