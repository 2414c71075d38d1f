// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/mmap/mmap.h"

#include "harness/abi/cpp/backend.h"
#include "harness/backends/mapped/mapped.h"

namespace gmc {

const GmcPlugin* gmc_mmap_plugin() { return Plugin<mapped::Mapped<mapped::ProductPolicy>>::table(); }

}  // namespace gmc
