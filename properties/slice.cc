// SPDX-License-Identifier: Apache-2.0 OR MIT
// GM-SLICE. Ranges are opened on everything that is open, and most accesses go through them.
#include "properties/groups.h"

namespace gmc {

namespace {

bool has_slices(const Profile& p) {
  return in_any_space(p, [](const Switches& s) { return s.slices; });
}

bool gives_pointers(const Switches& s) { return s.host_pointer == HostPointer::kPerAddr || s.host_pointer == HostPointer::kWhole; }
bool has_pointers(const Profile& p) { return in_any_space(p, gives_pointers); }
bool has_arrays(const Profile& p) {
  return in_any_space(p, [](const Switches& s) { return s.arrays; });
}
bool has_snapshots(const Profile& p) { return p.root().map_mutation == MapMutation::kCow; }
bool lacks_pointers(const Profile& p) {
  return in_any_space(p, [](const Switches& s) { return !gives_pointers(s); });
}

constexpr Rule kRules[] = {
    {1, "slices", has_slices},
    {2, "slices", has_slices},
    {3, "references", [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return !s.references.empty(); }); }},
    {4, "arrays", has_arrays},
    {5, "arrays", has_arrays},
    {6, "host_pointer", has_pointers},
    {7, "host_pointer", lacks_pointers},
    {8, "host_pointer", [](const Profile& p) { return p.root().host_pointer == HostPointer::kWhole; }},
    {9, "host_pointer", has_pointers},
    {9, "pointer_lifetime", [](const Profile& p) { return p.root().pointer_lifetime != PointerLifetime::kLockGuard; }},
    {9, "map_mutation", [](const Profile& p) { return p.root().pointer_lifetime == PointerLifetime::kMap || has_snapshots(p); }},
    {10, "iova", [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.iova; }); }},
    // Where views are offered, the range that a slice may not be is one.
    {2, "views", [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.slices && !s.views; }); }},
};

GeneratorSettings settings(const Profile& profile) {
  GeneratorSettings settings;
  favour(settings, {OpKind::kOpenRange}, 5);
  favour(settings, {OpKind::kHostAddress}, has_pointers(profile) ? 5 : 100);
  favour(settings, {OpKind::kIova, OpKind::kFacts, OpKind::kReference, OpKind::kReadArray, OpKind::kWriteArray}, 5);
  favour(settings, {OpKind::kClose, OpKind::kHarvest}, 2);
  // Where they live as long as a snapshot, through one, and until after the map has changed.
  if (profile.root().pointer_lifetime == PointerLifetime::kSnapshot) favour(settings, {OpKind::kOpenSnapshot, OpKind::kRemove}, 4);
  return settings;
}

}  // namespace

Suite slice_suite() { return {.name = "slice", .group = "SLICE", .rules = kRules, .settings = settings}; }

}  // namespace gmc
