// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck: wiring alone.
#include <CLI/CLI.hpp>

#include "harness/cli/commands.h"
#include "harness/cli/version.h"

int main(int argc, char** argv) {
  CLI::App app("gmcheck checks guest memory against a contract and a reference.", "gmcheck");
  app.require_subcommand(1);
  app.footer(
      "B is a built-in backend or a path to a library, each with an optional :config.\n"
      "Exit codes: 0 passed, 1 a finding, 2 usage, 3 harness or plugin unusable, 4 nothing applied or a clause was not reached,\n"
      "5 a waiver has expired or is needless.");
  app.set_version_flag("--version", gmc::version_line(), "The versions of gmcheck, contract, report.json and plugin ABI");
  gmc::Action action;
  gmc::add_conformance(app, action);
  gmc::add_run(app, action);
  gmc::add_minimize(app, action);
  gmc::add_merge(app, action);
  gmc::add_backends(app, action);
  gmc::add_explain(app, action);
  gmc::add_power(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Asking for help is no error; everything else that the parser throws is the user's.
    return app.exit(error) == 0 ? static_cast<int>(gmc::ExitCode::kPassed) : static_cast<int>(gmc::ExitCode::kUsage);
  }
  return static_cast<int>(action());
}
