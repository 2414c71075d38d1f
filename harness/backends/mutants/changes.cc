// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants in changes of the map: what comes, what goes, and who still sees it. Group GM-MAP.
#include <array>
#include <cstring>

#include "harness/backends/mutants/policy_mutant.h"

namespace gmc::mutants {
namespace {

using mapped::Region;

struct RemovesByBase : MutantPolicy {
  static bool is_exactly(const Region& region, std::uint64_t base, std::uint64_t) { return region.base == base; }
};
struct RemovedIsReached : MutantPolicy {
  static bool tells(bool has_more) { return has_more; }
};
struct AddedIsNotSeen : MutantPolicy {
  static bool tells(bool has_more) { return !has_more; }
};
struct SnapshotFollows : MutantPolicy {
  static bool snapshot_follows() { return true; }
};
struct SnapshotCopies : MutantPolicy {
  // Small regions alone, so that most snapshots are right.
  static std::byte* shown_in_snapshot(const Region& region) {
    static std::array<std::byte, 4096> copy;
    if (region.size > copy.size()) return region.data;
    std::memcpy(copy.data(), region.data, region.size);
    return copy.data();
  }
};
struct ReturnsEmpty : MutantPolicy {
  static void inserted(Region& region) {
    if (region.is_own) std::memset(region.data, 0, region.size);
  }
};
struct StaleIsDenied : MutantPolicy {
  static bool stale_is_denied(const Options&) { return true; }
};
struct StaleIsServed : MutantPolicy {
  static bool stale_is_denied(const Options&) { return false; }
};
struct ChangeLosesMarks : MutantPolicy {
  static bool keeps_marks() { return false; }
};
struct TotalIsOfCreation : MutantPolicy {
  static bool counts(const Region& region, const Options&) { return !region.is_added; }
};
struct ResetForgetsRemoved : MutantPolicy {
  static bool resets_map(bool has_added) { return has_added; }
};

}  // namespace

const GmcPlugin* removes_by_base() { return by_policy<RemovesByBase>(); }
const GmcPlugin* removed_is_reached() { return by_policy<RemovedIsReached>(); }
const GmcPlugin* added_is_not_seen() { return by_policy<AddedIsNotSeen>(); }
const GmcPlugin* snapshot_follows() { return by_policy<SnapshotFollows>(); }
const GmcPlugin* snapshot_copies() { return by_policy<SnapshotCopies>(); }
const GmcPlugin* returns_empty() { return by_policy<ReturnsEmpty>(); }
const GmcPlugin* stale_is_denied() { return by_policy<StaleIsDenied>(); }
const GmcPlugin* stale_is_served() { return by_policy<StaleIsServed>(); }
const GmcPlugin* change_loses_marks() { return by_policy<ChangeLosesMarks>(); }
const GmcPlugin* total_is_of_creation() { return by_policy<TotalIsOfCreation>(); }
const GmcPlugin* reset_forgets_removed() { return by_policy<ResetForgetsRemoved>(); }

}  // namespace gmc::mutants
