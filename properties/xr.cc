// SPDX-License-Identifier: Apache-2.0 OR MIT
// GM-XR. Layouts are mixed ones and not all adjacent: half of these clauses need two regions that touch, the other half a hole between
// them.
#include "harness/generate/layouts.h"
#include "properties/groups.h"

namespace gmc {

namespace {

bool has_several(const Profile& p) { return p.root().regions_max > 1 && p.root().addr_space != AddrSpace::kOffset; }

// In a row of windows that none fills there is always a hole between.
bool may_touch(const Profile& p) { return p.root().region_order != RegionOrder::kPositional; }

constexpr Rule kRules[] = {
    {1, "region_order", may_touch},
    {2, "region_order", may_touch},
    {1, "cross_region", [](const Profile& p) { return p.root().cross_region == CrossRegion::kSpan; }},
    {1, "regions_max", has_several},
    {2, "cross_region", [](const Profile& p) { return p.root().cross_region == CrossRegion::kReject; }},
    {2, "regions_max", has_several},
    {3, "regions_max", has_several},
    // Where a hole in a window is out of range, or discards, the answer is what GM-RW-007, GM-ADDR-003 and GM-XR-003 demand as well, and is
    // decided under those.
    {5, "slice_lists", [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.slice_lists; }); }},
    {6, "slices", [](const Profile& p) { return p.root().slices; }},
    {6, "views", [](const Profile& p) { return !p.root().views; }},
    {6, "regions_max", has_several},
    {4, "hole_kind", [](const Profile& p) { return p.root().hole_kind == HoleKind::kFault; }},
};

GeneratorSettings settings(const Profile&) {
  GeneratorSettings settings;
  neglect_others(settings,
                 {OpKind::kRead, OpKind::kWrite, OpKind::kReadPartial, OpKind::kWritePartial, OpKind::kLoad, OpKind::kStore, OpKind::kFill},
                 4);
  favour(settings, {OpKind::kReadPartial, OpKind::kWritePartial, OpKind::kFill}, 2);
  settings.stretched_one_in = 32;
  favour(settings, {OpKind::kSlices}, 10);
  return settings;
}

}  // namespace

Suite xr_suite() { return {.name = "xr", .group = "XR", .rules = kRules, .settings = settings}; }

}  // namespace gmc
