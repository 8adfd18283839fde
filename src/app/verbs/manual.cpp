#include "app/verbs/manual.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace hvac::app {
namespace {

constexpr std::string_view kFiles = R"(.SH FILES
Everything of an instance lies in its folder (option \fB\-\-home\fR):
.TP
.I config.toml
What the instance is told to do otherwise than by default.
.TP
.I models/
Versions of the models, their history, and which of them is current.
.TP
.I data/
Stored telemetry, outcomes, alerts and the audit log.
.TP
.I logs/
Logs of the program, one file per part.
.TP
.I monitoring/
Drift reports.
.TP
.I backups/
Backups, unless they are configured to lie elsewhere.
.TP
.I maintenance/
Signed logs of maintenance.
.PP
The package keeps its instance in
.IR /var/lib/hvac-twin ;
.I /etc/default/hvac-twin
holds the options of its service.
)";

constexpr std::string_view kSeeAlso = R"(.SH SEE ALSO
.BR systemctl (1),
.BR mosquitto (8)
.PP
The documentation lies in
.IR /usr/share/doc/hvac-twin ;
a running server shows its API at the path
.IR /docs .
)";

/// Text as roff must have it: nothing in it is a request or an escape.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (out.empty() || out.back() == '\n') {
      if (c == '.' || c == '\'') out += "\\&";
      if (c == ' ' || c == '\n') continue;  // An indented or empty line would break the paragraph.
    }
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escaped(text) + "\\fR"; }

/// "--port UINT": its names and what follows them.
std::string option_names(const CLI::Option& option) {
  std::string text;
  for (const std::string& name : option.get_snames()) text += bold("-" + name) + ", ";
  for (const std::string& name : option.get_lnames()) text += bold("--" + name) + ", ";
  if (text.empty()) text = italic(option.get_name()) + ", ";
  text.resize(text.size() - 2);
  const std::string type = option.get_type_name();
  if (!option.get_positional() && option.get_type_size() != 0 && !type.empty()) {
    text += " " + italic(type.substr(0, type.find(':')));
  }
  if (option.get_expected_max() > 1) text += " ...";
  return text;
}

/// What the help says of it: meaning, limits, default, environment.
std::string option_text(const CLI::Option& option) {
  std::string text = escaped(option.get_description());
  std::vector<std::string> notes;
  if (option.get_required()) notes.emplace_back("required");
  const std::string type = option.get_type_name();
  if (const auto colon = type.find(':'); colon != std::string::npos) {
    const std::string limits = type.substr(colon + 1);
    // A limit that repeats the type ("INT in [1 - 4]") says it twice.
    const auto in = limits.find(" in ");
    notes.push_back(in == std::string::npos ? limits : limits.substr(in + 1));
  }
  if (!option.get_default_str().empty()) notes.push_back("default " + option.get_default_str());
  if (!option.get_envname().empty()) notes.push_back("environment " + option.get_envname());
  if (!notes.empty()) text += " (" + escaped(fmt::format("{}", fmt::join(notes, "; "))) + ")";
  return text;
}

void write_options(const CLI::App& app, std::string& text) {
  for (const CLI::Option* option : app.get_options({})) {
    const bool help = option == app.get_help_ptr() && app.get_parent() != nullptr;
    if (help || option->get_group().empty()) continue;  // Said once; hidden.
    text += ".TP\n" + option_names(*option) + "\n" + option_text(*option) + "\n";
  }
}

std::string synopsis(const CLI::App& app, const std::string& path) {
  std::string text = bold(path);
  std::string positionals;
  bool options = false;
  for (const CLI::Option* option : app.get_options({})) {
    if (!option->get_positional()) {
      options = options || option->get_name() != "--help";
      continue;
    }
    const std::string name =
        italic(option->get_name()) + (option->get_expected_max() > 1 ? " ..." : "");
    positionals += option->get_required() ? " " + name : " [" + name + "]";
  }
  if (options) text += " [" + italic("options") + "]";
  return text + positionals;
}

void write_command(const CLI::App& app, const std::string& path, std::string& text) {
  const std::vector<const CLI::App*> below = app.get_subcommands({});
  text += ".SS " + synopsis(app, path) + "\n" + escaped(app.get_description()) + ".\n";
  if (!below.empty()) {
    text += ".PP\nCommands:";
    for (const CLI::App* sub : below) text += " " + bold(sub->get_name());
    text += "\n";
  }
  write_options(app, text);
  for (const CLI::App* sub : below) write_command(*sub, path + " " + sub->get_name(), text);
}

}  // namespace

std::string manual_page(const CLI::App& root, const std::string& version) {
  const std::string program = root.get_name();
  const std::string description = root.get_description();
  const auto colon = description.find(": ");
  std::string text = fmt::format(".TH HVAC\\-TWIN 1 \"\" \"{} {}\" \"User Commands\"\n",
                                 escaped(program), escaped(version));
  text += ".SH NAME\n" + escaped(program) + " \\- " +
          escaped(colon == std::string::npos ? description : description.substr(colon + 2)) + "\n";
  text += ".SH SYNOPSIS\n" + bold(program) + " [" + italic("options") + "] " + italic("command") +
          " [" + italic("options") + "]\n";
  text +=
      ".SH DESCRIPTION\n"
      "It takes telemetry of the coolers in, knows whether to believe it, predicts what each "
      "cooler\n"
      "should be doing with an honest interval, says when and why the real one parts from that, "
      "and\n"
      "keeps its own models, data and backups healthy.\n";
  text += ".SH OPTIONS\nThese stand on every command.\n";
  write_options(root, text);
  text += ".SH COMMANDS\n";
  for (const CLI::App* sub : root.get_subcommands({})) {
    write_command(*sub, sub->get_name(), text);
  }
  text += ".SH \"EXIT STATUS\"\n" + escaped(root.get_footer()) + "\n";
  text += kFiles;
  text += kSeeAlso;
  return text;
}

}  // namespace hvac::app
