// SPDX-License-Identifier: Apache-2.0 OR MIT
// Map changes.
#include <algorithm>

#include "harness/backends/naive/memory.h"

namespace gmc::naive {

bool Memory::may_change(bool takes_away) const {
  const int how = settings(kRoot).map_mutation;
  return how == kCow || how == kInPlace || (how == kInPlaceAddOnly && !takes_away);
}

GmcOutcome Memory::add(const GmcEntry& entry, int back) {
  if (!may_change(false)) return fail(kRoot, GMC_UNSUPPORTED);
  if (fails(GMC_FAULT_CHANGE)) return fail(kRoot, GMC_NO_MEMORY);
  const bool comes_back = entry.backing == GMC_BACKING_SPACE;
  // Where it was, as long as it was.
  if (comes_back && (!is_region(back) || is_mapped(back) || entry.size != region(back).size || entry.base != region(back).base)) {
    return fail(kRoot, GMC_INVALID_ARGUMENT);
  }
  if (entry.kind != GMC_ENTRY_REGION) return fail(kRoot, GMC_INVALID_ARGUMENT);
  if (settings(kRoot).region_order == kPositional && entry.size > 0) {
    // Of a row that nobody knows the windows are as large as can be.
    const std::uint64_t window = window_ == 0 ? std::uint64_t{1} << 63 : window_;
    if (entry.base % window != 0 || entry.size >= window || rounded(entry.size) >= window) return fail(kRoot, GMC_INVALID_ARGUMENT);
  }
  const Map before = now_;
  const std::size_t count = regions_.size();
  GmcStatus status = place_region(entry);
  if (status == GMC_OK && comes_back) now_.regions.push_back(back);
  if (now_.regions.size() > settings(kRoot).regions_max) status = GMC_NO_MEMORY;
  if (status == GMC_OK) return gmc_ok();
  now_ = before;
  regions_.resize(count);
  return fail(kRoot, status);
}

GmcOutcome Memory::remove(std::uint64_t base, std::uint64_t size) {
  if (!may_change(true)) return fail(kRoot, GMC_UNSUPPORTED);
  if (fails(GMC_FAULT_CHANGE)) return fail(kRoot, GMC_FAULT);
  for (auto index = now_.regions.begin(); index != now_.regions.end(); ++index) {
    if (region(*index).base != base || region(*index).size != size) continue;
    now_.regions.erase(index);
    forget_marks();
    return gmc_ok();
  }
  return fail(kRoot, GMC_NOT_FOUND);
}

GmcOutcome Memory::replace(const GmcLayout& layout) {
  if (!may_change(true)) return fail(kRoot, GMC_UNSUPPORTED);
  if (fails(GMC_FAULT_CHANGE)) return fail(kRoot, GMC_NO_MEMORY);
  const Map before = now_;
  const std::uint64_t window = window_;
  const std::size_t count = regions_.size();
  now_ = {};
  const GmcStatus status = place(layout);
  if (status == GMC_OK) {
    forget_marks();
    return gmc_ok();
  }
  now_ = before;
  window_ = window;
  regions_.resize(count);
  return fail(kRoot, status);
}

// Granules that are counted from address 0 belong to what is mapped there.
void Memory::forget_marks() {
  if (settings(kRoot).dirty_origin == kFromRegion) return;
  const std::vector<Piece> shown = pieces(kRoot);
  std::erase_if(marked_, [&](const Granule& at) {
    return std::none_of(shown.begin(), shown.end(), [&](const Piece& piece) {
      return granule(piece.region, piece.position) <= at && at <= granule(piece.region, piece.position + (piece.size - 1));
    });
  });
}

GmcOutcome Memory::open_snapshot(int space, int& opened) {
  if (space != kRoot || settings(kRoot).map_mutation != kCow) return fail(space, GMC_UNSUPPORTED);
  if (fails(GMC_FAULT_CHANGE)) return fail(kRoot, GMC_NO_MEMORY);
  snapshots_.push_back(now_);
  opened = kFirstSnapshot + static_cast<int>(snapshots_.size() - 1);
  return gmc_ok();
}

GmcOutcome Memory::share(int shared, std::uint64_t base, std::uint64_t size, int& root) {
  if ((settings(kRoot).backing & kSpace) == 0) return fail(kRoot, GMC_UNSUPPORTED);
  if (!is_region(shared) || is_dead(shared) || base != region(shared).base || size != region(shared).size) {
    return fail(kRoot, GMC_INVALID_ARGUMENT);
  }
  others_.push_back({.regions = {shared}, .windows = {}});
  root = kFirstOther + static_cast<int>(others_.size() - 1);
  return gmc_ok();
}

}  // namespace gmc::naive
