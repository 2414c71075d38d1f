// SPDX-License-Identifier: Apache-2.0 OR MIT
// GM-SUB. Ranges on ranges, over holes and the ends of regions, and after what they were opened on is closed.
#include "properties/groups.h"

namespace gmc {

namespace {

bool has_views(const Profile& p) {
  return in_any_space(p, [](const Switches& s) { return s.views; });
}
bool has_ranges(const Profile& p) {
  return in_any_space(p, [](const Switches& s) { return s.views || s.slices; });
}

constexpr Rule kRules[] = {
    {1, "views", [](const Profile& p) { return p.root().views || p.of(GMC_SPACE_REGION).views; }},
    {2, "views", has_views},
    {3, "views", [](const Profile& p) { return p.of(GMC_SPACE_RANGE).views; }},
    {4, "slices", has_ranges},
    {4, "spaces_outlive", [](const Profile& p) { return p.root().spaces_outlive; }},
    {5, "views", has_views},
    {5, "view_align", [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.views && s.view_align > 1; }); }},
};

GeneratorSettings settings(const Profile&) {
  GeneratorSettings settings;
  favour(settings, {OpKind::kOpenRange}, 5);
  favour(settings, {OpKind::kClose}, 6);
  return settings;
}

}  // namespace

Suite sub_suite() { return {.name = "sub", .group = "SUB", .rules = kRules, .settings = settings}; }

}  // namespace gmc
