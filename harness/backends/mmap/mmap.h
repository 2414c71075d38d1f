// SPDX-License-Identifier: Apache-2.0 OR MIT
// The built-in backend `mmap`: many regions at guest addresses over host mappings with guard pages, anonymous, on files or on memory of the
// harness's; exact dirty tracking; a reset that costs what was touched. Its configurations are those of mapped/options.h:
//   own=anon|memfd  granule=N  origin=gpa|region  dirty=always|explicit|none  fail=prefix|nothing  ranges=slices|views|none
#ifndef GMCHECK_HARNESS_BACKENDS_MMAP_MMAP_H
#define GMCHECK_HARNESS_BACKENDS_MMAP_MMAP_H

#include <gmcheck.h>

namespace gmc {

// Never null; the table lives as long as the program.
[[nodiscard]] const GmcPlugin* gmc_mmap_plugin();

}  // namespace gmc

#endif  // GMCHECK_HARNESS_BACKENDS_MMAP_MMAP_H
