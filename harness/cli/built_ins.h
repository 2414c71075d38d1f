// SPDX-License-Identifier: Apache-2.0 OR MIT
// The backends that are linked in. Nothing below the command line names a concrete backend.
#ifndef GMCHECK_HARNESS_CLI_BUILT_INS_H
#define GMCHECK_HARNESS_CLI_BUILT_INS_H

#include <span>

#include "harness/base/error.h"
#include "harness/cli/main.h"
#include "harness/runner/plugin.h"

namespace gmc {

// gmcheck's own, and behind them those of link_built_ins().
[[nodiscard]] std::span<const BuiltIn> built_ins();

// Adds backends that an executable of somebody else's was linked with. Refuses all of them where one has a name that is taken or cannot be
// written on the command line. To be called once, before built_ins() and before there is a second thread.
[[nodiscard]] Result<void> link_built_ins(std::span<const GmcLinked> added);

// True where link_built_ins() has added one: then only this executable can be its worker.
[[nodiscard]] bool has_linked_built_ins();

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_BUILT_INS_H
