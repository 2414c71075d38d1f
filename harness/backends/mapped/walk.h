// SPDX-License-Identifier: Apache-2.0 OR MIT
// Follows a range of a space through the regions that hold its bytes, in ascending order, until it ends or a byte cannot be reached.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_WALK_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_WALK_H

#include <cstdint>
#include <vector>

#include "harness/backends/mapped/options.h"
#include "harness/backends/mapped/policy.h"
#include "harness/backends/mapped/region.h"

namespace gmc::mapped {

// A range in which what no region covers behaves as Options::holes says.
struct Window {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // included
};

// The region that contains `address`, or null. Most accesses go where the last one went.
template <class Policy>
[[nodiscard]] inline const Placed* find(RegionMap& map, std::uint64_t address) {
  const Placed& last_hit = map.last_hit();
  if (Policy::contains(last_hit, address)) return &last_hit;
  if (map.count() == 0) return nullptr;
  const Placed& found = map[Policy::search(map.starts(), map.count(), address)];
  if (!Policy::contains(found, address)) return nullptr;
  map.remember(found);
  return &found;
}

// Of `size` > 0 bytes from `offset` of what a space shows of a region, how many from the first one on have GMC_RIGHT_*.
template <class Policy>
[[nodiscard]] inline std::uint64_t permitted(const Placed& placed, std::uint64_t offset, std::uint64_t size, std::uint32_t rights,
                                             Path path) {
  if (Policy::permits(placed.rights, rights, path)) return size;
  if ((placed.rights & kRightsByPage) == 0) return 0;
  const Region& region = *placed.region;
  if (!Policy::permits(region.rights, rights, path)) return 0;
  const std::uint64_t position = (region.base & ((std::uint64_t{1} << kPageShift) - 1)) + placed.skipped + offset;
  return Policy::permitted_by_pages(region, position, size, rights, path);
}

// Bytes of one piece of a range: in one region, or in a hole that discards.
struct Piece {
  const Placed* placed = nullptr;  // null: a hole
  std::uint64_t offset = 0;        // in the region
  std::uint64_t done = 0;          // bytes of the range before it
  std::uint64_t size = 0;          // bytes
};

template <class Policy>
class Walk {
 public:
  // size > 0.
  Walk(RegionMap& map, const std::vector<Window>& windows, const Options& options, std::uint64_t address, std::uint64_t size,
       std::uint32_t rights, Path path)
      : map_(map), windows_(windows), options_(options), address_(address), size_(size), rights_(rights), path_(path) {
    placed_ = find<Policy>(map_, address);
  }

  // Writes the next piece; false at the end of the range or at the first byte that cannot be reached, as reach() then says.
  bool next(Piece& piece) {
    if (reach_.done == size_ || reach_.stop != GMC_OK) return false;
    if (lacks_right_) return stop(GMC_DENIED);
    if (placed_ == nullptr) return next_in_hole(piece);
    const Placed& placed = *placed_;
    if (follows_region_ && !options_.spans_regions) return stop_at_seam(placed);
    const std::uint64_t offset = Policy::offset(placed, address_ + reach_.done);
    const std::uint64_t there = Policy::chunk(size_ - reach_.done, Policy::room(placed, offset));
    const std::uint64_t size = permitted<Policy>(placed, offset, there, rights_, path_);
    if (size == 0) return stop(GMC_DENIED);
    piece = {&placed, offset, reach_.done, size};
    reach_.done += size;
    lacks_right_ = size < there;
    follows_region_ = true;
    placed_ = Policy::next(map_, placed);
    return true;
  }

  [[nodiscard]] const Reach& reach() const { return reach_; }

 private:
  // Address 2^64 does not exist: nothing is there, and no address says so.
  [[nodiscard]] bool wraps() const { return reach_.done > ~std::uint64_t{0} - address_; }

  bool stop(GmcStatus status) {
    reach_.stop = status;
    reach_.has_address = !wraps();
    return false;
  }
  bool stop_at_seam(const Placed& placed) {
    reach_.crossing = permitted<Policy>(placed, 0, 1, rights_, path_) == 1;
    return stop(GMC_OUT_OF_RANGE);
  }

  bool next_in_hole(Piece& piece) {
    const std::uint64_t at = address_ + reach_.done;
    const Window* const window = wraps() ? nullptr : window_at(at);
    if (window == nullptr || options_.holes == HoleKind::kOob) return stop(GMC_OUT_OF_RANGE);
    if (options_.holes == HoleKind::kFault) return stop(GMC_FAULT);
    std::uint64_t last = window->last;
    const std::uint64_t* const starts = map_.starts();
    const std::uint64_t* const above = std::upper_bound(starts, starts + map_.count(), at);
    if (above != starts + map_.count() && *above - 1 < last) last = *above - 1;
    const std::uint64_t left = size_ - reach_.done;
    const std::uint64_t size = last - at >= left ? left : last - at + 1;
    piece = {nullptr, 0, reach_.done, size};
    reach_.done += size;
    follows_region_ = false;
    if (reach_.done < size_) placed_ = wraps() ? nullptr : find<Policy>(map_, address_ + reach_.done);
    return true;
  }
  [[nodiscard]] const Window* window_at(std::uint64_t address) const {
    for (const Window& window : windows_) {
      if (window.first <= address && address <= window.last) return &window;
    }
    return nullptr;
  }

  RegionMap& map_;
  const std::vector<Window>& windows_;
  const Options& options_;
  std::uint64_t address_;
  std::uint64_t size_;
  std::uint32_t rights_;
  Path path_;
  const Placed* placed_ = nullptr;  // where the next byte is; null: in a hole
  bool follows_region_ = false;     // the last piece was in a region and not in a hole
  bool lacks_right_ = false;        // the next byte is in the last piece's region, in a page without the right
  Reach reach_;
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_WALK_H
