// SPDX-License-Identifier: Apache-2.0 OR MIT
#ifndef GMCHECK_HARNESS_CLI_VERSION_H
#define GMCHECK_HARNESS_CLI_VERSION_H

#include <string>

namespace gmc {

[[nodiscard]] std::string program_version();  // "0.1.0"

// "gmcheck 0.1.0, contract 1, report 2, ABI 1": what can differ between two that disagree.
[[nodiscard]] std::string version_line();

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_VERSION_H
