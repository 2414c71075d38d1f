// SPDX-License-Identifier: Apache-2.0 OR MIT
// GM-DIRTY, as far as one thread can decide it. All ways to write stay in: each of them has to mark (fault class H1).
#include "properties/groups.h"

namespace gmc {

namespace {

bool is_tracked(const Profile& p) { return p.root().dirty_source != DirtySource::kNone; }
bool is_switchable(const Profile& p) { return p.root().dirty_enable == DirtyEnable::kExplicit; }
bool has_ranges(const Profile& p) {
  return in_any_space(p, [](const Switches& s) { return s.slices || s.views; });
}
// A call that fails, or falls short, and wrote something all the same.
bool keeps_a_part(const Profile& p) {
  return in_any_space(p, [](const Switches& s) {
    return s.range_fail_effect == FailEffect::kPrefix || s.perm_fail_effect == PermFailEffect::kPrefix || s.partial;
  });
}

bool has_transfers(const Profile& p) {
  return in_any_space(p, [](const Switches& s) { return s.fd_io; });
}

constexpr Rule kRules[] = {
    {1, "dirty_source", [](const Profile& p) { return !is_tracked(p); }},  // only what is not offered can be probed
    {2, "dirty_source", is_tracked},
    {4, "dirty_source", is_tracked},
    {4, "range_fail_effect", keeps_a_part},
    {5, "dirty_source", is_tracked},
    {6, "dirty_source", is_tracked},
    {8, "dirty_source", is_tracked},
    {8, "slices", has_ranges},
    {9, "dirty_bitmap_api",
     [](const Profile& p) { return is_tracked(p) && in_any_space(p, [](const Switches& s) { return s.dirty_bitmap_api; }); }},
    {10, "dirty_source", is_tracked},
    {11, "dirty_source", is_tracked},
    {13, "fault_sites", [](const Profile& p) { return p.root().fault_sites.has(FaultSites::kHarvest); }},
    {14, "dirty_enable", is_switchable},
    {15, "dirty_enable", is_switchable},
    {16, "dirty_source", is_tracked},
    {16, "slices", has_ranges},
    {18, "dirty_source", is_tracked},
    {18, "fd_io", has_transfers},
};

GeneratorSettings settings(const Profile& profile) {
  GeneratorSettings settings;
  if (!is_tracked(profile)) {
    favour(settings, {OpKind::kHarvest, OpKind::kMark, OpKind::kTrack}, 10);
    return settings;
  }
  favour(settings, {OpKind::kHarvest}, 3);
  favour(settings, {OpKind::kMark, OpKind::kTrack}, 2);
  if (profile.root().dirty_when == DirtyWhen::kRelease) favour(settings, {OpKind::kOpenRegion, OpKind::kOpenRange, OpKind::kClose}, 2);
  favour(settings, {OpKind::kWritePartial, OpKind::kFill, OpKind::kWriteAtomics, OpKind::kReadFrom, OpKind::kReadFromPartial}, 2);
  return settings;
}

}  // namespace

Suite dirty_suite() { return {.name = "dirty", .group = "DIRTY", .rules = kRules, .settings = settings}; }

}  // namespace gmc
