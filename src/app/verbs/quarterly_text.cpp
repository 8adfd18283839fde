#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>
#include <utility>

#include "app/verbs/quarterly.h"
#include "base/json.h"

namespace hvac::app {
namespace {

namespace json = boost::json;

std::string figure(double value, int digits) {
  return std::isnan(value) ? "-" : fmt::format("{:.{}f}", value, digits);
}

/// The report's lists by their headings.
std::vector<std::pair<const char*, const std::vector<QuarterlyEvent>*>> lists(
    const QuarterlyReport& r) {
  return {{"Retrainings", &r.retrainings},
          {"Changes of models", &r.models},
          {"Open proposals", &r.proposals},
          {"Drift reports", &r.drift},
          {"Alerts", &r.alerts},
          {"Changes of settings", &r.settings}};
}

constexpr std::size_t kShown = 20;  // Of a list, on paper.

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

json::array events_json(const std::vector<QuarterlyEvent>& events) {
  json::array list;
  for (const QuarterlyEvent& event : events) {
    list.push_back({{"time", event.time}, {"text", event.text}});
  }
  return list;
}

}  // namespace

std::string quarterly_text(const QuarterlyReport& r) {
  std::string text = fmt::format(
      "Quarterly Report\n\nDate: {}\nEngineer: {}\nPeriod: {} to {}\nModel: {}\n\n", r.date,
      r.engineer, r.from.substr(0, 10), r.to.substr(0, 10),
      r.model.empty() ? "none"
                      : fmt::format("{}, made {} from {} ({} instants)", r.model,
                                    r.model_created.substr(0, 10), r.model_data, r.model_samples));
  for (const QuarterlyCheck& check : r.checks) {
    text += fmt::format("[ {} ] {}: {}\n", check.done ? "✓" : " ", check.name, check.found);
  }
  text += fmt::format(
      "\nAccuracy in the period, fan on\n  {:<6} {:>8} {:>8} {:>12} {:>9} {:>9} "
      "{:>9}\n",
      "", "n", "R2", "R2 tracking", "MAE", "cover90", "card R2");
  for (const LiveAccuracy& a : r.accuracy) {
    text += fmt::format("  {:<6} {:>8} {:>8} {:>12} {:>9} {:>9} {:>9}\n", a.target, a.n,
                        figure(a.r2, 4), figure(a.r2_tracking, 4), figure(a.mae, 3),
                        figure(a.coverage90, 3), figure(a.card_r2, 4));
  }
  for (const auto& [heading, events] : lists(r)) {
    text += fmt::format("\n{}: {}\n", heading, events->size());
    for (std::size_t i = 0; i < std::min(events->size(), kShown); ++i) {
      text += fmt::format("  {}  {}\n", (*events)[i].time.substr(0, 16), (*events)[i].text);
    }
  }
  for (const std::string& log : r.retraining_logs) text += "\n" + log;
  return text + "\nNotes:\n\nSignature: __________\n";
}

std::string quarterly_json(const QuarterlyReport& r) {
  json::array checks;
  for (const QuarterlyCheck& check : r.checks) {
    checks.push_back({{"name", check.name}, {"done", check.done}, {"found", check.found}});
  }
  json::array accuracy;
  for (const LiveAccuracy& a : r.accuracy) {
    accuracy.push_back({{"target", a.target},
                        {"n", a.n},
                        {"r2", a.r2},
                        {"r2_tracking", a.r2_tracking},
                        {"mae", a.mae},
                        {"coverage90", a.coverage90},
                        {"card_r2", a.card_r2}});
  }
  json::array logs;
  for (const std::string& log : r.retraining_logs) logs.emplace_back(log);
  return json_text({{"date", r.date},
                    {"engineer", r.engineer},
                    {"from", r.from},
                    {"to", r.to},
                    {"model",
                     {{"version", r.model},
                      {"created", r.model_created},
                      {"data", r.model_data},
                      {"instants", r.model_samples}}},
                    {"checklist", std::move(checks)},
                    {"accuracy", std::move(accuracy)},
                    {"retrainings", events_json(r.retrainings)},
                    {"retraining_logs", std::move(logs)},
                    {"model_changes", events_json(r.models)},
                    {"open_proposals", events_json(r.proposals)},
                    {"drift_reports", events_json(r.drift)},
                    {"alerts", events_json(r.alerts)},
                    {"setting_changes", events_json(r.settings)}},
                   JsonLayout::pretty);
}

std::string quarterly_page(const QuarterlyReport& r) {
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<title>Quarterly report "
      "{}</title>\n<style>\nbody{{font:11pt/1.45 sans-serif;max-width:180mm;margin:12mm auto;"
      "color:#111}}\nh1{{font-size:18pt}}h2{{font-size:13pt;margin-top:8mm;break-after:avoid}}\n"
      "table{{border-collapse:collapse;width:100%}}th,td{{border-bottom:1px solid #bbb;padding:1mm "
      "2mm;text-align:left;vertical-align:top}}\ntd.n,th.n{{text-align:right}}"
      "pre{{border:1px solid #bbb;padding:3mm;white-space:pre-wrap;break-inside:avoid}}\n"
      ".sign{{margin-top:15mm;border-top:1px solid #111;width:70mm}}\n"
      "@media print{{body{{margin:0}}}}\n</style></head><body>\n",
      escaped(r.date));
  page += fmt::format(
      "<h1>Quarterly report</h1>\n<p>Date: {}<br>Engineer: {}<br>Period: {} to {}<br>Model: "
      "{}</p>\n",
      escaped(r.date), escaped(r.engineer), escaped(r.from.substr(0, 10)),
      escaped(r.to.substr(0, 10)), r.model.empty() ? "none" : escaped(r.model));
  page += "<h2>Checklist</h2>\n<table>\n";
  for (const QuarterlyCheck& check : r.checks) {
    page += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n", check.done ? "☑" : "☐",
                        escaped(check.name), escaped(check.found));
  }
  page +=
      "</table>\n<h2>Accuracy in the period, fan on</h2>\n<table>\n<tr><th>Target</th><th "
      "class=\"n\">n</th><th class=\"n\">R²</th><th class=\"n\">R² tracking</th><th "
      "class=\"n\">MAE</th><th class=\"n\">90 % intervals hold</th><th class=\"n\">R² of the "
      "card</th></tr>\n";
  for (const LiveAccuracy& a : r.accuracy) {
    page += fmt::format(
        "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
        "class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
        a.target, a.n, figure(a.r2, 4), figure(a.r2_tracking, 4), figure(a.mae, 3),
        figure(a.coverage90, 3), figure(a.card_r2, 4));
  }
  page += "</table>\n";
  for (const auto& [heading, events] : lists(r)) {
    page += fmt::format("<h2>{} ({})</h2>\n<table>\n", heading, events->size());
    for (std::size_t i = 0; i < std::min(events->size(), kShown); ++i) {
      page += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n",
                          escaped((*events)[i].time.substr(0, 16)), escaped((*events)[i].text));
    }
    page += "</table>\n";
  }
  for (const std::string& log : r.retraining_logs) {
    page += "<pre>" + escaped(log) + "</pre>\n";
  }
  return page +
         "<h2>Notes</h2>\n<p style=\"height:30mm\"></p>\n<p class=\"sign\">Signature</p>\n"
         "</body></html>\n";
}

}  // namespace hvac::app
