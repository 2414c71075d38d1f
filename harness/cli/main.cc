// SPDX-License-Identifier: Apache-2.0 OR MIT
// The command line: wiring alone.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/cli/version.h"
#include "harness/program/suggestion.h"

namespace gmc {

namespace {

// What is wrong with the word that stands where a command should, or "" where one does or there is none: the parser only says that it
// missed one.
std::string unknown_command(const CLI::App& app) {
  const std::vector<std::string> words = app.remaining();
  if (!app.get_subcommands().empty() || words.empty()) return "";
  if (words.front().starts_with('-')) return fmt::format("{}: no such option before a command; --help says more", words.front());
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  std::ranges::sort(names);
  return fmt::format("unknown command '{}'{}; there are {}", words.front(), suggestion(words.front(), {names.begin(), names.end()}),
                     fmt::join(names, ", "));
}

// What the parser throws: asking for help or the version is no error; everything else is the user's.
ExitCode answer(const CLI::App& app, const CLI::ParseError& error) {
  if (const std::string unknown = unknown_command(app); !unknown.empty()) {
    complain(unknown);
    return ExitCode::kUsage;
  }
  std::ostringstream out;
  if (app.exit(error, out, out) == 0) {
    say_text(out.str());
    return ExitCode::kPassed;
  }
  complain(std::string(error.what()) + "; --help says more");
  return ExitCode::kUsage;
}

// Whatever else is to be said: what was printed and is lost cannot be judged by whoever reads it.
ExitCode unless_output_is_lost(ExitCode code) {
  const auto written = check_output();
  if (written) return code;
  complain(written.error());
  return ExitCode::kUnusable;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app("gmcheck checks guest memory against a contract and a reference.", "gmcheck");
  app.require_subcommand(1);
  app.footer(
      "B is a built-in backend or a path to a library, each with an optional :config.\n"
      "Exit codes: 0 passed, 1 a finding, 2 usage, 3 harness, plugin or output unusable, 4 nothing applied or a clause was not reached,\n"
      "5 a waiver has expired or is needless.");
  app.set_version_flag("--version", version_line(), "The versions of gmcheck, contract, report.json and plugin ABI");
  Action action;
  add_conformance(app, action);
  add_fuzz(app, action);
  add_corpus(app, action);
  add_diff(app, action);
  add_profile(app, action);
  add_run(app, action);
  add_minimize(app, action);
  add_emit(app, action);
  add_merge(app, action);
  add_vectors(app, action);
  add_new(app, action);
  add_backends(app, action);
  add_explain(app, action);
  add_power(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return static_cast<int>(unless_output_is_lost(answer(app, error)));
  }
  return static_cast<int>(unless_output_is_lost(action()));
}

}  // namespace gmc
