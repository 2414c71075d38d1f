// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/memory_map.h"

#include <algorithm>
#include <bit>
#include <map>

#include "harness/base/check.h"

namespace gmc {

namespace {

std::uint64_t rounded_size(const Region& region, const Switches& switches) {
  if (switches.region_rounding != RegionRounding::kUp) return region.size;
  const std::uint64_t remainder = region.size % switches.region_align_size;
  return remainder == 0 ? region.size : region.size + (switches.region_align_size - remainder);
}

constexpr std::uint64_t kLeastWindow = 4096;  // bytes, of region_order = positional
constexpr std::uint64_t kLargestWindow = std::uint64_t{1} << 63;

// A region does not fill its window. A size that is rounded beyond 2^64 is another fault.
bool leaves_room(const Region& region, std::uint64_t window, const Switches& switches) {
  return region.size < window && rounded_size(region, switches) < window;
}

// The order of the regions; windows have no place in it.
bool is_in_order(const Layout& layout, RegionOrder order, const Switches& switches) {
  if (order == RegionOrder::kAny) return true;
  std::vector<const Region*> regions;
  for (const Region& region : layout.regions) {
    if (!region.is_window) regions.push_back(&region);
  }
  if (order == RegionOrder::kSorted) {
    return std::is_sorted(regions.begin(), regions.end(), [](const Region* a, const Region* b) { return a->base < b->base; });
  }
  // Windows of one size follow each other from address 0, and each region lies at the start of its own.
  if (regions.empty()) return true;
  const std::uint64_t window = regions.size() == 1 ? kLargestWindow : regions[1]->base;
  if (!std::has_single_bit(window) || window < kLeastWindow) return false;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (i > UINT64_MAX / window || regions[i]->base != i * window) return false;
    if (!leaves_room(*regions[i], window, switches)) return false;
  }
  return true;
}

bool offers_backing(const Region& region, const Switches& switches) {
  switch (region.backing) {
    case Backing::kOwn:
      return switches.backing.has(Backings::kOwn);
    case Backing::kFile:
      return switches.backing.has(Backings::kFd);
    case Backing::kHost:
      return switches.backing.has(Backings::kHostPointer);
  }
  return false;
}

bool overlap(std::uint64_t first_a, std::uint64_t last_a, std::uint64_t first_b, std::uint64_t last_b) {
  return first_a <= last_b && first_b <= last_a;
}

}  // namespace

MemoryMap::MemoryMap(const Layout& layout, const Switches& switches, const std::vector<bool>& is_removed) {
  std::map<std::uint8_t, std::uint32_t> store_of_file;
  for (std::uint32_t i = 0; i < layout.regions.size(); ++i) {
    const Region& region = layout.regions[i];
    const bool is_gone = i < is_removed.size() && is_removed[i];
    if (region.is_window) {
      if (!is_gone) windows_.push_back({region.base, region.size});
      continue;
    }
    if (region.size == 0) continue;  // accepted as region_zero says, and nothing is mapped by it
    MappedRegion mapped{.base = region.base,
                        .last = region.base + (rounded_size(region, switches) - 1),
                        .entry = i,
                        .store = store_count_,
                        .store_offset = region.file_offset,
                        .is_read_only = region.is_read_only && switches.permissions != Permissions::kNone &&
                                        switches.permissions != Permissions::kGuestOnly};
    if (region.backing == Backing::kFile) {
      mapped.store = store_of_file.try_emplace(region.file, store_count_).first->second;
    }
    if (mapped.store == store_count_) {
      own_.push_back(region.backing == Backing::kOwn);
      ++store_count_;
    }
    (is_gone ? removed_ : regions_).push_back(mapped);
  }
  std::sort(regions_.begin(), regions_.end(), [](const auto& a, const auto& b) { return a.base < b.base; });
  for (MappedRegion& a : regions_) {
    for (const MappedRegion& b : regions_) {
      if (a.entry != b.entry && a.store == b.store &&
          overlap(a.store_offset, a.store_offset + (a.last - a.base), b.store_offset, b.store_offset + (b.last - b.base))) {
        a.is_shared = true;
      }
    }
  }
}

const MappedRegion* MemoryMap::find(std::uint64_t gpa) const {
  // Counted to the end and not left early: where addresses are random, each way out of a loop is guessed wrong.
  std::size_t count = 0;  // of the regions that begin at or below `gpa`; the last of them is the only one that may hold it
  for (const MappedRegion& region : regions_) count += region.base <= gpa ? 1 : 0;
  return count > 0 && gpa <= regions_[count - 1].last ? &regions_[count - 1] : nullptr;
}

