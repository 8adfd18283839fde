#include "alerts/definitions.h"

#include <fmt/format.h>

#include <algorithm>

namespace hvac::alerts {
namespace {

using std::chrono::seconds;
using enum AlarmKind;
using enum Severity;

constexpr seconds kAtOnce{0};
constexpr seconds kMinute{60};

// clang-format off
constexpr std::array<AlarmDefinition, kAlarmKindCount> kDefinitions = {{
    {departure, "departure", warning, Group::cooler, "the cooler departs from its twin",
     "Air outlet, water outlet or air flow stay beside what the twin predicts by more than its usual error. "
     "The subject is the likeliest cause; all targets that it explains are one alarm.",
     "Compare the named tag with a hand instrument. Then look at what the cause says: coil (filter, fins, air in the "
     "water), water_flow (valve, strainer, pump), fan (belt, filter, damper), sensor (the outlet sensors).",
     kMinute, seconds{300}, 0.2, Worse::above, Latching::no, Renewal::each_run},
    {sensor_bad, "sensor_bad", warning, Group::cooler, "a sensor gives little or nothing believable",
     "The tag has been missing, out of range, stuck or contradicting in many samples of late. The twin goes on without it; "
     "what is calculated from it is suppressed.",
     "Check the sensor, its wiring and its input module; replace or recalibrate it.",
     seconds{30}, kMinute, 0.0, Worse::above, Latching::no, Renewal::each_run},
    {outside_training, "outside_training", info, Group::cooler, "conditions the model was not trained on",
     "The inputs lie outside what the training data cover: first principles take over from the trees and the "
     "interval says less.",
     "Nothing at once. When it lasts or comes back, retrain with these data.",
     seconds{300}, seconds{300}, 0.1, Worse::above, Latching::no, Renewal::each_run},
    {heat_balance_open, "heat_balance_open", warning, Group::cooler, "air and water disagree about the heat",
     "The heat that the air loses is not what the water takes up, by more than two standard deviations of the "
     "measurement: one of the sensors it is made of is wrong.",
     "Compare UCAIT, UCAOT, UCWIT, UCWOT, UCAF and UCWF with hand instruments, the flows first.",
     kMinute, seconds{300}, 0.2, Worse::above, Latching::no, Renewal::each_run},
    {coil_fouled, "coil_fouled", warning, Group::cooler, "the coil has lost conductance",
     "The coil carries clearly less heat than when it was clean. Cooling falls short before anything else shows.",
     "Clean the air filter and the fins; then check the water side for air and scale.",
     seconds{30}, seconds{300}, 0.05, Worse::below, Latching::no, Renewal::each_run},
    {stale_data, "stale_data", warning, Group::telemetry, "no telemetry",
     "Nothing has come from the asset for too long: nothing about it can be judged.",
     "Check that the cooler's controller runs, its network and its MQTT settings.",
     kAtOnce, seconds{10}, 0.0, Worse::above, Latching::no, Renewal::each_run},
    {drift_warning, "drift_warning", info, Group::model, "a tag drifts from the reference",
     "The tag's values are distributed otherwise than in the training data (PSI at or above the warning threshold).",
     "Look at the drift report. Season and mode changes need nothing; a sensor that creeps needs calibration.",
     kAtOnce, kAtOnce, 0.0, Worse::above, Latching::no, Renewal::until_gone},
    {drift_critical, "drift_critical", critical, Group::model, "a tag has drifted far from the reference",
     "The tag's values are distributed so differently from the training data (PSI at or above the critical threshold) "
     "that predictions from it deserve less trust.",
     "Look at the drift report; check the sensor; if the change is real, retrain or rebaseline.",
     kAtOnce, kAtOnce, 0.0, Worse::above, Latching::no, Renewal::until_gone},
    {accuracy_low, "accuracy_low", warning, Group::model, "predictions are worse than the model card says",
     "The error against what was measured lately is clearly above the error of the model card.",
     "Look for departures and bad sensors first; if the cooler is well, retrain.",
     kAtOnce, kAtOnce, 0.1, Worse::above, Latching::no, Renewal::until_gone},
    {model_fault, "model_fault", critical, Group::model, "the model does not work",
     "The model could not be loaded, or gave no number: the last working one goes on, if there is one.",
     "Run `hvac-twin models verify`; roll back with `hvac-twin models rollback`.",
     kAtOnce, kAtOnce, 0.0, Worse::above, Latching::yes, Renewal::each_run},
    {retrain_advised, "retrain_advised", info, Group::model, "the model should be trained again",
     "Drift or accuracy say that the model no longer fits the plant.",
     "Run `hvac-twin retrain`; the gate decides whether the new model is better.",
     kAtOnce, kAtOnce, 0.0, Worse::above, Latching::no, Renewal::until_gone},
    {store_away, "store_away", critical, Group::storage, "nothing can be stored",
     "The database is away, locked or full. Readings wait in a buffer on disk; nothing is lost while it has room.",
     "Check the disk and the database server; it goes on by itself when the cause is gone.",
     seconds{10}, seconds{10}, 0.0, Worse::above, Latching::no, Renewal::each_run},
    {broker_away, "broker_away", warning, Group::telemetry, "no connection to the MQTT broker",
     "The broker does not answer: no telemetry comes in and no results go out over MQTT.",
     "Check the broker, the network and the credentials; the program reconnects by itself.",
     kAtOnce, seconds{10}, 0.0, Worse::above, Latching::no, Renewal::each_run},
    {disk_low, "disk_low", warning, Group::storage, "the disk is filling up",
     "Free space on the disk of the instance folder is below the warning limit.",
     "Remove what is not needed; shorten retention; prune backups with `hvac-twin backup prune`.",
     kAtOnce, kMinute, 0.05, Worse::below, Latching::no, Renewal::each_run},
    {disk_full, "disk_full", critical, Group::storage, "the disk is almost full",
     "Free space on the disk of the instance folder is below the critical limit: soon nothing can be stored.",
     "Make room now: prune backups with `hvac-twin backup prune`, remove old files, or enlarge the disk.",
     kAtOnce, kMinute, 0.05, Worse::below, Latching::no, Renewal::each_run},
    {queue_full, "queue_full", warning, Group::storage, "readings come faster than they are stored",
     "A queue or buffer is nearly full. When it is full, the broker holds the rest.",
     "Check the store's speed and the number of assets; look for a sender that floods.",
     seconds{30}, kMinute, 0.1, Worse::above, Latching::no, Renewal::each_run},
    {data_lost, "data_lost", critical, Group::storage, "readings were dropped",
     "Readings could not be kept and are gone.",
     "Find out why in the log; acknowledge when the gap is noted.",
     kAtOnce, kAtOnce, 0.0, Worse::above, Latching::yes, Renewal::each_run},
    {certificate_expiring, "certificate_expiring", warning, Group::upkeep, "a certificate expires soon",
     "After its last day nobody can connect over TLS.",
     "Renew the named certificate and put it in place; the program takes the new one by itself.",
     kAtOnce, kAtOnce, 0.0, Worse::below, Latching::no, Renewal::each_run},
    {backup_failed, "backup_failed", critical, Group::upkeep, "the backup failed",
     "The last backup was not made or did not verify: a loss of the disk would lose what came since the one before.",
     "Read the reason; run `hvac-twin backup create` by hand.",
     kAtOnce, kAtOnce, 0.0, Worse::above, Latching::no, Renewal::until_gone},
    {backup_overdue, "backup_overdue", warning, Group::upkeep, "no backup for too long",
     "The newest backup is older than it may be.",
     "Check the timer of the backups; run `hvac-twin backup create`.",
     kAtOnce, kAtOnce, 0.0, Worse::above, Latching::no, Renewal::each_run},
    {maintenance_overdue, "maintenance_overdue", info, Group::upkeep, "maintenance is due",
     "Nobody has signed this level of maintenance in its time.",
     "Run `hvac-twin maintenance LEVEL` and sign it.",
     kAtOnce, kAtOnce, 0.0, Worse::above, Latching::no, Renewal::each_run},
    {audit_broken, "audit_broken", critical, Group::storage, "the audit trail does not verify",
     "An entry of the audit trail was changed or is missing.",
     "Keep the database as it is; compare it with the last backup; find out who had access.",
     kAtOnce, kAtOnce, 0.0, Worse::above, Latching::yes, Renewal::until_gone},
    {kpi_critical, "kpi_critical", warning, Group::upkeep, "a performance indicator is critical",
     "The indicator is beyond its critical limit.",
     "Run `hvac-twin health` and `hvac-twin diagnostics`.",
     kMinute, kMinute, 0.05, Worse::above, Latching::no, Renewal::each_run},
    {delivery_failed, "delivery_failed", warning, Group::upkeep, "alerts do not get out",
     "A channel cannot deliver. Its alerts wait on disk and are tried again; the other channels go on.",
     "Run `hvac-twin alerts test --channel NAME`: it says exactly what happens.",
     kAtOnce, kAtOnce, 0.0, Worse::above, Latching::no, Renewal::each_run},
}};

using enum Reach;
using enum Touches;

// A cause must become an alarm no later than its effects: a test compares their delays.
constexpr Dependence kDependences[] = {
    {broker_away, stale_data, everywhere, anything},
    {stale_data, departure, same_asset, anything},
    {stale_data, sensor_bad, same_asset, anything},
    {stale_data, outside_training, same_asset, anything},
    {stale_data, heat_balance_open, same_asset, anything},
    {stale_data, coil_fouled, same_asset, anything},
    {sensor_bad, departure, same_asset, what_it_feeds},
    {sensor_bad, outside_training, same_asset, what_it_feeds},
    {sensor_bad, heat_balance_open, same_asset, what_it_feeds},
    {sensor_bad, coil_fouled, same_asset, what_it_feeds},
    {coil_fouled, departure, same_asset, what_it_feeds},
    {heat_balance_open, departure, same_asset, what_it_feeds},
    {model_fault, departure, everywhere, anything},
    {drift_critical, drift_warning, same_asset, same_subject},
    {disk_full, disk_low, same_asset, same_subject},
    {disk_full, store_away, same_asset, anything},
    {disk_full, backup_failed, same_asset, anything},
    {store_away, queue_full, same_asset, anything},
    {backup_failed, backup_overdue, same_asset, anything},
};
// clang-format on

/// What a tag that is not to be believed spoils, other than itself. The speed signals of the fan
/// are three: one of them may be wrong.
struct Feeds {
  std::string_view tag;
  bool prediction;    ///< All predictions are made from it.
  bool heat_balance;  ///< One side of the balance is.
  bool conductance;   ///< The coil's health index is.
};
constexpr Feeds kFeeds[] = {
    {"UCAIT", true, true, true},  {"UCWIT", true, true, true},  {"UCAIH", true, true, true},
    {"UCWF", true, true, true},   {"UCAOT", false, true, true}, {"UCWOT", false, true, false},
    {"UCAF", false, true, false},
};

bool feeds(std::string_view tag, AlarmKind effect) {
  const auto* found = std::ranges::find(kFeeds, tag, &Feeds::tag);
  if (found == std::end(kFeeds)) return false;
  switch (effect) {
    case heat_balance_open:
      return found->heat_balance;
    case coil_fouled:
      return found->conductance;
    default:
      return found->prediction;
  }
}

bool touches(const Dependence& line, const AlarmKey& cause, const AlarmKey& effect) {
  switch (line.touches) {
    case anything:
      return true;
    case same_subject:
      return cause.subject == effect.subject;
    case what_it_feeds:
      // The subject of a departure is its likely cause.
      if (cause.kind == coil_fouled) return effect.subject == "coil";
      if (cause.kind == heat_balance_open) return effect.subject == "sensor";
      break;
  }
  return feeds(cause.subject, effect.kind);
}

std::string delay_text(seconds delay) {
  return delay == kAtOnce ? "at once" : fmt::format("{} s", delay.count());
}

}  // namespace

const std::array<AlarmDefinition, kAlarmKindCount>& alarm_definitions() { return kDefinitions; }

const AlarmDefinition& definition(AlarmKind kind) {
  return kDefinitions[static_cast<std::size_t>(kind)];
}

std::span<const Dependence> dependences() { return kDependences; }

bool explains(const AlarmKey& cause, const AlarmKey& effect) {
  return std::ranges::any_of(kDependences, [&](const Dependence& line) {
    return line.cause == cause.kind && line.effect == effect.kind &&
           (line.reach == everywhere || cause.asset == effect.asset) &&
           touches(line, cause, effect);
  });
}

std::string definitions_markdown() {
  std::string text =
      "| alarm | severity | what it means | what to do | comes after | goes after | deadband | "
      "latching |\n"
      "|---|---|---|---|---|---|---|---|\n";
  for (const AlarmDefinition& d : kDefinitions) {
    text += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} |\n", d.name, name(d.severity),
                        d.meaning, d.action, delay_text(d.on_delay), delay_text(d.off_delay),
                        d.deadband > 0.0 ? fmt::format("{:.0f} %", 100.0 * d.deadband) : "",
                        d.latching == Latching::yes ? "yes" : "");
  }
  text += "\n| while this holds | these are suppressed |\n|---|---|\n";
  for (const AlarmDefinition& d : kDefinitions) {
    std::string effects;
    for (const Dependence& line : kDependences) {
      if (line.cause != d.kind) continue;
      if (!effects.empty()) effects += ", ";
      effects += fmt::format("`{}`", definition(line.effect).name);
      if (line.reach == everywhere) effects += " of every asset";
      if (line.touches == same_subject) effects += " of the same subject";
      if (line.touches == what_it_feeds) {
        effects += d.kind == coil_fouled         ? " caused by the coil"
                   : d.kind == heat_balance_open ? " caused by a sensor"
                                                 : " if it is made from that tag";
      }
    }
    if (!effects.empty()) text += fmt::format("| `{}` | {} |\n", d.name, effects);
  }
  return text;
}

}  // namespace hvac::alerts
