// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/diff/shared_ground.h"

#include <gtest/gtest.h>

#include "harness/campaign/order.h"
#include "harness/generate/generator.h"
#include "harness/generate/profiles_for_test.h"

namespace gmc {
namespace {

Program program_with(std::vector<Region> regions) {
  Program program;
  program.layouts.push_back({std::move(regions)});
  return program;
}

// For every two of the profiles that constrain programs in some way of their own: what is drawn for both is legal for both.
TEST(SharedGround, ProgramsAreLegalForBoth) {
  const auto profiles = test_profiles();
  int pairs = 0;
  for (const NamedProfile& a : profiles) {
    for (const NamedProfile& b : profiles) {
      const Profile shared(shared_switches(a.profile.root(), b.profile.root()));
      if (!why_nothing_is_shared(shared.root()).empty()) continue;
      // What is reserved is not kept clear of: who draws leaves such programs out, and regions that have to begin at 0 are all of that
      // kind.
      const bool reserves = !a.profile.reserved().empty() || !b.profile.reserved().empty();
      ++pairs;
      Generator generator(shared, {});
      int taken = 0;
      for (std::uint64_t batch = 0; batch < 12; ++batch) {
        generator.begin(batch_seed(5, batch));
        Program program;
        generator.next(program);
        taken += why_not_taken(program, a.profile).empty() && why_not_taken(program, b.profile).empty() ? 1 : 0;
      }
      EXPECT_GE(taken, reserves ? 0 : 12) << a.name << " and " << b.name;
    }
  }
  EXPECT_GT(pairs, 80);
}

TEST(SharedGround, WhereNothingIsSharedNothingIsDrawn) {
  const auto why = [](std::string_view a, std::string_view b) {
    return why_nothing_is_shared(shared_switches(parse_profile(a).root(), parse_profile(b).root()));
  };
  EXPECT_EQ(why("", ""), "");
  EXPECT_NE(why("backing = fd\n", "").find("no backing"), std::string::npos);
  EXPECT_NE(why("last_address = 0xffff\n", "region_align_base = 65536\n").find("no room"), std::string::npos);
  EXPECT_EQ(why("last_address = 0xfffff\n", "region_align_base = 65536\n"), "");
}

TEST(SharedGround, ClaimsWhatBothClaim) {
  const Profile a =
      parse_profile("has_fill = yes\npartial = yes\ntyped_sizes = 1 2 4\nbacking = own fd\nregions_max = 8\nregion_order = sorted\n");
  const Profile b =
      parse_profile("has_fill = yes\ntyped_sizes = 2 4 8\nbacking = own\nregion_align_base = 4096\nlast_address = 0xffffff\n");
  const Switches shared = shared_switches(a.root(), b.root());
  EXPECT_TRUE(shared.has_fill);
  EXPECT_FALSE(shared.partial);
  EXPECT_EQ(shared.typed_sizes.mask, 0x14u);
  EXPECT_FALSE(shared.backing.has(Backings::kFd));
  EXPECT_EQ(shared.regions_max, 8u);
  EXPECT_EQ(shared.region_align_base, 4096u);
  EXPECT_EQ(shared.last_address, 0xffffffu);
  EXPECT_EQ(shared.region_order, RegionOrder::kSorted);
  EXPECT_EQ(shared_switches(a.root(), a.root()), a.root());
}

TEST(SharedGround, WhyAProgramIsNotTaken) {
  EXPECT_EQ(why_not_taken(program_with({{.base = 0x1000, .size = 0x1000}}), Profile{}), "");
  const std::string overlap = why_not_taken(program_with({{.base = 0x1000, .size = 0x1000}, {.base = 0x1800, .size = 0x1000}}), Profile{});
  EXPECT_NE(overlap.find("GM-REG-001"), std::string::npos) << overlap;
  const Profile reserving = parse_profile("reserved = 0x1fff+0x10\n");
  EXPECT_NE(why_not_taken(program_with({{.base = 0x1000, .size = 0x1000}}), reserving).find("reserves 0x1fff+0x10"), std::string::npos);
  EXPECT_EQ(why_not_taken(program_with({{.base = 0x1000, .size = 0xfff}}), reserving), "");
  const Profile own = parse_profile("layout = own\nregion_api = list\n");
  EXPECT_NE(why_not_taken(program_with({{.base = 0x1000, .size = 0x1000}}), own), "");
  Program adopting = program_with({});
  adopting.adopts = true;
  EXPECT_EQ(why_not_taken(adopting, own), "");
  EXPECT_NE(why_not_taken(adopting, Profile{}), "");
}

TEST(SharedGround, FinalReadsCoverEachRegion) {
  const Program program = program_with({{.base = 0, .size = 0x10000, .is_window = true},
                                        {.base = 0x1000, .size = 24},
                                        {.base = 0x2000, .size = 0},
                                        {.base = 0x100000, .size = kFinalPiece + 1}});
  const Program longer = with_final_reads(program);
  ASSERT_EQ(longer.ops.size(), 3u);
  EXPECT_TRUE(validate(longer).has_value());
  EXPECT_EQ(resolve(longer.ops[0].at, program.layouts[0]).raw, 0x1000u);
  EXPECT_EQ(longer.ops[0].size, 24u);
  EXPECT_EQ(resolve(longer.ops[1].at, program.layouts[0]).raw, 0x100000u);
  EXPECT_EQ(resolve(longer.ops[2].at, program.layouts[0]).raw, 0x100001u);
  EXPECT_EQ(longer.ops[2].size, kFinalPiece);
  Program full = program;
  full.ops.resize(kOpsMax - 1);
  EXPECT_LE(with_final_reads(full).ops.size(), kOpsMax);
}

TEST(SharedGround, SwitchesThatDifferAreNamedOnce) {
  EXPECT_TRUE(switch_differences(Profile{}, Profile{}).empty());
  const auto all = switch_differences(parse_profile("cross_region = span\nregion.partial = yes\n"), parse_profile("partial = no\n"));
  EXPECT_EQ(all, (std::vector<SwitchDifference>{{"cross_region", "span", "reject"}, {"region.partial", "yes", "no"}}));
}

}  // namespace
}  // namespace gmc
