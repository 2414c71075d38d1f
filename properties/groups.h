// SPDX-License-Identifier: Apache-2.0 OR MIT
// The suites, one for each group of clauses; each has a file of its own.
#ifndef GMCHECK_PROPERTIES_GROUPS_H
#define GMCHECK_PROPERTIES_GROUPS_H

#include "properties/suite.h"

namespace gmc {

[[nodiscard]] Suite addr_suite();   // GM-ADDR: the address space
[[nodiscard]] Suite reg_suite();    // GM-REG: regions and layouts
[[nodiscard]] Suite rw_suite();     // GM-RW: bytes
[[nodiscard]] Suite xr_suite();     // GM-XR: across regions and holes
[[nodiscard]] Suite type_suite();   // GM-TYPE: typed access
[[nodiscard]] Suite atom_suite();   // GM-ATOM: atomic operations
[[nodiscard]] Suite dirty_suite();  // GM-DIRTY: dirty tracking
[[nodiscard]] Suite slice_suite();  // GM-SLICE: ranges inside one region
[[nodiscard]] Suite perm_suite();   // GM-PERM: read-only regions
[[nodiscard]] Suite map_suite();    // GM-MAP: changes of the map
[[nodiscard]] Suite fd_suite();     // GM-FD: transfers from and to descriptors
[[nodiscard]] Suite sub_suite();    // GM-SUB: ranges of any part of a memory
[[nodiscard]] Suite inv_suite();    // GM-INV: invariants, over everything

}  // namespace gmc

#endif  // GMCHECK_PROPERTIES_GROUPS_H
