// SPDX-License-Identifier: Apache-2.0 OR MIT
// The command line: wiring alone.
#include <CLI/CLI.hpp>

#include <sstream>

#include "harness/cli/commands.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/cli/version.h"

namespace gmc {

namespace {

// What the parser throws: asking for help or the version is no error; everything else is the user's.
ExitCode answer(const CLI::App& app, const CLI::ParseError& error) {
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
  add_diff(app, action);
  add_profile(app, action);
  add_run(app, action);
  add_minimize(app, action);
  add_merge(app, action);
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
