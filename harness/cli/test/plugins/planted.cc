// SPDX-License-Identifier: Apache-2.0 OR MIT
// The mutants as a library: its config is that of the built-in `mutant`. For what is loaded by others than gmcheck.
#include <gmcheck.h>

#include "harness/backends/mutants/mutants.h"

extern "C" GMC_EXPORT const GmcPlugin* gmc_plugin(uint32_t harness_abi) {
  return harness_abi == GMC_ABI_VERSION ? gmc::gmc_mutants_plugin() : nullptr;
}
