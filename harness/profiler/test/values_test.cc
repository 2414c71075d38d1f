// SPDX-License-Identifier: Apache-2.0 OR MIT
// Profiles that are edited, and the values that are tried.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "harness/profiler/draft.h"
#include "harness/profiler/probe_programs.h"
#include "harness/profiler/probe_table.h"
#include "harness/profiler/values.h"

namespace gmc {
namespace {

Profile parsed(std::string_view text) {
  auto profile = Profile::parse(text, "test");
  EXPECT_TRUE(profile.has_value()) << profile.error().text();
  return profile.value_or(Profile{});
}

TEST(Draft, HasTheLinesOfItsProfile) {
  const Draft draft(parsed("cross_region = span\nregion.cross_region = reject\nreserved = 0x1000+0x1000\n"));
  EXPECT_EQ(draft.get("cross_region"), "span");
  EXPECT_EQ(draft.get("region.cross_region"), "reject");
  EXPECT_EQ(draft.get("has_fill"), "no") << "the contract's default";
  EXPECT_EQ(draft.lines_of_kinds(), std::vector<std::string>{"region.cross_region"});
  EXPECT_EQ(draft.profile().reserved().size(), 1u);
}

TEST(Draft, OneLineIsSaidOtherwise) {
  const Draft draft(parsed("cross_region = span\nregion.cross_region = reject\n"));
  const auto other = draft.with("region.cross_region", "span");
  ASSERT_TRUE(other.has_value());
  EXPECT_EQ(other->profile(), parsed("cross_region = span\n"));
  EXPECT_EQ(draft.get("region.cross_region"), "reject") << "the draft itself stays";
}

TEST(Draft, WhatStandsInTheWayGoesBackToItsDefaultAndNothingElse) {
  const Draft draft(
      parsed("dirty_source = host_api\ndirty_bitmap_api = yes\ndirty_enable = explicit\nharvest = read both\ndirty_granule = 64\n"));
  const auto untracked = draft.with("dirty_source", "none");
  ASSERT_TRUE(untracked.has_value());
  EXPECT_EQ(untracked->profile(), parsed("harvest = read both\ndirty_granule = 64\n"));
}

TEST(Draft, WhatCannotBeIsRefusedWithTheReason) {
  const auto marks = Draft(Profile{}).with("dirty_bitmap_api", "yes");
  ASSERT_FALSE(marks.has_value());
  EXPECT_EQ(marks.error().cause, "dirty_bitmap_api = yes, dirty_source = none: marking where nothing is tracked");
}

TEST(ProbeTable, EverySwitchIsObservedOrHasAReason) {
  for (const SwitchShape& one : switch_shapes()) {
    EXPECT_TRUE(find_probe(one.name) != nullptr || !why_unseen(one.name).empty()) << one.name;
  }
  EXPECT_EQ(switch_shapes().size(), switch_table().size());
}

TEST(ProbeTable, RowsAreOfSwitchesAndTheirValues) {
  std::set<std::string_view> names;
  for (const Probe& probe : probe_table()) {
    EXPECT_TRUE(names.insert(probe.name).second) << probe.name << " has two rows";
    const Shape shape = shape_of(probe.name);
    EXPECT_EQ(probe.needs == nullptr, probe.without.empty()) << probe.name;
    if (probe.lax.empty()) continue;
    if (shape == Shape::kSet && probe.lax == "none") continue;
    ASSERT_TRUE(shape == Shape::kChoice || shape == Shape::kBool) << probe.name;
    const auto values = all_values(probe.name);
    EXPECT_NE(std::ranges::find(values, probe.lax), values.end()) << probe.name;
  }
}

TEST(ProbePrograms, AreValidAndTheSameEachTime) {
  const std::vector<Profile> profiles = {Profile{}, parsed("has_fill = yes\n")};
  const Probe& probe = *find_probe("has_fill");
  const auto programs = draw_programs(probe, profiles, {}, 40);
  EXPECT_EQ(programs.size(), 40u) << "both profiles draw the same ones, and one is enough of each";
  for (const Program& program : programs) EXPECT_TRUE(validate(program).has_value());
  EXPECT_EQ(programs, draw_programs(probe, profiles, {}, 40));
}

TEST(ProbePrograms, EmptyAccessesHaveNoByte) {
  for (const Program& program : draw_programs(*find_probe("zero_length_bytes"), std::vector<Profile>{Profile{}}, {}, 40)) {
    for (const Op& op : program.ops) EXPECT_EQ(op.size, 0u);
  }
}

TEST(ProbePrograms, EveryRowOfTheTableHasSome) {
  const Profile rich = parsed(
      "backing = own fd\nreset = yes\nregion_api = list find last_address\nfile_facts = protection\npartial = yes\nhas_fill = yes\n"
      "has_zero_all = yes\natomic_buffers = yes\ndump_all = exact_length\nrange_api = check_range checked_offset\natomics = load store\n"
      "dirty_source = host_api\nhost_pointer = per_addr\nslices = yes\nhole_kind = discard\n");
  for (const Probe& probe : probe_table()) EXPECT_FALSE(draw_programs(probe, std::vector<Profile>{rich}, {}, 40).empty()) << probe.name;
}

TEST(ProbePrograms, ThereIsRoomOrThereIsNone) {
  EXPECT_TRUE(has_room(Profile{}));
  EXPECT_TRUE(has_room(parsed("last_address = 0xffff\nregion_align_size = 65536\n")));
  EXPECT_FALSE(has_room(parsed("last_address = 0xffff\nregion_align_size = 131072\n")));
}

TEST(Values, NumbersAreTriedAroundTheDeclaredOne) {
  const auto near = numbers_near("dirty_granule", "4096");
  for (const char* value : {"2048", "0x1000", "0x2000"}) EXPECT_NE(std::ranges::find(near, value), near.end()) << value;
  EXPECT_LT(near.size(), 8u);
  const auto all = all_numbers("regions_max", "509");
  EXPECT_NE(std::ranges::find(all, canonical("regions_max", "509")), all.end());
}

TEST(Values, MembersComeAndGo) {
  EXPECT_EQ(with_member("region_api", "none", "find", true), "find");
  EXPECT_EQ(with_member("region_api", "find", "list", true), "list find");
  EXPECT_EQ(with_member("region_api", "find", "find", false), "none");
  EXPECT_EQ(with_member("typed_sizes", "1 2 4 8", "2", false), "1 4 8");
  EXPECT_TRUE(has_member("10 16", "16"));
  EXPECT_FALSE(has_member("10 16", "1"));
}

TEST(Values, StatusesAreFoldedAndTold) {
  const std::string one = detail_with("full", "denied", "out_of_range");
  EXPECT_EQ(one, canonical("error_detail", "denied|out_of_range"));
  EXPECT_EQ(detail_with(one, "not_found", "denied"), canonical("error_detail", "denied|not_found|out_of_range"));
  EXPECT_EQ(details_without_one(one), std::vector<std::string>{"full"});
}

}  // namespace
}  // namespace gmc
