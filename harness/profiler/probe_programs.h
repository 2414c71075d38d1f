// SPDX-License-Identifier: Apache-2.0 OR MIT
// The short programs that observe a switch.
#ifndef GMCHECK_HARNESS_PROFILER_PROBE_PROGRAMS_H
#define GMCHECK_HARNESS_PROFILER_PROBE_PROGRAMS_H

#include <cstdint>
#include <span>
#include <vector>

#include "harness/profiler/probe_table.h"
#include "harness/program/profile.h"
#include "harness/program/program.h"

namespace gmc {

// Memories to stand on that are known.
struct Ground {
  const Layout& adopted;          // that of a backend with a layout of its own
  const Layout* plain = nullptr;  // one that can be made; null: none is known
};

// Programs for `probe`, drawn under each of `profiles`, about `count` for each; all of them are valid, and their memory is legal under
// every one of the profiles. The same for the same arguments.
[[nodiscard]] std::vector<Program> draw_programs(const Probe& probe, std::span<const Profile> profiles, const Ground& ground,
                                                 std::uint32_t count);

// Plain memories of one region, the most usual ones first, with a write and a read of it: each program has one of them.
[[nodiscard]] std::vector<Program> plain_programs();

// Whether layouts can be drawn under the profile: it leaves room for a region.
[[nodiscard]] bool has_room(const Profile& profile);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROFILER_PROBE_PROGRAMS_H
