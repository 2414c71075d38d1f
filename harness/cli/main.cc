// SPDX-License-Identifier: Apache-2.0 OR MIT
// The command line: wiring alone.
#include <CLI/CLI.hpp>

#include "harness/cli/commands.h"
#include "harness/cli/version.h"

namespace gmc {

int run_command_line(int argc, char** argv) {
  CLI::App app("gmcheck checks guest memory against a contract and a reference.", "gmcheck");
  app.require_subcommand(1);
  app.footer(
      "B is a built-in backend or a path to a library, each with an optional :config.\n"
      "Exit codes: 0 passed, 1 a finding, 2 usage, 3 harness or plugin unusable, 4 nothing applied or a clause was not reached,\n"
      "5 a waiver has expired or is needless.");
  app.set_version_flag("--version", version_line(), "The versions of gmcheck, contract, report.json and plugin ABI");
  Action action;
  add_conformance(app, action);
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
    // Asking for help is no error; everything else that the parser throws is the user's.
    return app.exit(error) == 0 ? static_cast<int>(ExitCode::kPassed) : static_cast<int>(ExitCode::kUsage);
  }
  return static_cast<int>(action());
}

}  // namespace gmc
