// SPDX-License-Identifier: Apache-2.0 OR MIT
// Profiles that are edited, and the values that are tried.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/profiler/beginning.h"
#include "harness/profiler/draft.h"
#include "harness/profiler/probe_programs.h"
#include "harness/profiler/probe_table.h"
#include "harness/profiler/profile_file.h"
#include "harness/profiler/values.h"

namespace gmc {
namespace {

const Layout kNoLayout;
const Ground kNoGround{.adopted = kNoLayout};

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
    if (!probe.along.empty()) {
      EXPECT_NE(find_probe(probe.along), nullptr) << probe.name;
      EXPECT_EQ(shape_of(probe.along), Shape::kChoice) << probe.name;
    }
    if (!probe.beyond.empty()) {
      EXPECT_NE(find_probe(probe.beyond), nullptr) << probe.name;
      EXPECT_EQ(shape_of(probe.beyond), Shape::kNumber) << probe.name;
      EXPECT_EQ(shape, Shape::kChoice) << probe.name;
    }
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
  const auto programs = draw_programs(probe, profiles, kNoGround, 40);
  EXPECT_EQ(programs.size(), 40u) << "both profiles draw the same ones, and one is enough of each";
  for (const Program& program : programs) EXPECT_TRUE(validate(program).has_value());
  EXPECT_EQ(programs, draw_programs(probe, profiles, kNoGround, 40));
}

TEST(ProbePrograms, EmptyAccessesHaveNoByte) {
  for (const Program& program : draw_programs(*find_probe("zero_length_bytes"), std::vector<Profile>{Profile{}}, kNoGround, 40)) {
    for (const Op& op : program.ops) EXPECT_EQ(op.size, 0u);
  }
}

// One that is known comes before those that are only usual.
TEST(ProbePrograms, StandOnTheMemoryThatIsKnown) {
  const Layout known{{Region{.base = 0x40000000, .size = 0x10000}}};
  const Probe& probe = *find_probe("region_order");
  for (const Program& program : draw_programs(probe, std::vector<Profile>{Profile{}}, {.adopted = kNoLayout, .plain = &known}, 40))
    EXPECT_EQ(program.layouts.front(), known);
  for (const Program& program : plain_programs()) EXPECT_TRUE(validate(program).has_value());
}

// Openings for what follows have bytes, and what follows has none.
TEST(ProbePrograms, EmptyAccessesAreMovedToTheEndsOfTheSpacesThatTheyGoThrough) {
  Probe probe = *find_probe("zero_length_bytes");
  probe.operations = "read write open_range open_region";
  probe.length = 3;
  std::size_t at_ends = 0;
  for (const Program& program : draw_programs(probe, std::vector<Profile>{parsed("slices = yes\n")}, kNoGround, 200)) {
    const Op& last = program.ops.back();
    if (last.space == 0 || (last.kind != OpKind::kRead && last.kind != OpKind::kWrite)) continue;
    EXPECT_EQ(last.size, 0u);
    for (const Op& op : program.ops) {
      if (op.opens != last.space) continue;
      const auto end = static_cast<std::int64_t>(static_cast<std::uint64_t>(op.at.delta) + op.size);
      if (op.kind == OpKind::kOpenRange && op.size > 0 && last.at.anchor == op.at.anchor && last.at.delta == end) ++at_ends;
      if (op.kind == OpKind::kOpenRegion && last.at.anchor == Anchor::kRegionEnd && last.at.delta == 0) ++at_ends;
    }
  }
  EXPECT_GE(at_ends, 10u);
}

TEST(ProbePrograms, EveryRowOfTheTableHasSome) {
  const Profile rich = parsed(
      "backing = own fd\nreset = yes\nregion_api = list find last_address\nfile_facts = protection\npartial = yes\nhas_fill = yes\n"
      "has_zero_all = yes\natomic_buffers = yes\ndump_all = exact_length\nrange_api = check_range checked_offset\natomics = load store\n"
      "dirty_source = host_api\nhost_pointer = per_addr\nslices = yes\nhole_kind = discard\n");
  for (const Probe& probe : probe_table())
    EXPECT_FALSE(draw_programs(probe, std::vector<Profile>{rich}, kNoGround, 40).empty()) << probe.name;
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

TEST(Values, SafestAsksLeast) {
  EXPECT_EQ(safest("has_fill", {"yes", "no"}), "no");
  EXPECT_EQ(safest("iteration_order", {"by_base", "as_given", "any"}), "any");
  EXPECT_EQ(safest("dirty_source", {"guest", "host_and_guest", "host_api"}), "host_api");
  EXPECT_EQ(safest("permissions", {"typestate", "region_ro"}), "region_ro");
  EXPECT_EQ(safest("permissions", {"guest_only", "none"}), "none");
  EXPECT_EQ(safest("host_pointer", {"whole", "per_addr"}), "per_addr");
}

// Whatever can be left out is denied in all of them, or nothing could be opened that lacks it.
TEST(Beginnings, ClaimWhatNobodyLacks) {
  std::set<std::string_view> names;
  for (const Beginning& beginning : beginnings()) {
    EXPECT_TRUE(names.insert(beginning.name).second) << beginning.name;
    const Profile profile = profile_to_begin_with(beginning);
    EXPECT_TRUE(has_room(profile)) << beginning.name;
    Switches least;
    least.typed_sizes = {};
    const Switches& s = profile.root();
    for (const SwitchShape& one : switch_shapes()) {
      const bool says_which_memory = one.name == "backing" || one.name == "layout" || one.name == "addr_space" || one.name == "regions_max";
      const bool needs_list = one.name == "region_api" && s.layout == LayoutSource::kOwn;
      if (says_which_memory || needs_list) continue;
      EXPECT_EQ(switch_text(s, one.name), switch_text(least, one.name)) << beginning.name;
    }
  }
  EXPECT_EQ(profile_to_begin_with(beginnings().front()), parsed("typed_sizes = none\n"));
}

ObservedSwitch seen(std::string name, std::vector<std::string> values, std::string written) {
  return {.name = std::move(name), .declared = "", .values = std::move(values), .written = std::move(written)};
}

TEST(ProfileFile, SaysWhatWasSeenAndParses) {
  ObservedProfile observed{.switches = {}, .profile = parsed("cross_region = span\nregion_api = list\nregion.has_fill = yes\n")};
  observed.switches = {seen("cross_region", {"span"}, "span"),
                       seen("spaces_outlive", {"no", "yes"}, "no"),
                       seen("region_api", {"list"}, "list"),
                       seen("hole_kind", {}, "oob"),
                       seen("kvm", {}, "no"),
                       seen("region.has_fill", {"yes"}, "yes")};
  observed.switches[2].untold = {"find"};
  observed.switches[4].why_not = "nobody looks";
  const std::string text = profile_file(observed, "libmine.so");
  const auto profile = Profile::parse(text, "test");
  ASSERT_TRUE(profile.has_value()) << profile.error().text();
  EXPECT_EQ(*profile, observed.profile);
  EXPECT_EQ(text,
            "# libmine.so, as `gmcheck profile` observed it. What is not said below has its default.\n"
            "# Observed:\n"
            "#   cross_region region.has_fill\n"
            "# Observed in part; members of which nothing was seen are as in the profile that this began with:\n"
            "#   region_api = list (not observed: find)\n"
            "# Several values explain what was seen; this one asks least:\n"
            "#   spaces_outlive = no (or yes)\n"
            "# No value explains all that was seen; this one explains most:\n"
            "#   hole_kind = oob\n"
            "# Not observed, and as in the profile that this began with:\n"
            "#   kvm = no: nobody looks\n" +
                observed.profile.print());
}

TEST(ProfileFile, LongListsAreWrapped) {
  ObservedProfile observed{.switches = {}, .profile = {}};
  for (const SwitchShape& one : switch_shapes()) observed.switches.push_back(seen(std::string(one.name), {"x"}, "x"));
  const std::string text = profile_file(observed, "b");
  EXPECT_EQ(Profile::parse(text, "test").value(), Profile{});
  std::size_t longest = 0;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) longest = std::max(longest, text.find('\n', at) - at);
  EXPECT_LE(longest, 120u);
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
