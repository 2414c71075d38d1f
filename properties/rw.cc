// SPDX-License-Identifier: Apache-2.0 OR MIT
// GM-RW. The byte functions, all of them about equally often: the rare ones are where less care went.
#include "properties/groups.h"

namespace gmc {

namespace {

// Where no outcome has to carry anything beside its status, only a backend that tells more than it has to could tell it wrongly.
bool has_to_tell(const Switches& s) {
  return s.partial || s.reports_count || s.region_api.has(RegionApi::kList) || s.region_api.has(RegionApi::kFind) ||
         s.dirty_source != DirtySource::kNone;
}

constexpr Rule kRules[] = {
    {5, "partial", [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.partial; }); }},
    {6, "partial", [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.partial; }); }},
    {8, "range_fail_effect",
     [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.range_fail_effect == FailEffect::kPrefix; }); }},
    {10, "has_fill", [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.has_fill; }); }},
    {11, "has_zero_all", [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.has_zero_all; }); }},
    {12, "has_copy", [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.has_copy; }); }},
    {14, "atomic_buffers", [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.atomic_buffers; }); }},
    {15, "dump_all", [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.dump_all != DumpAll::kNone; }); }},
    {16, "reports_count", [](const Profile& p) { return in_any_space(p, has_to_tell); }},
};

GeneratorSettings settings(const Profile&) {
  GeneratorSettings settings;
  neglect_others(settings,
                 {OpKind::kRead, OpKind::kWrite, OpKind::kReadPartial, OpKind::kWritePartial, OpKind::kFill, OpKind::kZeroAll,
                  OpKind::kReadAtomics, OpKind::kWriteAtomics, OpKind::kDump, OpKind::kCopy, OpKind::kOpenRegion},
                 3);
  favour(settings, {OpKind::kReadPartial, OpKind::kWritePartial, OpKind::kFill}, 2);
  favour(settings, {OpKind::kReadAtomics, OpKind::kWriteAtomics}, 4);
  favour(settings, {OpKind::kCopy}, 3);
  favour(settings, {OpKind::kZeroAll}, 6);
  favour(settings, {OpKind::kDump}, 20);  // few batches have the low memory that it needs
  return settings;
}

}  // namespace

Suite rw_suite() { return {.name = "rw", .group = "RW", .rules = kRules, .settings = settings}; }

}  // namespace gmc
