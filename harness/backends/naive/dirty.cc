// SPDX-License-Identifier: Apache-2.0 OR MIT
// Dirty tracking.
#include <algorithm>
#include <map>
#include <set>

#include "harness/backends/naive/memory.h"

namespace gmc::naive {

Granule Memory::granule(int region, std::uint64_t position) const {
  const Settings& s = settings(kRoot);
  if (s.dirty_origin == kFromRegion) return {region, position / s.dirty_granule};
  return {kRoot, (regions_[static_cast<std::size_t>(region)].base + position) / s.dirty_granule};
}

void Memory::write_through(int space, std::uint64_t holder) {
  const bool is_root = space == kRoot || space >= kFirstOther;
  holder_ = is_root || settings(kRoot).dirty_when != kRelease ? 0 : holder;
}

void Memory::release(std::uint64_t holder) {
  if (is_tracking_) marked_.merge(waiting_[holder]);
  waiting_.erase(holder);
  forget_marks();
}

void Memory::make_dirty(std::set<Granule>& log, int region, std::uint64_t first, std::uint64_t last) {
  Granule at = granule(region, first);
  const std::uint64_t more = granule(region, last).number - at.number;
  for (std::uint64_t i = 0; i <= more; ++i, ++at.number) log.insert(at);
}

// Every granule of a byte of the range that is mapped in the space; what would wrap ends at 2^64.
void Memory::make_dirty_all(std::set<Granule>& log, int space, std::uint64_t address, std::uint64_t size) {
  if (size == 0) return;
  const std::uint64_t last = size - 1 > UINT64_MAX - address ? UINT64_MAX : address + (size - 1);
  for (const Piece& piece : pieces(space)) {
    const std::uint64_t from = std::max(address, piece.address);
    const std::uint64_t to = std::min(last, piece.address + (piece.size - 1));
    if (from <= to) make_dirty(log, piece.region, piece.position + (from - piece.address), piece.position + (to - piece.address));
  }
}

void Memory::start_tracking(bool is_all_dirty) {
  is_tracking_ = settings(kRoot).dirty_source != kUntracked;
  marked_.clear();
  if (settings(kRoot).dirty_source == kContentDiff) {
    for (Region& region : regions_) region.clean = region.bytes.snapshot();
  }
  for (const int index : now_.regions) {
    if (is_all_dirty) make_dirty(marked_, index, 0, region(index).size - 1);
  }
}

GmcOutcome Memory::track(int space, std::uint32_t on) {
  const Settings& s = settings(space);
  if (s.dirty_source == kUntracked || s.dirty_enable == kAlways) return fail(space, GMC_UNSUPPORTED);
  if (space != kRoot) return fail(space, GMC_INVALID_ARGUMENT);
  if (on != 0 && !is_tracking_) start_tracking(s.dirty_start == kAllDirty);
  if (on == 0) {
    is_tracking_ = false;
    marked_.clear();
  }
  return gmc_ok();
}

GmcOutcome Memory::mark(int space, std::uint64_t address, std::uint64_t size) {
  const Settings& s = settings(space);
  if (s.dirty_source == kUntracked || !s.dirty_bitmap_api) return fail(space, GMC_UNSUPPORTED);
  if (size == 0) return gmc_ok();
  if (!is_tracking_) return fail(space, GMC_BAD_STATE);
  make_dirty_all(marked_, space, address, size);
  return gmc_ok();
}

// The dirty granules that bytes of the space are in.
std::set<Granule> Memory::dirty(int space) const {
  std::set<Granule> all = marked_;
  if (settings(kRoot).dirty_source == kContentDiff) {
    for (std::size_t i = 0; i < regions_.size(); ++i) {
      for (const std::uint64_t position : regions_[i].bytes.differences(regions_[i].clean)) {
        all.insert(granule(static_cast<int>(i), position));
      }
    }
  }
  const std::vector<Piece> shown = pieces(space);
  std::erase_if(all, [&](const Granule& at) {
    return std::none_of(shown.begin(), shown.end(), [&](const Piece& piece) {
      return granule(piece.region, piece.position) <= at && at <= granule(piece.region, piece.position + (piece.size - 1));
    });
  });
  return all;
}

void Memory::make_clean(const std::set<Granule>& granules) {
  for (const Granule& at : granules) marked_.erase(at);
  if (settings(kRoot).dirty_source != kContentDiff) return;
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    Region& region = regions_[i];
    for (const std::uint64_t position : region.bytes.differences(region.clean)) {
      if (granules.contains(granule(static_cast<int>(i), position))) region.clean.put(position, region.bytes.get(position));
    }
  }
}

