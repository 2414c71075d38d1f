// SPDX-License-Identifier: Apache-2.0 OR MIT
// What gmcheck's exit codes mean; the same for every command.
#ifndef GMCHECK_HARNESS_CLI_EXIT_CODE_H
#define GMCHECK_HARNESS_CLI_EXIT_CODE_H

#include <cstdint>

namespace gmc {

enum class ExitCode : std::uint8_t {
  kPassed = 0,  // every applicable clause passed, is waived or known; n/a and "not checked by this version" do not count
  kFailed =
      1,  // a clause failed or is refused without an excuse, the backend crashed, hung or leaked, a mutant survived, a finding was made
  kUsage = 2,     // the command line or a file named on it is wrong; ends at once
  kUnusable = 3,  // the harness or the plugin could not be used, a report could not be written; whatever else, standard output could not
  kNothing = 4,   // nothing applied, or an applicable clause was not reached
  kStale = 5,     // a waiver has expired, or is needless
};

// The one that matters more: 2, 3, 1, 5, 4, 0.
[[nodiscard]] constexpr ExitCode worse(ExitCode a, ExitCode b) {
  constexpr auto severity = [](ExitCode code) {
    switch (code) {
      case ExitCode::kUsage:
        return 5;
      case ExitCode::kUnusable:
        return 4;
      case ExitCode::kFailed:
        return 3;
      case ExitCode::kStale:
        return 2;
      case ExitCode::kNothing:
        return 1;
      case ExitCode::kPassed:
        return 0;
    }
    return 0;
  };
  return severity(a) >= severity(b) ? a : b;
}

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_EXIT_CODE_H
