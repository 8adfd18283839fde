#include "alerts/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <vector>

#include "alerts/definitions.h"
#include "alerts/record.h"
#include "base/hash.h"
#include "base/iso_time.h"
#include "base/json.h"

namespace hvac::alerts {
namespace {

/// Four significant digits: enough for people.
std::string with_unit(double value, std::string_view unit) {
  return fmt::format("{:.4g}{}{}", value, unit.empty() ? "" : " ", unit);
}

/// What others named, as part of a line.
std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return text;
}

std::string where(const Alarm& alarm) {
  return alarm.key.asset.value.empty() ? std::string("program") : one_line(alarm.key.asset.value);
}

std::string how_sure(const Alarm& alarm) {
  if (!alarm.confidence) return "certain: it is measured directly";
  return fmt::format("{:.0f} % of it is explained by this cause", 100.0 * *alarm.confidence);
}

std::string text_of(const Alarm& alarm, Announce announce, std::string_view site) {
  const AlarmDefinition& d = definition(alarm.key.kind);
  std::string text = fmt::format("{}: {} [{}]\n", site, summary(alarm), name(alarm.severity));
  if (announce == Announce::returned) text += "It is over.\n";
  text += fmt::format("What:     {} ({})\nAsset:    {}\n", d.title, d.name, where(alarm));
  if (!alarm.key.subject.empty())
    text += fmt::format("Subject:  {}\n", one_line(alarm.key.subject));
  if (std::isfinite(alarm.value)) {
    text += fmt::format("Value:    {}\n", with_unit(alarm.value, alarm.unit));
  }
  if (std::isfinite(alarm.limit)) {
    text += fmt::format("Limit:    {}\n", with_unit(alarm.limit, alarm.unit));
  }
  text += fmt::format("Since:    {}\n", iso_text(alarm.since));
  text += fmt::format("How sure: {}\n", how_sure(alarm));
  if (!alarm.detail.empty()) text += fmt::format("Detail:   {}\n", one_line(alarm.detail));
  text += fmt::format("Meaning:  {}\n", d.meaning);
  text += fmt::format("To do:    {}\n", d.action);
  text +=
      fmt::format("Alert {}; `hvac-twin alerts ack {}` says that you know.\n", alarm.id, alarm.id);
  return text;
}

}  // namespace

std::string summary(const Alarm& alarm) {
  std::string text = fmt::format("{}: {}", where(alarm), definition(alarm.key.kind).title);
  if (!alarm.key.subject.empty()) text += fmt::format(" ({})", one_line(alarm.key.subject));
  if (std::isfinite(alarm.value)) {
    text += fmt::format(", {}", with_unit(alarm.value, alarm.unit));
    if (std::isfinite(alarm.limit)) {
      text += fmt::format(", limit {}", with_unit(alarm.limit, alarm.unit));
    }
  }
  return text;
}

Message message_of(const Alarm& alarm, Announce announce, std::string_view site) {
  const bool over = announce == Announce::returned;
  Message message;
  message.key = fmt::format("{}-{}-{}", alarm.id, alarm.occurrences, over ? "returned" : "raised");
  message.severity = alarm.severity;
  message.time = alarm.changed;
  message.subject =
      fmt::format("[{}] {}{}", name(alarm.severity), over ? "over: " : "", summary(alarm));
  message.text = text_of(alarm, announce, site);
  boost::json::object object = described(alarm);
  object.erase("history");
  object["event"] = over ? "returned" : "raised";
  object["site"] = site;
  message.json = json_text(object);
  return message;
}

Message digest_of(std::span<const Message> messages, std::size_t beyond, std::string_view site) {
  constexpr std::size_t kNamed = 20;
  std::vector<const Message*> order;
  for (const Message& message : messages) order.push_back(&message);
  std::ranges::stable_sort(order, std::greater{}, &Message::severity);

  const std::size_t all = messages.size() + beyond;
  const std::size_t named = std::min(order.size(), kNamed);
  Message digest;
  std::string keys;
  std::string lines;
  boost::json::array list;
  for (std::size_t i = 0; i < order.size(); ++i) {
    keys += order[i]->key + '\n';
    digest.time = std::max(digest.time, order[i]->time);
    if (i >= named) continue;
    lines += fmt::format("{} {}\n", iso_text(order[i]->time), order[i]->subject);
    list.push_back(boost::json::value({{"key", order[i]->key},
                                       {"subject", order[i]->subject},
                                       {"time", iso_text(order[i]->time)}}));
  }
  digest.key = "digest-" + sha256(keys).substr(0, 16);
  digest.severity = order.empty() ? Severity::info : order.front()->severity;
  digest.subject = fmt::format("[{}] {} more alerts", name(digest.severity), all);
  digest.text = fmt::format("{}: {} more alerts came faster than they may be sent one by one.\n{}",
                            site, all, lines);
  if (all > named) digest.text += fmt::format("... and {} more.\n", all - named);
  digest.text += "`hvac-twin alerts list` shows all that are open.\n";
  digest.json = json_text({{"event", "digest"},
                           {"site", site},
                           {"severity", name(digest.severity)},
                           {"count", all},
                           {"alerts", std::move(list)},
                           {"more", all - named}});
  return digest;
}

Message test_message(std::string_view by, TimePoint now, std::string_view site) {
  Message message;
  message.key = fmt::format("test-{}", now.time_since_epoch().count());
  message.severity = Severity::info;
  message.time = now;
  message.subject = fmt::format("[info] {}: test of the alerts", site);
  message.text = fmt::format(
      "{}: this is a test, asked for by {} at {}. Nothing is wrong: alerts arrive here.\n", site,
      by, iso_text(now));
  message.json = json_text({{"event", "test"},
                            {"site", site},
                            {"severity", "info"},
                            {"by", by},
                            {"time", iso_text(now)},
                            {"text", message.text}});
  return message;
}

}  // namespace hvac::alerts
