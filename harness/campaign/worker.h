// SPDX-License-Identifier: Apache-2.0 OR MIT
// The process that loads a plugin. It is started by the supervisor, never by a person.
#ifndef GMCHECK_HARNESS_CAMPAIGN_WORKER_H
#define GMCHECK_HARNESS_CAMPAIGN_WORKER_H

#include <span>

#include "harness/runner/plugin.h"

namespace gmc {

// main() of gmcheck-worker. Opens the backend, says so on the channel, carries out orders until the channel ends or a CloseOrder comes.
// Does not return once the backend is open: whatever a plugin hung up on exit is not run.
[[nodiscard]] int worker_main(int argc, char** argv, std::span<const BuiltIn> built_ins);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_WORKER_H
