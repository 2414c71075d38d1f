// SPDX-License-Identifier: Apache-2.0 OR MIT
// The sub-commands. Each has a file of its own, which adds its options and says what to do when it is chosen.
#ifndef GMCHECK_HARNESS_CLI_COMMANDS_H
#define GMCHECK_HARNESS_CLI_COMMANDS_H

#include <functional>

#include "harness/cli/exit_code.h"

namespace CLI {
class App;
}

namespace gmc {

// What the chosen command does once the whole command line is parsed.
using Action = std::function<ExitCode()>;

void add_backends(CLI::App& app, Action& action);
void add_conformance(CLI::App& app, Action& action);
void add_corpus(CLI::App& app, Action& action);
void add_diff(CLI::App& app, Action& action);
void add_emit(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);
void add_fuzz(CLI::App& app, Action& action);
void add_merge(CLI::App& app, Action& action);
void add_minimize(CLI::App& app, Action& action);
void add_new(CLI::App& app, Action& action);
void add_power(CLI::App& app, Action& action);
void add_profile(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_vectors(CLI::App& app, Action& action);

// gmcheck's whole command line; answers the exit code of the process.
[[nodiscard]] int run_command_line(int argc, char** argv);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_COMMANDS_H
