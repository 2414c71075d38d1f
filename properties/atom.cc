// SPDX-License-Identifier: Apache-2.0 OR MIT
// GM-ATOM, as far as one thread can decide it.
#include "properties/groups.h"

namespace gmc {

namespace {

bool has_atomics(const Profile& p) {
  return in_any_space(p, [](const Switches& s) { return !s.atomics.empty(); });
}
bool has_compare_exchange(const Profile& p) {
  return in_any_space(p, [](const Switches& s) { return s.atomics.has(Atomics::kCompareExchange); });
}
bool needs_alignment(const Profile& p) {
  return in_any_space(p, [](const Switches& s) { return !s.atomics.empty() && s.atomic_unaligned == AtomicUnaligned::kError; });
}
bool lacks_atomics(const Profile& p) {
  return in_any_space(p, [](const Switches& s) { return s.atomics.empty(); });
}

constexpr Rule kRules[] = {
    {1, "atomics", has_atomics},          {5, "atomics", has_atomics},
    {6, "atomics", has_atomics},          {6, "atomic_unaligned", needs_alignment},
    {7, "atomics", has_atomics},          {8, "atomics", has_compare_exchange},
    {9, "atomics", has_compare_exchange}, {10, "atomics", has_compare_exchange},
    {12, "atomics", lacks_atomics},       {13, "atomics", has_atomics},
};

GeneratorSettings settings(const Profile& profile) {
  GeneratorSettings settings;
  // Where none is declared, each is to be answered so.
  favour(settings,
         {OpKind::kAtomicLoad, OpKind::kAtomicStore, OpKind::kCompareExchange, OpKind::kExchange, OpKind::kFetchAdd, OpKind::kFetchSub,
          OpKind::kFetchAnd, OpKind::kFetchOr, OpKind::kFetchXor},
         has_atomics(profile) ? 10 : 120);
  return settings;
}

}  // namespace

Suite atom_suite() { return {.name = "atom", .group = "ATOM", .rules = kRules, .settings = settings}; }

}  // namespace gmc
