// SPDX-License-Identifier: Apache-2.0 OR MIT
// GM-INV: the default mix of everything, as the invariants speak of everything.
#include "properties/groups.h"

namespace gmc {

namespace {

constexpr Rule kRules[] = {
    {4, "reset", [](const Profile& p) { return p.root().reset; }},
    {5, "fault_sites", [](const Profile& p) { return !p.root().fault_sites.empty(); }},
};

GeneratorSettings settings(const Profile&) {
  GeneratorSettings settings;
  favour(settings, {OpKind::kReset, OpKind::kArm}, 3);
  return settings;
}

}  // namespace

Suite inv_suite() { return {.name = "inv", .group = "INV", .rules = kRules, .settings = settings}; }

}  // namespace gmc
