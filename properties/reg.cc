// SPDX-License-Identifier: Apache-2.0 OR MIT
// GM-REG. Layouts are tried by the operation `create`, several to a program; which kinds of them a profile gives a meaning to is the
// generator's knowledge.
#include <algorithm>

#include "harness/generate/layouts.h"
#include "properties/groups.h"

namespace gmc {

namespace {

template <CandidateKind... kinds>
bool any_applies(const Profile& profile) {
  return (applies(kinds, profile) || ...);
}

using enum CandidateKind;

// Where no layout can be tried, it is mostly because the memory is the backend's own; else the switch says why there is but one region.
bool is_given(const Profile& p) { return p.root().layout == LayoutSource::kGiven; }
bool has_find(const Switches& s) { return s.region_api.has(RegionApi::kFind); }
bool has_list(const Switches& s) { return s.region_api.has(RegionApi::kList); }
bool has_file_facts(const Switches& s) {
  using enum FileFacts;
  return s.file_facts.has(kProtection) || s.file_facts.has(kFlags) || s.file_facts.has(kFileOffset) || s.file_facts.has(kHugetlbfs);
}

constexpr Rule kRules[] = {
    {1, "layout", is_given},
    {1, "regions_max", any_applies<kOverlapInside, kOverlapAround, kOverlapByOne, kOverlapEqual, kOverlapLastPair>},
    {2, "layout", is_given},
    {2, "regions_max", any_applies<kLegalAdjacent>},
    {3, "layout", is_given},
    {3, "region_order", any_applies<kLegalZeroSize, kZeroSize>},
    {4, "layout", is_given},
    {4, "region_align_size", any_applies<kMisalignedBase, kMisalignedSize, kLegalRounded>},
    {5, "layout", is_given},
    {5, "last_address", any_applies<kWraps, kEndsAtTop, kLegalAtTop>},
    {6, "layout", is_given},
    {6, "regions_max", any_applies<kLegalUnsorted, kUnsorted>},
    {7, "layout", is_given},
    {7, "backing", [](const Profile& p) { return p.root().backing.has(Backings::kOwn); }},
    {8, "region_api", [](const Profile& p) { return in_any_space(p, has_list); }},
    {9, "region_api", [](const Profile& p) { return in_any_space(p, has_find); }},
    {11, "layout", is_given},
    {11, "backing", any_applies<kLegalFileOverlap>},
    {12, "file_facts", [](const Profile& p) { return in_any_space(p, has_file_facts); }},
    {13, "region_api",
     [](const Profile& p) { return in_any_space(p, [](const Switches& s) { return s.region_api.has(RegionApi::kTotalSize); }); }},
};

GeneratorSettings settings(const Profile&) {
  GeneratorSettings settings;
  settings.ops_per_program = 20;
  settings.candidates = 7;
  neglect_others(settings,
                 {OpKind::kRead, OpKind::kCreate, OpKind::kFind, OpKind::kRegions, OpKind::kFacts, OpKind::kFdsOverlap, OpKind::kOpenRegion,
                  OpKind::kLastAddress},
                 4);
  favour(settings, {OpKind::kCreate, OpKind::kFacts, OpKind::kFdsOverlap}, 30);
  favour(settings, {OpKind::kRegions, OpKind::kFind}, 8);
  return settings;
}

}  // namespace

Suite reg_suite() { return {.name = "reg", .group = "REG", .rules = kRules, .settings = settings}; }

}  // namespace gmc
