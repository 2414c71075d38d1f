// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants in changes of the map: what comes, what goes, and who still sees it. Group GM-MAP.
#include <algorithm>
#include <array>
#include <cstring>
#include <span>

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
struct HandsOutLowest : MutantPolicy {
  static Region& handed_out(Region& region, std::span<Region* const> by_base, bool is_mapped) {
    return is_mapped ? *by_base.front() : region;
  }
};
struct HandsOutNeighbour : MutantPolicy {
  // What lies where the removed region was looked for.
  static Region& handed_out(Region& region, std::span<Region* const> by_base, bool is_mapped) {
    if (is_mapped) return region;
    const auto above = std::ranges::find_if(by_base, [&](const Region* other) { return other->base > region.base; });
    return above == by_base.end() ? region : **above;
  }
};
struct SharingCopies : MutantPolicy {
  static std::byte* shown_in_sharing(const Region& region) { return SnapshotCopies::shown_in_snapshot(region); }
};
struct SharingIsUntracked : MutantPolicy {
  static bool marks(Path path, bool failed, bool is_sharing) { return !is_sharing && MutantPolicy::marks(path, failed, is_sharing); }
};
struct SharedDiesWithFirst : MutantPolicy {
  static bool is_last(long) { return true; }
};
struct AddedBetweenWindows : MutantPolicy {
  static bool begins_window(std::uint64_t, std::uint64_t) { return true; }
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
const GmcPlugin* hands_out_lowest() { return by_policy<HandsOutLowest>(); }
const GmcPlugin* hands_out_neighbour() { return by_policy<HandsOutNeighbour>(); }
const GmcPlugin* sharing_copies() { return by_policy<SharingCopies>(); }
const GmcPlugin* sharing_is_untracked() { return by_policy<SharingIsUntracked>(); }
const GmcPlugin* shared_dies_with_first() { return by_policy<SharedDiesWithFirst>(); }
const GmcPlugin* added_between_windows() { return by_policy<AddedBetweenWindows>(); }
const GmcPlugin* stale_is_denied() { return by_policy<StaleIsDenied>(); }
const GmcPlugin* stale_is_served() { return by_policy<StaleIsServed>(); }
const GmcPlugin* change_loses_marks() { return by_policy<ChangeLosesMarks>(); }
const GmcPlugin* total_is_of_creation() { return by_policy<TotalIsOfCreation>(); }
const GmcPlugin* reset_forgets_removed() { return by_policy<ResetForgetsRemoved>(); }

}  // namespace gmc::mutants
