// SPDX-License-Identifier: Apache-2.0 OR MIT
// The built-in `mmap` as a library, beside the mutants of planted.cc.
#include <gmcheck.h>

#include "harness/backends/mmap/mmap.h"

extern "C" GMC_EXPORT const GmcPlugin* gmc_plugin(uint32_t harness_abi) {
  return harness_abi == GMC_ABI_VERSION ? gmc::gmc_mmap_plugin() : nullptr;
}
