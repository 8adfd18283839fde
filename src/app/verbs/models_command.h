#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "app/context.h"
#include "app/operator_name.h"
#include "registry/registry.h"

/// What the commands about models share.
namespace hvac::app {

/// A change that whoever runs the program makes.
inline registry::Provenance made_for(const std::string& reason) {
  return {operator_name(), reason, "", ""};
}

template <class Options>
struct Added {
  CLI::App* verb;
  std::shared_ptr<Options> options;  ///< Of this command alone.
};

/// Adds the command `name` to `parent`: when it is called, `command` is done with its options.
/// `context` and `action` outlive the parsing and the action.
template <class Options, class Command>
Added<Options> add_command(CLI::App& parent, const char* name, const char* help, Context& context,
                           Action& action, Command command) {
  CLI::App* verb = parent.add_subcommand(name, help);
  const auto options = std::make_shared<Options>();
  verb->callback([&context, &action, options, command] {
    action = [&context, options, command] { return command(context, *options); };
  });
  return {verb, options};
}

}  // namespace hvac::app
