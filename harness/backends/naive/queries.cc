// SPDX-License-Identifier: Apache-2.0 OR MIT
// Questions that change nothing.
#include <algorithm>

#include "harness/backends/naive/memory.h"

namespace gmc::naive {

GmcOutcome Memory::check_range(int space, std::uint64_t address, std::uint64_t size, std::uint32_t rights) const {
  const Settings& s = settings(space);
  if ((s.range_api & kCheckRange) == 0) return fail(space, GMC_UNSUPPORTED);
  if (size == 0) return gmc_ok_value(lets_pass(s.zero_length_query, space, address) ? 1 : 0);
  return gmc_ok_value(reach(space, address, size, (rights & GMC_RIGHT_WRITE) != 0 ? Need::kWrite : Need::kRead).size == size ? 1 : 0);
}

GmcOutcome Memory::checked_offset(int space, std::uint64_t address, std::uint64_t offset) const {
  if ((settings(space).range_api & kCheckedOffset) == 0) return fail(space, GMC_UNSUPPORTED);
  if (offset > UINT64_MAX - address || spot(space, address + offset).ground != Ground::kMapped) return fail(space, GMC_NOT_FOUND);
  return gmc_ok_value(address + offset);
}

GmcOutcome Memory::last_address(int space) const {
  if ((settings(space).region_api & kLastAddress) == 0) return fail(space, GMC_UNSUPPORTED);
  const std::vector<Piece> all = pieces(space);
  return all.empty() ? fail(space, GMC_NOT_FOUND) : gmc_ok_value(all.back().address + (all.back().size - 1));
}

GmcOutcome Memory::find(int space, std::uint64_t address) const {
  if ((settings(space).region_api & kFind) == 0) return fail(space, GMC_UNSUPPORTED);
  if (is_region(space) || is_range(space)) return fail(space, GMC_INVALID_ARGUMENT);
  const int index = region_at(space, address);
  if (index == kRoot) return fail(space, GMC_NOT_FOUND);
  GmcOutcome outcome = gmc_ok_count(region(index).size);
  outcome.value = region(index).base;
  return outcome;
}

GmcOutcome Memory::iova(int space, std::uint64_t address) const {
  if (!settings(space).iova) return fail(space, GMC_UNSUPPORTED);
  if (spot(space, address).ground != Ground::kMapped) return fail(space, GMC_NOT_FOUND);
  return gmc_ok_value(settings(space).iova_base + origin(space) + address);
}

GmcOutcome Memory::total_size(int space) const {
  if ((settings(space).region_api & kTotalSize) == 0) return fail(space, GMC_UNSUPPORTED);
  if (space != kRoot) return fail(space, GMC_INVALID_ARGUMENT);
  std::uint64_t total = 0;
  for (const int index : now_.regions) {
    if (settings(kRoot).size_counts_added || static_cast<std::size_t>(index) < created_) total += region(index).size;
  }
  return gmc_ok_value(total);
}

GmcOutcome Memory::list(int space, GmcRegionInfo* infos, std::uint64_t room) const {
  const Settings& s = settings(space);
  if ((s.region_api & kList) == 0) return fail(space, GMC_UNSUPPORTED);
  if (space != kRoot || room < now_.regions.size()) return fail(space, GMC_INVALID_ARGUMENT);
  std::vector<GmcRegionInfo> listed;
  for (const int index : now_.regions) listed.push_back({region(index).base, region(index).size, region(index).rights, 0});
  if (s.iteration_order != kAsGiven) {
    std::sort(listed.begin(), listed.end(), [](const GmcRegionInfo& a, const GmcRegionInfo& b) { return a.base < b.base; });
  }
  // Any order is one that nobody expects.
  if (s.iteration_order == kAnyListOrder) std::reverse(listed.begin(), listed.end());
  std::copy(listed.begin(), listed.end(), infos);
  return gmc_ok_count(listed.size());
}

GmcOutcome Memory::fds_overlap(int space, int other) const {
  if ((settings(space).file_facts & kFdsOverlap) == 0) return fail(space, GMC_UNSUPPORTED);
  if (!is_region(space) || !is_region(other)) return fail(space, GMC_INVALID_ARGUMENT);
  const Region& a = regions_[static_cast<std::size_t>(space)];
  const Region& b = regions_[static_cast<std::size_t>(other)];
  const bool is_one = a.fd != -1 && a.fd == b.fd;
  const bool is_apart = a.fd_offset + a.size <= b.fd_offset || b.fd_offset + b.size <= a.fd_offset;
  return gmc_ok_value(is_one && !is_apart ? 1 : 0);
}

}  // namespace gmc::naive
