// SPDX-License-Identifier: Apache-2.0 OR MIT
// Armed faults: GM-INV-005.
#include "harness/backends/naive/memory.h"

namespace gmc::naive {

GmcOutcome Memory::arm(int space, std::uint32_t fault, std::uint64_t nth) {
  const std::uint32_t sites = settings(kRoot).fault_sites;
  if (sites == 0) return fail(space, GMC_UNSUPPORTED);
  if (space != kRoot) return fail(space, GMC_INVALID_ARGUMENT);
  if (fault == GMC_FAULT_NONE) {
    armed_.clear();
    return gmc_ok();
  }
  const bool is_there = (fault == GMC_FAULT_HARVEST && (sites & kInHarvests) != 0) ||
                        (fault == GMC_FAULT_ACCESS && (sites & kInAccesses) != 0) ||
                        (fault == GMC_FAULT_CHANGE && (sites & kInChanges) != 0);
  if (!is_there) return fail(space, GMC_UNSUPPORTED);
  armed_[fault] = nth;
  return gmc_ok();
}

bool Memory::fails(std::uint32_t fault) {
  const auto armed = armed_.find(fault);
  if (armed == armed_.end() || --armed->second > 0) return false;
  armed_.erase(armed);
  return true;
}

}  // namespace gmc::naive
