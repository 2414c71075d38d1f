// SPDX-License-Identifier: Apache-2.0 OR MIT
// The files of --waivers and --baseline.
#ifndef GMCHECK_HARNESS_CLI_EXCUSE_FILES_H
#define GMCHECK_HARNESS_CLI_EXCUSE_FILES_H

#include <string>

#include "harness/base/error.h"
#include "harness/report/excuses.h"

namespace gmc {

struct ExcuseFiles {
  std::string waivers{};   // "" for none
  std::string baseline{};  // "" for none
  std::string backend{};   // as --backend has it
};

// What the files say for this backend, today: the day in UTC, or the one that the environment's GMCHECK_TODAY names, which is there for
// tests. The error is the user's: a file that cannot be read or makes no sense, a waiver for a backend that there is not, or a baseline of
// something else.
[[nodiscard]] Result<Excuses> load_excuses(const ExcuseFiles& files);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_EXCUSE_FILES_H