const MappedRegion* MemoryMap::entry(std::uint32_t index) const {
  const auto found = std::find_if(regions_.begin(), regions_.end(), [&](const auto& region) { return region.entry == index; });
  return found == regions_.end() ? nullptr : &*found;
}

bool MemoryMap::is_mapped_in(const Extent& extent, std::uint64_t address) const {
  if (address > UINT64_MAX - extent.first || !extent.contains(extent.first + address)) return false;
  const std::uint64_t gpa = extent.first + address;
  return extent.only_region ? regions_[*extent.only_region].contains(gpa) : is_mapped(gpa);
}

bool MemoryMap::in_window(std::uint64_t gpa) const {
  return std::any_of(windows_.begin(), windows_.end(),
                     [&](const ByteRange& window) { return window.base <= gpa && gpa - window.base < window.size; });
}

void MemoryMap::walk(const Extent& extent, std::uint64_t address, std::uint64_t size, Right right, const Switches& switches,
                     Walk& walk) const {
  walk.spans.clear();
  walk.reached = 0;
  walk.stop = Stop::kNone;
  const auto stop = [&](Stop why, std::uint64_t gpa) {
    walk.stop = why;
    walk.stop_gpa = gpa;
  };

  // GM-ADDR-001, -002: an address beyond the space's last, and a range that wraps, end where the space ends.
  const std::uint64_t space_last = extent.last - extent.first;
  const std::uint64_t first_gpa = extent.first + address;
  if (extent.is_empty || address > space_last) return stop(Stop::kHole, first_gpa);

  std::uint64_t gpa = first_gpa;
  while (walk.reached < size) {
    const std::uint64_t rest = size - walk.reached;
    // GM-ADDR-005
    if (gpa > switches.last_address) return stop(Stop::kLimit, gpa);
    if (gpa > extent.last) return stop(Stop::kHole, gpa);

    const MappedRegion* region = find(gpa);
    const bool follows_a_region = !walk.spans.empty() && !walk.spans.back().is_discarded;
    if (region == nullptr) {
      const bool in_a_window = in_window(gpa);
      // GM-XR-004
      if (in_a_window && switches.hole_kind == HoleKind::kFault) return stop(Stop::kFault, gpa);
      if (!in_a_window || switches.hole_kind != HoleKind::kDiscard) return stop(Stop::kHole, gpa);
      // GM-XR-003 with hole_kind = discard: up to the next region or the end of the window.
      const std::uint64_t to_end = extent.last - gpa;  // bytes of the space after this one
      const std::uint64_t here = discarded_size(gpa);
      const std::uint64_t length = std::min(rest, to_end < here ? to_end + 1 : here);
      walk.spans.push_back({.done = walk.reached, .size = length, .gpa = gpa, .is_discarded = true});
      walk.reached += length;
      if (gpa > UINT64_MAX - length) {
        if (walk.reached < size) return stop(Stop::kWrap, gpa + length);
        return;
      }
      gpa += length;
      continue;
    }
    // GM-XR-002: what the access has left behind is another region that touches this one; a hole between them is GM-XR-003's.
    if (follows_a_region && switches.cross_region == CrossRegion::kReject) return stop(Stop::kSeam, gpa);
    // GM-PERM-001, -006
    if (!permits(*region, gpa, right)) return stop(Stop::kDenied, gpa);

    const std::uint64_t to_limit = std::min({region->last, switches.last_address, extent.last}) - gpa;  // bytes after this one
    const std::uint64_t there = to_limit >= rest ? rest : to_limit + 1;
    const std::uint64_t length = page_rights_.empty() ? there : permitted(*region, gpa, there, right);
    // Member by member, so that it is written where it stays and not copied there.
    Span& span = walk.spans.emplace_back();
    span.done = walk.reached;
    span.size = length;
    span.gpa = gpa;
    span.region = static_cast<std::uint32_t>(region - regions_.data());
    span.position = region->store_offset + (gpa - region->base);
    walk.reached += length;
    if (length < there) return stop(Stop::kDenied, gpa + length);
    if (walk.reached < size && gpa > UINT64_MAX - length) return stop(Stop::kWrap, gpa + length);
    gpa += length;
  }
}

std::uint64_t MemoryMap::permitted(const MappedRegion& region, std::uint64_t gpa, std::uint64_t size, Right right) const {
  const std::uint64_t last = gpa + (size - 1);
  for (std::uint64_t from = gpa;;) {
    if (!permits(region, from, right)) return from - gpa;
    const std::uint64_t to = page_rights_.last_alike(from, last);
    if (to == last) return size;
    from = to + 1;
  }
}

