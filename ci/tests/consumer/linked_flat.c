// SPDX-License-Identifier: Apache-2.0 OR MIT
// A second backend, in C: its gmc_plugin() is linked in as it is.
#include <gmcheck.h>

const GmcPlugin* flat_table(void) { return gmc_plugin(GMC_ABI_VERSION); }
