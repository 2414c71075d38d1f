// SPDX-License-Identifier: Apache-2.0 OR MIT
// A region of a memory, and the map of a space: which regions lie where, in the order of their addresses.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_REGION_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_REGION_H

#include <gmcheck.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "harness/backends/mapped/bitset.h"
#include "harness/backends/mapped/mapping.h"
#include "harness/backends/mapped/page_rights.h"

namespace gmc::mapped {

// Everything that belongs to a region, wherever it is seen from. Lives as long as a memory that has it, and does not move.
struct Region {
  GmcEntry entry = {};       // as the creator gave it
  std::uint64_t base = 0;    // first address in the root
  std::uint64_t size = 0;    // bytes
  std::uint32_t rights = 0;  // GMC_RIGHT_*
  std::byte* data = nullptr;
  Mapping mapping;

  // Pages of own memory that may hold something other than 0, for `reset`; kept apart from dirty tracking, which a harvest clears.
  bool is_own = false;
  Bitset touched;  // in pieces of 2^kTouchedShift bytes, from the region's first byte
  // Pieces behind pointers that may be written through, which stay good: they count as touched again after each reset. Where much is, all
  // is.
  std::optional<Bitset> handed_out;
  bool is_all_handed_out = false;

  std::shared_ptr<Reservation> reservation;  // that its mapping is of
  bool is_added = false;                     // it was not there at creation

  // Its granules are the bits first_granule .. first_granule + granule_count - 1 of the memory's dirty log.
  std::uint64_t first_granule = 0;
  std::uint64_t granule_count = 0;
  std::uint64_t granule_bias = 0;  // bytes between the start of its first granule and its own first byte

  PageRights pages;  // what of its rights single pages lack

  [[nodiscard]] std::uint64_t last() const { return base + (size - 1); }  // of a region that is not empty
};

inline constexpr unsigned kTouchedShift = 9;

// A pointer that may be written through leaves for `size` > 0 bytes at `offset`. Writing zeroes over a few pages is cheaper than to ask the
// system for new ones, which have to be faulted in again; over many it is not.
inline void hand_out(Region& region, std::uint64_t offset, std::uint64_t size) {
  constexpr std::uint64_t kWrittenOverMax = 256 * 1024;
  if (!region.is_own || region.is_all_handed_out) return;
  const std::uint64_t pieces = ((region.size - 1) >> kTouchedShift) + 1;
  if (!region.handed_out && size <= kWrittenOverMax) region.handed_out = Bitset::make(pieces);
  if (!region.handed_out || size > kWrittenOverMax) {
    region.is_all_handed_out = true;
    return;
  }
  const std::uint64_t first = offset >> kTouchedShift;
  const std::uint64_t last = (std::min(offset + size, region.size) - 1) >> kTouchedShift;
  region.handed_out->add_range(first, last);
  region.touched.add_range(first, last);
}

// In the place of GMC_RIGHT_*: they are those of the pages. No access finds what it needs in it, so that each looks there.
inline constexpr std::uint32_t kRightsByPage = 1u << 31;

struct ByteSpan {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

// What a space shows of a region.
struct RegionPart {
  Region* region = nullptr;
  ByteSpan span;
};

// What was written and is marked later, in the order in which it was.
using Held = std::vector<RegionPart>;

// A region as a space sees it. The copy of what an access needs keeps translation within one cache line.
struct Placed {
  std::uint64_t start = 0;  // in the space's own addresses
  std::uint64_t size = 0;   // bytes, not 0
  std::byte* data = nullptr;
  Region* region = nullptr;
  std::uint32_t rights = 0;   // GMC_RIGHT_* or kRightsByPage
  std::uint64_t skipped = 0;  // bytes of the region in front of it, where a range shows a part
  Held* held = nullptr;       // where it is noted what is written through the space; null: it is marked at once
};

// The regions of a space, ascending and disjoint. Immutable once it is made, but for the memory of the last hit: one thread at a time.
class RegionMap {
 public:
  RegionMap() = default;
  RegionMap(const RegionMap&) = delete;
  RegionMap& operator=(const RegionMap&) = delete;

  // Ascending by start; empty regions have no place in a map.
  void append(const Placed& placed) {
    placed_.back() = placed;
    placed_.emplace_back();
    starts_.push_back(placed.start);
    last_hit_ = placed_.data();
  }

  void clear() {
    placed_.assign(1, {});
    starts_.clear();
    last_hit_ = placed_.data();
  }
  void set_rights(const Region& region, std::uint32_t rights) {
    for (Placed& placed : placed_) {
      if (placed.region == &region) placed.rights = rights;
    }
  }

  void hold_in(Held* held) {
    for (Placed& placed : placed_) placed.held = held;
  }

  [[nodiscard]] std::size_t count() const { return starts_.size(); }
  [[nodiscard]] const Placed& operator[](std::size_t index) const { return placed_[index]; }
  [[nodiscard]] const Placed* begin() const { return placed_.data(); }
  [[nodiscard]] const Placed* end() const { return placed_.data() + count(); }
  [[nodiscard]] const std::uint64_t* starts() const { return starts_.data(); }  // count() of them

  // The region that was hit last; in an empty map one of size 0, so that a lookup always has something to look at.
  [[nodiscard]] const Placed& last_hit() const { return *last_hit_; }
  void remember(const Placed& placed) { last_hit_ = &placed; }

 private:
  std::vector<Placed> placed_{1};  // behind the last region stands one of size 0
  std::vector<std::uint64_t> starts_;
  const Placed* last_hit_ = placed_.data();
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_REGION_H
