// SPDX-License-Identifier: Apache-2.0 OR MIT
// What two backends have in common: programs that mean something to both, and where their profiles part.
#ifndef GMCHECK_HARNESS_DIFF_SHARED_GROUND_H
#define GMCHECK_HARNESS_DIFF_SHARED_GROUND_H

#include <string>
#include <vector>

#include "harness/program/profile.h"
#include "harness/program/program.h"

namespace gmc {

// For the generator: claims what both claim, and draws layouts that both are likely to take. No backend has this profile, and it may
// contradict itself where nothing is drawn from the contradiction.
[[nodiscard]] Switches shared_switches(const Switches& a, const Switches& b);

// Why nothing can be drawn from switches that two share, in one line; "" where something can.
[[nodiscard]] std::string why_nothing_is_shared(const Switches& shared);

// Why the memory of `program` is none for a backend with this profile, in one line; "" where it is one.
[[nodiscard]] std::string why_not_taken(const Program& program, const Profile& profile);

// `program`, with reads of each region behind it: what memory holds at the end is then an answer like every other. Of a region of more than
// kFinalPiece bytes the first and the last so many are read.
[[nodiscard]] Program with_final_reads(const Program& program);
inline constexpr std::uint64_t kFinalPiece = 64 << 10;  // bytes

// A switch that two profiles say differently.
struct SwitchDifference {
  std::string name;  // "cross_region"; "range.cross_region" where it differs for spaces of that kind and not for the root
  std::string a;
  std::string b;

  bool operator==(const SwitchDifference&) const = default;
};
[[nodiscard]] std::vector<SwitchDifference> switch_differences(const Profile& a, const Profile& b);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_DIFF_SHARED_GROUND_H
