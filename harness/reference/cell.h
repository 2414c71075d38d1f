// SPDX-License-Identifier: Apache-2.0 OR MIT
// The semantic cell of an operation: what kind of access it is, seen from the layout. A pure function of the expectation, so equal
// operations in equal surroundings fall into one cell whatever the addresses are.
#ifndef GMCHECK_HARNESS_REFERENCE_CELL_H
#define GMCHECK_HARNESS_REFERENCE_CELL_H

#include <cstdint>

#include "harness/reference/expectation.h"
#include "harness/reference/memory_map.h"

namespace gmc {

// Operation, size class, alignment, how it stops, what it touches: first and last byte of a region, a page edge, more than one region,
// read-only memory, and through which kind of space.
[[nodiscard]] std::uint32_t cell_of(const Expectation& expectation);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REFERENCE_CELL_H
