// SPDX-License-Identifier: Apache-2.0 OR MIT
// GM-MAP, as far as one thread can decide it.
#include "properties/groups.h"

namespace gmc {

namespace {

// With contents that are compared, what a change leaves clean is nobody's to say: it is not driven.
bool changes(const Profile& p) {
  return p.root().map_mutation != MapMutation::kImmutable && p.root().dirty_source != DirtySource::kContentDiff;
}
bool takes_away(const Profile& p) { return changes(p) && p.root().map_mutation != MapMutation::kInPlaceAddOnly; }
bool has_snapshots(const Profile& p) { return changes(p) && p.root().map_mutation == MapMutation::kCow; }
bool shares(const Profile& p) {
  return p.root().backing.has(Backings::kSpace) && p.root().dirty_source != DirtySource::kContentDiff &&
         p.root().region_order != RegionOrder::kPositional && p.root().addr_space != AddrSpace::kGpaWindow;
}
bool has_two_maps(const Profile& p) { return has_snapshots(p) || shares(p); }
bool goes_on(const Profile& p) { return p.root().stale_handle == StaleHandle::kKeepsAlive; }

constexpr Rule kRules[] = {
    {1, "map_mutation", has_snapshots},    {2, "map_mutation", has_two_maps},  {3, "map_mutation", changes},
    {4, "map_mutation", takes_away},       {4, "stale_handle", goes_on},       {7, "map_mutation", changes},
    {8, "map_mutation", takes_away, true}, {9, "map_mutation", changes, true}, {10, "backing", shares},
};

GeneratorSettings settings(const Profile&) {
  GeneratorSettings settings;
  favour(settings, {OpKind::kAdd, OpKind::kInsert, OpKind::kRemove, OpKind::kOpenSnapshot}, 8);
  favour(settings, {OpKind::kReplace}, 3);
  favour(settings, {OpKind::kOpenMemory}, 6);
  favour(settings, {OpKind::kOpenRegion, OpKind::kProtect}, 2);
  return settings;
}

}  // namespace

Suite map_suite() { return {.name = "map", .group = "MAP", .rules = kRules, .settings = settings}; }

}  // namespace gmc
