// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the generator knows of the memory under a program: the regions in address order, and the addresses at which guest memories go wrong.
#ifndef GMCHECK_HARNESS_GENERATE_TERRAIN_H
#define GMCHECK_HARNESS_GENERATE_TERRAIN_H

#include <array>
#include <cstdint>
#include <vector>

#include "harness/base/random.h"
#include "harness/program/layout.h"
#include "harness/program/profile.h"

namespace gmc {

// A region of the layout that maps something.
struct Place {
  std::uint64_t base = 0;
  std::uint64_t size = 0;   // never 0
  std::uint64_t reach = 0;  // bytes from `base` on that one access may cover: with regions that touch it where accesses span them
  std::uint8_t entry = 0;   // of the layout
  bool is_read_only = false;
  bool touches_next = false;  // another region begins where this one ends
  std::uint32_t inner = 0;    // of Terrain::inner_offsets: the first of this place's
  std::uint32_t inner_count = 0;
};

// Addresses that are picked and not rolled.
enum class SpotKind : std::uint8_t {
  kEdge,     // where a region begins or ends
  kSeam,     // where two regions touch
  kHole,     // around the first unmapped byte behind a run of regions
  kTop,      // the last bytes below 2^64
  kExtreme,  // 0, 2^32, 2^63 and their neighbours; a region's addresses with other upper halves
};
inline constexpr std::uint32_t kSpotKindCount = 5;

static_assert(static_cast<unsigned>(Anchor::kRegionEnd) == static_cast<unsigned>(Anchor::kRegionStart) + 1);

class Terrain {
 public:
  // Looks at a legal layout. With `absolute`, addresses name no entries: the layout is the backend's own and stands in no program.
  void survey(const Layout& layout, const Profile& profile, bool absolute, Random& random);

  [[nodiscard]] const std::vector<Place>& places() const { return places_; }
  [[nodiscard]] bool has_spots(SpotKind kind) const { return !spots_[static_cast<std::size_t>(kind)].empty(); }
  [[nodiscard]] const Address& draw_spot(SpotKind kind, Random& random) const {
    const std::vector<Address>& spots = spots_[static_cast<std::size_t>(kind)];
    return spots[random.below(static_cast<std::uint32_t>(spots.size()))];
  }
  // The distance from the place's base of a page's, granule's or bitmap word's first byte inside of it.
  [[nodiscard]] std::uint64_t draw_inner(const Place& place, Random& random) const {
    if (place.inner_count == 0) return 0;
    return inner_offsets_[place.inner + random.below(place.inner_count)];
  }
  // The address of the byte `offset` bytes behind the place's first.
  [[nodiscard]] Address address(const Place& place, std::uint64_t offset) const {
    // Written without branches, as it runs for every access: relative to the nearer end, or to address 0.
    const bool from_end = (offset >= place.size / 2) & (offset <= place.size) & !is_absolute_;
    const auto near = static_cast<Anchor>(static_cast<unsigned>(Anchor::kRegionStart) + (from_end ? 1u : 0u));
    const std::uint64_t delta = offset - (from_end ? place.size : 0) + (is_absolute_ ? place.base : 0);
    return Address{.anchor = is_absolute_ ? Anchor::kAbsolute : near,
                   .index = is_absolute_ ? std::uint8_t{0} : place.entry,
                   .delta = static_cast<std::int64_t>(delta)};
  }

  [[nodiscard]] std::uint64_t last_mapped() const { return last_mapped_; }
  [[nodiscard]] bool has_huge() const { return has_huge_; }
  // Every region begins at a multiple of `granule`.
  [[nodiscard]] bool is_aligned_to(std::uint64_t granule) const;

 private:
  void survey_places(const Layout& layout, bool spans);
  void survey_inner(const Switches& switches, Random& random);
  void survey_spots(const Layout& layout);
  void add_spot(SpotKind kind, Address address) { spots_[static_cast<std::size_t>(kind)].push_back(address); }

  std::vector<Place> places_;
  std::vector<std::uint64_t> inner_offsets_;
  std::array<std::vector<Address>, kSpotKindCount> spots_;
  std::uint64_t last_mapped_ = 0;
  bool is_absolute_ = false;
  bool has_huge_ = false;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_GENERATE_TERRAIN_H