bool Memory::is_offered(int space, std::uint32_t flags) const {
  const Settings& s = settings(space);
  std::uint32_t mode = 0;
  if (flags == GMC_HARVEST_READ) mode = kRead;
  if (flags == GMC_HARVEST_CLEAR) mode = kClear;
  if (flags == (GMC_HARVEST_READ | GMC_HARVEST_CLEAR)) mode = kBoth;
  return s.dirty_source != kUntracked && (s.harvest & mode) != 0;
}

GmcOutcome Memory::harvest_dense(int space, std::uint32_t flags, std::uint64_t* words, std::uint64_t room) {
  const std::vector<Piece> shown = pieces(space);
  const bool is_one_region = is_region(space) || (is_range(space) && shown.size() == 1 && shown[0].size == range(space).size);
  if (!is_offered(space, flags) || !is_one_region) return fail(space, GMC_UNSUPPORTED);
  if (!is_tracking_) return fail(space, GMC_BAD_STATE);
  if (fails(GMC_FAULT_HARVEST)) return fail(space, GMC_NO_MEMORY);
  const std::uint64_t first = granule(shown[0].region, shown[0].position).number;
  const std::uint64_t count = granule(shown[0].region, shown[0].position + (shown[0].size - 1)).number - first + 1;
  const std::uint64_t needed = count / 64 + (count % 64 == 0 ? 0 : 1);
  const std::set<Granule> found = dirty(space);
  const bool reads = (flags & GMC_HARVEST_READ) != 0;
  if (reads) {
    if (room < needed) return fail(space, GMC_INVALID_ARGUMENT);
    for (std::uint64_t i = 0; i < needed; ++i) words[i] = 0;
    for (const Granule& at : found) words[(at.number - first) / 64] |= std::uint64_t{1} << ((at.number - first) % 64);
  }
  if ((flags & GMC_HARVEST_CLEAR) != 0) make_clean(found);
  return reads ? gmc_ok_count(needed) : gmc_ok();
}

GmcOutcome Memory::harvest_sparse(int space, std::uint32_t flags, GmcDirtyWord* words, std::uint64_t room) {
  if (!is_offered(space, flags)) return fail(space, GMC_UNSUPPORTED);
  if (!is_tracking_) return fail(space, GMC_BAD_STATE);
  const std::uint64_t size = settings(kRoot).dirty_granule;
  if (settings(kRoot).dirty_origin == kFromRegion) {
    for (const int index : memory_of(space).regions) {
      if (region(index).base % size != 0) return fail(space, GMC_UNSUPPORTED);  // its granules have no number counted from address 0
    }
  }
  if (fails(GMC_FAULT_HARVEST)) return fail(space, GMC_NO_MEMORY);
  const std::set<Granule> found = dirty(space);
  std::map<std::uint64_t, std::uint64_t> bits;  // by index
  for (const Granule& at : found) {
    std::uint64_t number = at.number;
    if (at.table != kRoot) number += regions_[static_cast<std::size_t>(at.table)].base / size;
    bits[number / 64] |= std::uint64_t{1} << (number % 64);
  }
  const bool reads = (flags & GMC_HARVEST_READ) != 0;
  if (reads) {
    if (room < bits.size()) return fail(space, GMC_INVALID_ARGUMENT);
    for (const auto& [index, word] : bits) *words++ = {index, word};
  }
  if ((flags & GMC_HARVEST_CLEAR) != 0) make_clean(found);
  return reads ? gmc_ok_count(bits.size()) : gmc_ok();
}

}  // namespace gmc::naive
