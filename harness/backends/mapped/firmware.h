// SPDX-License-Identifier: Apache-2.0 OR MIT
// The layout that a memory has which is given none: that of a small computer, with what its maker left in it.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_FIRMWARE_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_FIRMWARE_H

#include <gmcheck.h>

#include <span>

#include "harness/backends/mapped/region.h"

namespace gmc::mapped {

// Low memory with a table of vectors at its start, its extension, a window for video, and read-only firmware below 1 MiB.
[[nodiscard]] std::span<const GmcEntry> own_layout();

// Writes what stands in `region` of that layout at first, of own memory that is 0. It counts as touched.
void write_firmware(Region& region);

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_FIRMWARE_H