MemoryMap MemoryMap::only(const MappedRegion& region, std::uint64_t base) const {
  MemoryMap map;
  map.store_count_ = store_count_;
  map.own_ = own_;
  map.regions_.push_back(region);
  map.regions_.front().base = base;
  map.regions_.front().last = base + (region.last - region.base);
  map.regions_.front().is_shared = false;
  return map;
}

void MemoryMap::keep_page_rights(const MemoryMap& before) {
  for (const PageRights::Run& run : before.page_rights_.runs()) {
    for (const MappedRegion& region : before.regions_) {
      const MappedRegion* const now = entry(region.entry);
      if (now == nullptr || now->base != region.base || run.last < region.base || region.last < run.first) continue;
      page_rights_.set({std::max(run.first, region.base), std::min(run.last, region.last), run.may_read, run.may_write});
    }
  }
}

std::uint64_t MemoryMap::discarded_size(std::uint64_t gpa) const {
  std::uint64_t size = 0;
  for (const ByteRange& window : windows_) {
    if (window.base <= gpa && gpa - window.base < window.size) size = std::max(size, window.size - (gpa - window.base));
  }
  for (const MappedRegion& region : regions_) {
    if (region.base > gpa) size = std::min(size, region.base - gpa);
  }
  return size;
}

static std::vector<LayoutFault> faults_in_order(const Layout& layout, const Profile& profile, RegionOrder order) {
  const Switches& switches = profile.root();
  std::vector<LayoutFault> faults;
  const StatusMask invalid = status_bit(GMC_INVALID_ARGUMENT);
  const StatusMask range = invalid | status_bit(GMC_OUT_OF_RANGE);

  struct Placed {
    std::uint64_t first, last;
  };
  std::vector<Placed> placed;
  // GM-REG-006
  if (!is_in_order(layout, order, switches)) faults.push_back({Clause::kREG6, invalid | status_bit(GMC_OVERLAP)});
  for (const Region& region : layout.regions) {
    // A backing that is not offered (CONTRACT.md, "Statuses").
    if (!region.is_window && !offers_backing(region, switches)) {
      faults.push_back({Clause::kINV2, invalid | status_bit(GMC_UNSUPPORTED)});
    }
    if (region.size == 0) {
      // GM-REG-003
      if (switches.region_zero == RegionZero::kReject) faults.push_back({Clause::kREG3, invalid});
      continue;
    }
    // GM-REG-004
    const bool size_fits = region.size % switches.region_align_size == 0 || switches.region_rounding == RegionRounding::kUp;
    if (region.base % switches.region_align_base != 0 || !size_fits) faults.push_back({Clause::kREG4, invalid});
    // GM-REG-005
    const std::uint64_t size = rounded_size(region, switches);
    if (size < region.size || size - 1 > UINT64_MAX - region.base) {
      faults.push_back({Clause::kREG5, range | status_bit(GMC_NO_MEMORY)});
      continue;
    }
    const std::uint64_t last = region.base + (size - 1);
    if (last == UINT64_MAX && switches.region_ends_at_2_64 == RegionTop::kReject) faults.push_back({Clause::kREG5, range});
    if (last > switches.last_address) faults.push_back({Clause::kADDR5, range});
    // GM-REG-001
    if (region.is_window) continue;
    for (const Placed& other : placed) {
      if (overlap(region.base, last, other.first, other.last)) {
        faults.push_back({Clause::kREG1, status_bit(GMC_OVERLAP)});
        break;
      }
    }
    placed.push_back({region.base, last});
  }
  if (placed.size() > switches.regions_max) faults.push_back({Clause::kREG4, invalid | status_bit(GMC_NO_MEMORY)});
  return faults;
}

std::vector<LayoutFault> faults_of(const Layout& layout, const Profile& profile) {
  return faults_in_order(layout, profile, profile.root().region_order);
}

bool may_exhaust(const Layout& layout) {
  return std::ranges::any_of(layout.regions, [](const Region& region) {
    return !region.is_window && region.backing == Backing::kOwn && region.size > kOwnPromised;
  });
}

WindowRow window_row(const Layout& layout) {
  std::vector<std::uint64_t> bases;
  for (const Region& region : layout.regions) {
    if (!region.is_window) bases.push_back(region.base);
  }
  return bases.size() < 2 ? WindowRow{} : WindowRow{.window = bases[1], .count = bases.size()};
}

bool fits_row(const WindowRow& row, const Region& added, const Switches& switches) {
  return added.base % row.window == 0 && leaves_room(added, row.window, switches);
}

std::vector<LayoutFault> faults_of_added(const Layout& mapped, const Region& added, const Profile& profile) {
  Layout together = mapped;
  together.regions.push_back(added);
  return faults_in_order(together, profile, RegionOrder::kAny);
}

}  // namespace gmc
