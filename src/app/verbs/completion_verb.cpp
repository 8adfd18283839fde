#include <CLI/CLI.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "app/verbs/manual.h"
#include "app/verbs/verbs.h"

namespace hvac::app {
namespace {

// "data check" -> the words that may follow: its subcommands and options.
struct Entry {
  std::string path;
  std::string words;
};

void collect(const CLI::App& app, const std::string& path, std::vector<Entry>& entries) {
  std::string words;
  for (const CLI::App* sub : app.get_subcommands({})) words += sub->get_name() + " ";
  for (const CLI::App* level = &app; level != nullptr; level = level->get_parent()) {
    for (const CLI::Option* option : level->get_options({})) {
      for (const std::string& name : option->get_lnames()) {
        if (level == &app || name != "version") words += "--" + name + " ";
      }
    }
    if (level->get_parent() != nullptr && !level->get_fallthrough()) break;
  }
  entries.push_back({path, words});
  for (const CLI::App* sub : app.get_subcommands({})) {
    collect(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), entries);
  }
}

std::string bash_script(const std::vector<Entry>& entries) {
  std::string text = R"(# bash completion for hvac-twin; use: source <(hvac-twin completion bash)
_hvac_twin() {
  local current=${COMP_WORDS[COMP_CWORD]} path="" word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *)
      local longer="${path:+$path }$word"
      [ -n "${_hvac_twin_words[$longer]+x}" ] && path=$longer ;;
    esac
  done
  COMPREPLY=($(compgen -W "${_hvac_twin_words[$path]:-${_hvac_twin_words[.]}}" -- "$current"))
  [ ${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "$current"))
}
declare -gA _hvac_twin_words=(
)";
  for (const Entry& entry : entries) {
    text += "  [\"" + (entry.path.empty() ? "." : entry.path) + "\"]=\"" + entry.words + "\"\n";
  }
  return text + ")\ncomplete -o filenames -F _hvac_twin hvac-twin\n";
}

// zsh runs bash's completion functions itself.
std::string zsh_script(const std::vector<Entry>& entries) {
  return "autoload -Uz bashcompinit && bashcompinit\n" + bash_script(entries);
}

std::string fish_script(const std::vector<Entry>& entries) {
  std::string text = "# fish completion for hvac-twin; use: hvac-twin completion fish | source\n";
  for (const Entry& entry : entries) {
    std::string condition = "__fish_use_subcommand";
    if (!entry.path.empty()) {
      condition = "true";
      std::size_t begin = 0;
      while (begin <= entry.path.size()) {
        const std::size_t end = std::min(entry.path.find(' ', begin), entry.path.size());
        condition += "; and __fish_seen_subcommand_from " + entry.path.substr(begin, end - begin);
        begin = end + 1;
      }
    }
    text += "complete -c hvac-twin -n '" + condition + "' -a '" + entry.words + "'\n";
  }
  return text;
}

}  // namespace

void add_completion(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb =
      root.add_subcommand("completion", "Print a shell's completion script, or the manual page");
  auto shell = std::make_shared<std::string>("bash");
  verb->add_option("shell", *shell,
                   "bash, zsh, fish; or man: the manual page, to be read with man -l")
      ->check(CLI::IsMember({"bash", "zsh", "fish", "man"}))
      ->capture_default_str();
  verb->callback([&root, &context, &action, shell] {
    action = [&root, &context, shell] {
      if (*shell == "man") {
        *context.out << manual_page(root, context.version);
        return static_cast<int>(exit_ok);
      }
      std::vector<Entry> entries;
      collect(root, "", entries);
      *context.out << (*shell == "bash"  ? bash_script(entries)
                       : *shell == "zsh" ? zsh_script(entries)
                                         : fish_script(entries));
      return static_cast<int>(exit_ok);
    };
  });
}

}  // namespace hvac::app
