// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a suite asks of the generator.
#ifndef GMCHECK_HARNESS_GENERATE_SETTINGS_H
#define GMCHECK_HARNESS_GENERATE_SETTINGS_H

#include <array>
#include <cstdint>

#include "harness/program/layout.h"
#include "harness/program/op.h"

namespace gmc {

// Which layouts are drawn. Every emphasis stays within what the profile allows; where it cannot be had, the layout is a mixed one.
enum class LayoutEmphasis : std::uint8_t {
  kMixed,     // everything, the default
  kBland,     // one region of some pages, page-aligned
  kAdjacent,  // several regions without holes between them
  kHoles,     // several regions with holes between them
  kTop,       // the last region ends at the last address that a region may hold
  kSmall,     // regions of a few bytes to a few pages
};

// A table of the base weights, indexed by OpKind: those of ops.def for what this version runs, 0 for the rest.
[[nodiscard]] std::array<std::uint32_t, kOpKindCount> base_weights();

struct GeneratorSettings {
  std::uint32_t ops_per_program = 30;  // 1 .. kOpsMax
  // How often an operation is drawn, before the swarm; 0: never. What needs a space that is not open opens one instead, or reads where
  // openings are off; lists of calls are up to `submits`. Indexed by OpKind.
  std::array<std::uint32_t, kOpKindCount> weights = base_weights();
  LayoutEmphasis emphasis = LayoutEmphasis::kMixed;
  bool swarm = true;         // false: every batch uses `weights` and middling knobs
  bool unclaimed = true;     // operations that the profile does not claim are issued now and then, as `unsupported` is their right answer
  bool submits = true;       // lists of calls
  bool huge_regions = true;  // now and then a sparse region of the backend's own over 4 GiB
  std::uint32_t stretched_one_in = 256;  // byte accesses that reach from one region over a hole into the next; 0: none
  std::uint32_t candidates = 6;          // layouts that `create` tries, a batch; 0 .. kLayoutsMax - 1
  Layout adopted{};                      // the memory where the profile says layout = own
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_GENERATE_SETTINGS_H
