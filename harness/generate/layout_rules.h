// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the drawing of layouts that programs run on (layouts.cc) and of such as `create` tries (candidates.cc) have in common.
#ifndef GMCHECK_HARNESS_GENERATE_LAYOUT_RULES_H
#define GMCHECK_HARNESS_GENERATE_LAYOUT_RULES_H

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

#include "harness/base/check.h"
#include "harness/base/random.h"
#include "harness/generate/layouts.h"

namespace gmc {

inline constexpr std::uint64_t kLayoutPage = 4096;

// What the profile says about layouts, in one place.
struct Rules {
  std::uint64_t base_align;
  std::uint64_t size_align;
  std::uint64_t granule;
  std::uint64_t last;  // greatest address that a region may hold
  std::uint32_t count_max;
  bool windows_needed;
  bool windows_useful;
  bool keeps_sorted;
  const Switches& switches;
  const std::vector<ByteRange>& reserved;

  explicit Rules(const Profile& profile)
      : base_align(profile.root().region_align_base),
        size_align(profile.root().region_align_size),
        granule(profile.root().dirty_granule),
        last(last_usable(profile.root())),
        count_max(static_cast<std::uint32_t>(std::min<std::uint64_t>(profile.root().regions_max, kRegionsMax))),
        windows_needed(profile.root().addr_space == AddrSpace::kGpaWindow),
        windows_useful(profile.root().hole_kind != HoleKind::kOob),
        keeps_sorted(profile.root().region_order != RegionOrder::kAny),
        switches(profile.root()),
        reserved(profile.reserved()) {
    if (switches.addr_space == AddrSpace::kOffset) count_max = 1;
    GMC_CHECK(count_max > 0);
    GMC_CHECK(base_align > 0 && size_align > 0 && granule > 0, base_align, size_align, granule);
  }

  // The smallest distance at which both a base and a size may be changed.
  [[nodiscard]] std::uint64_t step() const { return std::lcm(base_align, size_align); }
  [[nodiscard]] bool is_positional() const { return switches.region_order == RegionOrder::kPositional; }
};

[[nodiscard]] inline std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) { return (value + unit - 1) / unit * unit; }
[[nodiscard]] inline std::uint64_t round_down(std::uint64_t value, std::uint64_t unit) { return value / unit * unit; }

// Uniform in [0, bound), for any bound above 0.
[[nodiscard]] inline std::uint64_t draw_below(std::uint64_t bound, Random& random) { return random.next() % bound; }

// Regions relative to the first one's base: `base` is a distance.
using Shape = std::vector<Region>;

// Moves regions to where a positional backend has its windows.
void space_positionally(const Rules& rules, Shape& shape, Random& random);
// Makes regions smaller until they can be placed.
void shrink_to_fit(Shape& shape, const Rules& rules);
// Whether the shape may begin at `start`.
[[nodiscard]] bool fits_at(const Shape& shape, std::uint64_t start, const Rules& rules);
void place(Shape& shape, const Rules& rules, LayoutEmphasis emphasis, Random& random);
// What the backend takes that is no file, if anything.
[[nodiscard]] std::optional<Backing> plain_backing(const Switches& switches);
// Gives regions extents of files, which overlap or not.
void assign_extents(Shape& regions, bool overlap, Random& random);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_GENERATE_LAYOUT_RULES_H
