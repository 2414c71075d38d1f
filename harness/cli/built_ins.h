// SPDX-License-Identifier: Apache-2.0 OR MIT
// The backends that are linked in. Nothing below the command line names a concrete backend.
#ifndef GMCHECK_HARNESS_CLI_BUILT_INS_H
#define GMCHECK_HARNESS_CLI_BUILT_INS_H

#include <span>

#include "harness/runner/plugin.h"

namespace gmc {

[[nodiscard]] std::span<const BuiltIn> built_ins();

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_BUILT_INS_H
