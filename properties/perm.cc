// SPDX-License-Identifier: Apache-2.0 OR MIT
// GM-PERM: regions that are read-only from their creation on, and pages whose rights change.
#include "properties/groups.h"

namespace gmc {

namespace {

bool binds_this_lane(const Profile& p) {
  return in_any_space(p, [](const Switches& s) { return s.permissions != Permissions::kNone && s.permissions != Permissions::kGuestOnly; });
}

bool tells_denial(const Profile& p) { return (p.root().error_detail.same[GMC_DENIED] & status_bit(GMC_OUT_OF_RANGE)) == 0; }

bool has_page_rights(const Profile& p) { return p.root().permissions == Permissions::kPageBitmap; }

constexpr Rule kRules[] = {
    {1, "permissions", binds_this_lane},
    {2, "permissions", binds_this_lane},
    {3, "permissions", binds_this_lane},
    {3, "cross_region", [](const Profile& p) { return p.root().cross_region == CrossRegion::kSpan; }},
    {3, "region_order", [](const Profile& p) { return has_page_rights(p) || p.root().region_order != RegionOrder::kPositional; }},
    {3, "regions_max", [](const Profile& p) { return p.root().regions_max > 1; }},
    {4, "permissions", binds_this_lane},
    {5, "permissions", binds_this_lane},
    {5, "error_detail", tells_denial},
    {6, "permissions", has_page_rights},
    {7, "permissions", binds_this_lane},
    {7, "slices", [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.slices || s.views; }); }},
    {9, "permissions", has_page_rights},
    {10, "permissions", [](const Profile& p) { return p.root().permissions == Permissions::kGuestOnly; }},
};

GeneratorSettings settings(const Profile&) {
  GeneratorSettings settings;
  neglect_others(settings,
                 {OpKind::kRead, OpKind::kWrite, OpKind::kLoad, OpKind::kStore, OpKind::kReadPartial, OpKind::kWritePartial, OpKind::kFill,
                  OpKind::kZeroAll, OpKind::kWriteAtomics, OpKind::kCheckRange, OpKind::kOpenRegion, OpKind::kProtect},
                 4);
  favour(settings, {OpKind::kProtect}, 8);
  favour(settings, {OpKind::kFill, OpKind::kCheckRange}, 2);
  favour(settings, {OpKind::kZeroAll}, 8);
  return settings;
}

}  // namespace

Suite perm_suite() { return {.name = "perm", .group = "PERM", .rules = kRules, .settings = settings}; }

}  // namespace gmc
