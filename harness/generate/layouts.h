// SPDX-License-Identifier: Apache-2.0 OR MIT
// Layouts drawn from a profile: legal ones for the memory, and legal and illegal ones for `create` to judge.
#ifndef GMCHECK_HARNESS_GENERATE_LAYOUTS_H
#define GMCHECK_HARNESS_GENERATE_LAYOUTS_H

#include <cstdint>
#include <string_view>

#include "harness/base/random.h"
#include "harness/generate/settings.h"
#include "harness/program/layout.h"
#include "harness/program/profile.h"

namespace gmc {

// What a layout that `create` tries is about. In an illegal one exactly one thing is wrong, so that the reference knows the answer.
enum class CandidateKind : std::uint8_t {
  kLegal,             // anything that could be a memory
  kLegalAdjacent,     // GM-REG-002
  kLegalAtTop,        // ends at exactly 2^64; GM-REG-005
  kLegalZeroSize,     // a region of no bytes, in a hole; GM-REG-003
  kLegalUnsorted,     // GM-REG-006
  kLegalFileOverlap,  // two regions on overlapping extents of one file; GM-REG-011
  kLegalRounded,      // a size that is rounded up; GM-REG-004
  kOverlapInside,     // GM-REG-001: the second lies within the first
  kOverlapAround,     // the second encloses the first
  kOverlapByOne,      // the last unit of the first is the first unit of the second
  kOverlapEqual,      // the same range twice
  kOverlapLastPair,   // many regions, of which the last two overlap
  kZeroSize,          // GM-REG-003
  kMisalignedBase,    // GM-REG-004
  kMisalignedSize,    // GM-REG-004
  kWraps,             // GM-REG-005: base + size exceeds 2^64
  kEndsAtTop,         // GM-REG-005: base + size is exactly 2^64
  kUnsorted,          // GM-REG-006
  kTooMany,           // one more than regions_max
  kBeyondLast,        // GM-ADDR-005: a byte beyond last_address
  kBackingUnoffered,  // a backing that the profile does not claim
  kFillsWindow,       // GM-REG-006: a region up to where the next window begins
};
inline constexpr std::uint32_t kCandidateKindCount = 22;

[[nodiscard]] constexpr bool is_legal(CandidateKind kind) { return kind < CandidateKind::kOverlapInside; }
// Whether the profile gives the kind a meaning: a misaligned base exists only where bases are aligned.
[[nodiscard]] bool applies(CandidateKind kind, const Profile& profile);
[[nodiscard]] std::string_view name(CandidateKind kind);

// A legal layout for a memory. GMC_CHECKs that the profile has room for one region.
[[nodiscard]] Layout draw_layout(const Profile& profile, const GeneratorSettings& settings, Random& random);
// GMC_CHECKs that the kind applies.
[[nodiscard]] Layout draw_candidate(CandidateKind kind, const Profile& profile, Random& random);

// The last address that a region may hold: `last_address`, and one less than 2^64 - 1 where no region may end at 2^64.
[[nodiscard]] std::uint64_t last_usable(const Switches& switches);

// A region of this size or more is sparse: nothing may touch all of it.
inline constexpr std::uint64_t kHugeRegion = 1ull << 30;

}  // namespace gmc

#endif  // GMCHECK_HARNESS_GENERATE_LAYOUTS_H
