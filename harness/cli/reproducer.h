// SPDX-License-Identifier: Apache-2.0 OR MIT
// The C source of a program that was replayed (harness/emit), and whether it shows what it is to show.
#ifndef GMCHECK_HARNESS_CLI_REPRODUCER_H
#define GMCHECK_HARNESS_CLI_REPRODUCER_H

#include <string>

#include "harness/base/error.h"
#include "harness/campaign/supervisor.h"
#include "harness/program/text.h"

namespace gmc {

// `file` is what the source calls the program; `trace` is what came of it on the supervisor's backend, which was named `backend`.
[[nodiscard]] Result<std::string> reproducer_of(const std::string& file, const ParsedText& parsed, const std::string& backend,
                                                const Supervisor& supervisor, const Trace& trace);

// Compiles the source `file` and runs it on the backend, with a time limit: one line that says what came of it, or why it was not tried.
[[nodiscard]] std::string try_reproducer(const std::string& file, const std::string& backend);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_REPRODUCER_H
