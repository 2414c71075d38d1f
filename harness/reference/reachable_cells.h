// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which cells of coverage_cell.h there are under a profile: what a report measures coverage against.
//
// Of the axes, width, alignment and the edges of pages follow from address and size; the edges of regions, the backing and the permission
// from these and the layout; the outcome from all of them and the operation; and what was dirty from what went before. So it takes layouts
// in which regions begin and end in every way that alignment knows, every kind of space on them, the addresses and sizes at which one of
// the axes changes, and the reference, which is asked what it allows there.
#ifndef GMCHECK_HARNESS_REFERENCE_REACHABLE_CELLS_H
#define GMCHECK_HARNESS_REFERENCE_REACHABLE_CELLS_H

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/program/layout.h"
#include "harness/program/profile.h"
#include "harness/reference/reference.h"

namespace gmc {

// The numbers of all cells in which an operation's answer may lie, ascending. With `layout = own`, `adopted` is the only layout there is.
// Takes some tenths of a second.
[[nodiscard]] std::vector<std::uint32_t> reachable_cells(const Profile& profile, const Offers& offers,
                                                         const std::optional<Layout>& adopted = std::nullopt);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REFERENCE_REACHABLE_CELLS_H
