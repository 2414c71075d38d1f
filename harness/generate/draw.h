// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the parts of the generator share.
#ifndef GMCHECK_HARNESS_GENERATE_DRAW_H
#define GMCHECK_HARNESS_GENERATE_DRAW_H

#include <cstdint>

#include "harness/base/random.h"

namespace gmc {

// Uniform in [0, bound]; one multiplication for the bounds that occur.
[[nodiscard]] inline std::uint64_t draw_upto(std::uint64_t bound, Random& random) {
  if (bound < UINT32_MAX) [[likely]]
    return random.below(static_cast<std::uint32_t>(bound) + 1);
  return bound == UINT64_MAX ? random.next() : random.next() % (bound + 1);
}

}  // namespace gmc

#endif  // GMCHECK_HARNESS_GENERATE_DRAW_H
