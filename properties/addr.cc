// SPDX-License-Identifier: Apache-2.0 OR MIT
// GM-ADDR. Its clauses are about addresses rather than functions: every access serves them. What needs help is the queries, which the
// default mix asks seldom.
#include "properties/groups.h"

namespace gmc {

namespace {

constexpr Rule kRules[] = {
    {5, "last_address", [](const Profile& p) { return p.root().last_address != UINT64_MAX; }},
    {6, "range_api",
     [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.range_api.has(RangeApi::kCheckRange); }); }},
    {7, "range_api",
     [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.range_api.has(RangeApi::kCheckRange); }); }},
    {8, "range_api",
     [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.range_api.has(RangeApi::kCheckedOffset); }); }},
    {9, "region_api",
     [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.region_api.has(RegionApi::kLastAddress); }); }},
};

GeneratorSettings settings(const Profile&) {
  GeneratorSettings settings;
  favour(settings, {OpKind::kCheckRange, OpKind::kCheckedOffset}, 6);
  favour(settings, {OpKind::kLastAddress, OpKind::kCreate}, 10);
  return settings;
}

}  // namespace

Suite addr_suite() { return {.name = "addr", .group = "ADDR", .rules = kRules, .settings = settings}; }

}  // namespace gmc
