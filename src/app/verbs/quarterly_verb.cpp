#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "app/store_of.h"
#include "app/verbs/quarterly.h"
#include "app/verbs/verbs.h"
#include "base/files.h"

namespace hvac::app {
namespace {

struct Options {
  int days = 92;
  std::filesystem::path output;
};

int report(const Context& context, const Options& options) {
  const auto store = open_store(context);
  if (!store) return report_error(context, store.error());
  const auto made =
      quarterly_report(context, **store, system_clock()(), std::chrono::days(options.days));
  if (!made) return report_error(context, made.error());
  const std::filesystem::path folder =
      options.output.empty() ? context.home / "maintenance" : options.output;
  const std::string stem = "quarterly_" + made->date;
  const std::pair<const char*, std::string> files[] = {{".txt", quarterly_text(*made)},
                                                       {".json", quarterly_json(*made)},
                                                       {".html", quarterly_page(*made)}};
  for (const auto& [extension, text] : files) {
    if (auto written = write_file_atomically(folder / (stem + extension), text); !written) {
      return report_error(context, written.error());
    }
  }
  *context.out << (context.json ? files[1].second : files[0].second);
  *context.err << "written to " << (folder / stem).string() << ".txt, .json and .html (to print)\n";
  for (const QuarterlyCheck& check : made->checks) {
    if (!check.done) return exit_failed;
  }
  return exit_ok;
}

}  // namespace

void add_quarterly(CLI::App& root, Context& context, Action& action) {
  CLI::App* verb = root.add_subcommand("quarterly",
                                       "The quarterly report: checklist, accuracy, retrainings, "
                                       "changes; as text, JSON and a page to "
                                       "print (exit 1: something is left to do)");
  auto options = std::make_shared<Options>();
  verb->add_option("--days", options->days, "Of the period")
      ->check(CLI::Range(1, 3660))
      ->capture_default_str();
  verb->add_option("--output", options->output, "Folder (default: HOME/maintenance)");
  verb->callback([&context, &action, options] {
    action = [&context, options] { return report(context, *options); };
  });
}

}  // namespace hvac::app
