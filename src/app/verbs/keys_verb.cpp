#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <memory>
#include <ostream>
#include <string>

#include "access/key_file.h"
#include "app/audit_log.h"
#include "app/verbs/verbs.h"
#include "base/iso_time.h"
#include "base/json.h"

namespace hvac::app {
namespace {

namespace json = boost::json;
using access::KeyRecord;

struct Options {
  std::string which;  ///< Name, or also id.
  std::string role = "viewer";
  int expires_days = 0;  ///< 0: never.
  int grace_hours = 0;
  bool all = false;
};

std::string time_text(const std::optional<TimePoint>& time) {
  return time ? iso_text(*time) : "never";
}

json::object object_of(const KeyRecord& key, TimePoint now) {
  const auto optional = [](const std::optional<TimePoint>& time) {
    return time ? json::value(iso_text(*time)) : json::value(nullptr);
  };
  return {{"id", key.id},
          {"name", key.name},
          {"role", access::name(key.role)},
          {"state", access::name(state_of(key, now))},
          {"created", iso_text(key.created)},
          {"expires", optional(key.expires)},
          {"revoked", optional(key.revoked)}};
}

void note(const Context& context, std::string_view action, const KeyRecord& key) {
  note_audit(context, action,
             fmt::format("{} key {} of {}", access::name(key.role), key.id, key.name));
}

void show_new(const Context& context, const access::NewKey& made, TimePoint now) {
  json::object object = object_of(made.record, now);
  object["key"] = made.text;
  if (context.json) {
    *context.out << json_text(object, JsonLayout::pretty);
    return;
  }
  *context.out << fmt::format("{}\n", made.text);
  *context.err << fmt::format(
      "This is the {} key of {} (id {}, expires: {}). It is shown this once: only its hash is "
      "kept.\n",
      access::name(made.record.role), made.record.name, made.record.id,
      time_text(made.record.expires));
}

int create(const Context& context, const Options& options) {
  const TimePoint now = system_clock()();
  std::optional<TimePoint> expires;
  if (options.expires_days > 0) expires = now + std::chrono::days(options.expires_days);
  const auto made = access::create_key(context.home, options.which,
                                       *access::role_named(options.role), expires, now);
  if (!made) return report_error(context, made.error());
  show_new(context, *made, now);
  note(context, "keys create", made->record);
  return exit_ok;
}

int list(const Context& context) {
  const auto keys = access::read_keys(context.home);
  if (!keys) return report_error(context, keys.error());
  const TimePoint now = system_clock()();
  if (context.json) {
    json::array all;
    for (const KeyRecord& key : *keys) all.push_back(object_of(key, now));
    *context.out << json_text(all, JsonLayout::pretty);
    return exit_ok;
  }
  if (keys->empty()) {
    *context.out << "there are no keys: everybody on this machine may do everything, and nobody "
                    "else is served\n";
    return exit_ok;
  }
  *context.out << fmt::format("{:<9} {:<20} {:<9} {:<8} {:<25} {}\n", "ID", "NAME", "ROLE", "STATE",
                              "CREATED", "EXPIRES");
  for (const KeyRecord& key : *keys) {
    *context.out << fmt::format("{:<9} {:<20} {:<9} {:<8} {:<25} {}\n", key.id, key.name,
                                access::name(key.role), access::name(state_of(key, now)),
                                iso_text(key.created), time_text(key.expires));
  }
  return exit_ok;
}

int revoke(const Context& context, const Options& options) {
  const TimePoint now = system_clock()();
  const auto revoked = access::revoke_key(context.home, options.which, now);
  if (!revoked) return report_error(context, revoked.error());
  note(context, "keys revoke", *revoked);
  if (context.json) {
    *context.out << json_text(object_of(*revoked, now), JsonLayout::pretty);
  } else {
    *context.out << fmt::format("the {} key {} of {} is worth nothing any more\n",
                                access::name(revoked->role), revoked->id, revoked->name);
  }
  return exit_ok;
}

int rotate_all(const Context& context, const Options& options) {
  const TimePoint now = system_clock()();
  const auto keys = access::read_keys(context.home);
  if (!keys) return report_error(context, keys.error());
  json::array all;
  for (const KeyRecord& key : *keys) {
    if (state_of(key, now) != access::KeyState::active) continue;
    const auto made =
        access::rotate_key(context.home, key.id, std::chrono::hours(options.grace_hours), now);
    if (!made) return report_error(context, made.error());
    note(context, "keys rotate", made->record);
    json::object object = object_of(made->record, now);
    object["key"] = made->text;
    all.push_back(std::move(object));
    if (!context.json) {
      *context.out << fmt::format("{:<20} {:<9} {}\n", made->record.name,
                                  access::name(made->record.role), made->text);
    }
  }
  if (context.json) *context.out << json_text(all, JsonLayout::pretty);
  return exit_ok;
}

int rotate(const Context& context, const Options& options) {
  if (options.all == !options.which.empty()) {
    return report_error(context, {ErrorCode::invalid_argument,
                                  "keys rotate needs the id or name of one key, or --all"});
  }
  if (options.all) return rotate_all(context, options);
  const TimePoint now = system_clock()();
  const auto made =
      access::rotate_key(context.home, options.which, std::chrono::hours(options.grace_hours), now);
  if (!made) return report_error(context, made.error());
  show_new(context, *made, now);
  note(context, "keys rotate", made->record);
  return exit_ok;
}

}  // namespace

void add_keys(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand("keys", "API keys: who may ask the server for what");
  verb->require_subcommand(1);
  auto options = std::make_shared<Options>();
  const auto act = [&context, &action, options](auto function) {
    return [&context, &action, options, function] {
      action = [&context, options, function] { return function(context, *options); };
    };
  };
  CLI::App* make = verb->add_subcommand("create", "Make a key and show it, this once");
  make->add_option("--name,name", options->which, "Of whom it is; stands in the audit")->required();
  make->add_option("--role", options->role, "viewer, operator or admin")
      ->check(CLI::IsMember({"viewer", "operator", "admin"}))
      ->capture_default_str();
  make->add_option("--expires-days,--expires", options->expires_days,
                   "Days until it expires; 0: never")
      ->check(CLI::Range(0, 3650))
      ->capture_default_str();
  make->callback(act(create));
  CLI::App* all = verb->add_subcommand("list", "All keys with role and state");
  all->callback(act([](const Context& c, const Options&) { return list(c); }));
  CLI::App* end = verb->add_subcommand("revoke", "Make a key worthless, also for a running server");
  end->add_option("key", options->which, "Its id or name")->required();
  end->callback(act(revoke));
  CLI::App* renew = verb->add_subcommand(
      "rotate", "Replace a key by a new one of the same name, role and time to live");
  renew->add_option("key", options->which, "Its id or name");
  renew->add_flag("--all", options->all, "Every active key");
  renew->add_option("--grace-hours", options->grace_hours, "How long the old one still counts")
      ->check(CLI::Range(0, 8760))
      ->capture_default_str();
  renew->callback(act(rotate));
}

}  // namespace hvac::app
