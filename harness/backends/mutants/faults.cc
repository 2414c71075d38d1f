// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants in what failures leave behind, and in how faults are armed: GM-DIRTY-013 and GM-INV-005.
#include "harness/backends/mutants/policy_mutant.h"

namespace gmc::mutants {
namespace {

struct FailedHarvestClears : MutantPolicy {
  static std::size_t cleared_before_fault(std::size_t done, std::size_t) { return done; }
};
struct FailureForgetsDirty : MutantPolicy {
  static std::size_t cleared_before_fault(std::size_t, std::size_t all) { return all; }
};
struct FaultKeepsPrefix : MutantPolicy {
  static std::uint64_t moved_before_fault(std::uint64_t done) { return done; }
};
struct ArmsTheNextUse : MutantPolicy {
  static std::uint64_t armed_use(std::uint64_t nth) { return nth + 1; }
};
struct FaultComesAtOnce : MutantPolicy {
  static std::uint64_t armed_use(std::uint64_t) { return 1; }
};
struct ResetKeepsFaults : MutantPolicy {
  static bool resets_faults() { return false; }
};

}  // namespace

const GmcPlugin* failed_harvest_clears() { return by_policy<FailedHarvestClears>(); }
const GmcPlugin* failure_forgets_dirty() { return by_policy<FailureForgetsDirty>(); }
const GmcPlugin* fault_keeps_prefix() { return by_policy<FaultKeepsPrefix>(); }
const GmcPlugin* arms_the_next_use() { return by_policy<ArmsTheNextUse>(); }
const GmcPlugin* fault_comes_at_once() { return by_policy<FaultComesAtOnce>(); }
const GmcPlugin* reset_keeps_faults() { return by_policy<ResetKeepsFaults>(); }

}  // namespace gmc::mutants
