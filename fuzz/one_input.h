// SPDX-License-Identifier: Apache-2.0 OR MIT
// The target of this process, for entry points.
#ifndef GMCHECK_FUZZ_ONE_INPUT_H
#define GMCHECK_FUZZ_ONE_INPUT_H

#include "fuzz/lockstep_target.h"

namespace gmc {

// Opened when it is first asked for, with the settings of the environment. What cannot be opened ends the process with 3.
LockstepTarget& lockstep_target();

}  // namespace gmc

#endif  // GMCHECK_FUZZ_ONE_INPUT_H
