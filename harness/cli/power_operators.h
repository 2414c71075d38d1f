// SPDX-License-Identifier: Apache-2.0 OR MIT
// `gmcheck power --operators`: what finds faults that nobody has chosen (backends/operators).
#ifndef GMCHECK_HARNESS_CLI_POWER_OPERATORS_H
#define GMCHECK_HARNESS_CLI_POWER_OPERATORS_H

#include <cstdint>
#include <string>
#include <vector>

#include "harness/cli/exit_code.h"

namespace gmc {

struct OperatorHunts {
  std::vector<std::string> names;  // these alone; empty: all
  std::uint32_t sample = 0;        // so many of those that have to be found soon, chosen by the seed; 0: all
  std::uint64_t seed = 0;
  double budget_seconds = 15;  // for each, all configs together
  std::uint64_t programs = 0;  // the same, instead of a time
};

// Prints a row for each, and the score. The run fails where triage.def is wrong: a fault is not found and it does not know, or one is found
// and it says that nothing finds it. What it says is not found is hunted a little, and as long as the others where it is named.
[[nodiscard]] ExitCode power_of_operators(const OperatorHunts& hunts);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_POWER_OPERATORS_H
