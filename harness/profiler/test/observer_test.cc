// SPDX-License-Identifier: Apache-2.0 OR MIT
// Whole profiles: what is observed of a backend that says what it does is what it says.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "harness/profiler/beginning.h"
#include "harness/profiler/observer.h"
#include "harness/profiler/test/observing.h"
#include "harness/profiler/values.h"

namespace gmc {
namespace {

std::set<std::string> differing(const ObservedProfile& observed) {
  std::set<std::string> names;
  for (const ObservedSwitch& one : observed.switches) {
    if (one.differs) names.insert(one.name);
  }
  return names;
}

void expect_as_declared(const std::string& backend, const std::optional<Profile>& profile = {}) {
  const auto supervisor = started(backend, profile);
  ASSERT_NE(supervisor, nullptr);
  const ObservedProfile observed = observe(*supervisor);
  for (const ObservedSwitch& one : observed.switches) EXPECT_FALSE(one.differs) << text_of(one);
  EXPECT_EQ(observed.profile, supervisor->profile());
  EXPECT_EQ(observed.switches.size(), switch_shapes().size()) << "and every switch has a line";
}

TEST(Observer, MmapIsAsItDeclares) { expect_as_declared("mmap"); }

TEST(Observer, MmapIsAsItDeclaresInAnotherConfiguration) {
  expect_as_declared("mmap:dirty=explicit,granule=64,origin=region,fail=nothing,ranges=views,own=memfd");
}

TEST(Observer, NaiveIsAsItDeclares) { expect_as_declared("naive"); }

// Mutants that say one thing and do another, and are right in everything else.
TEST(Observer, OneWrongLineLeavesTheOthersAsTheyAre) {
  const std::pair<const char*, const char*> liars[] = {{"crosses_all_the_same", "cross_region"}, {"order_matters", "region_order"}};
  for (const auto& [mutant, name] : liars) {
    const auto supervisor = started(fmt::format("mutant:{}", mutant));
    ASSERT_NE(supervisor, nullptr);
    EXPECT_EQ(differing(observe(*supervisor)), std::set<std::string>{name}) << mutant;
  }
}

// From the least profile: whatever a backend of ours has and does not say is found, and with it said nothing differs any more.
TEST(Observer, WhatWasObservedIsAProfileThatTheBackendKeeps) {
  const auto silent = started("mmap", profile_to_begin_with(beginnings().front()));
  ASSERT_NE(silent, nullptr);
  const ObservedProfile observed = observe(*silent, {.from_nothing = true});
  const std::set<std::string> found = differing(observed);
  for (const char* name : {"backing", "reset", "region_api", "cross_region", "partial", "has_fill", "atomics", "dirty_source", "slices"})
    EXPECT_TRUE(found.contains(name)) << name;
  EXPECT_EQ(observed.profile.root().align_basis, AlignBasis::kHva) << observed.profile.print();
  expect_as_declared("mmap", observed.profile);
}

// A line for one kind of space is observed by itself.
TEST(Observer, LinesOfKindsAreObservedToo) {
  const auto profile = profile_of({{"has_fill", "yes"}, {"region.has_fill", "no"}});
  const auto supervisor = started("naive:has_fill=yes", profile);
  ASSERT_NE(supervisor, nullptr);
  const ObservedProfile observed = observe(*supervisor, {.only = {"has_fill"}});
  ASSERT_EQ(observed.switches.size(), 2u);
  EXPECT_FALSE(observed.switches[0].differs) << text_of(observed.switches[0]);
  EXPECT_EQ(observed.switches[1].name, "region.has_fill");
  EXPECT_TRUE(observed.switches[1].differs) << text_of(observed.switches[1]);
  EXPECT_EQ(observed.profile, profile_of({{"has_fill", "yes"}}));
}

TEST(Observer, WhatNobodyOpensIsSaid) {
  const auto supervisor = started("naive:has_fill=yes", profile_of({{"has_fill", "yes"}, {"vcpu.has_fill", "no"}}));
  ASSERT_NE(supervisor, nullptr);
  const ObservedProfile observed = observe(*supervisor, {.only = {"has_fill"}});
  ASSERT_EQ(observed.switches.size(), 2u);
  EXPECT_EQ(observed.switches[1].name, "vcpu.has_fill");
  EXPECT_EQ(observed.switches[1].why_not, "this version opens no vcpu");
  EXPECT_FALSE(observed.differs());
}

// A snapshot is opened where there are some.
TEST(Observer, LinesOfSnapshotsAreObserved) {
  for (const bool is_cow : {true, false}) {
    Config config = {{"has_fill", "yes"}, {"snapshot.has_fill", "no"}};
    if (is_cow) config["map_mutation"] = "cow";
    const auto supervisor = started(is_cow ? "naive:has_fill=yes,map_mutation=cow" : "naive:has_fill=yes", profile_of(config));
    ASSERT_NE(supervisor, nullptr);
    const ObservedProfile observed = observe(*supervisor, {.only = {"has_fill"}});
    ASSERT_EQ(observed.switches.size(), 2u);
    EXPECT_EQ(observed.switches[1].name, "snapshot.has_fill");
    EXPECT_EQ(observed.switches[1].differs, is_cow) << text_of(observed.switches[1]);
    EXPECT_EQ(observed.switches[1].why_not, is_cow ? "" : "no snapshots are offered");
  }
}

// What does not go wrong is no proof of what may be asked.
TEST(Observer, SilentValueIsNotTaken) {
  const auto supervisor = started("mmap", profile_of({{"typed_sizes", "none"}, {"slices", "yes"}}));
  ASSERT_NE(supervisor, nullptr);
  const ObservedProfile observed = observe(*supervisor, {.only = {"spaces_outlive"}, .from_nothing = true});
  ASSERT_EQ(observed.switches.size(), 1u);
  EXPECT_EQ(observed.switches[0].values, (std::vector<std::string>{"no", "yes"})) << text_of(observed.switches[0]);
  EXPECT_EQ(observed.switches[0].written, "no");
}

// While one of the two is wrong, the other looks wrong as well: also where a profile is given that has neither.
TEST(Observer, AlignmentOfAtomicsIsFoundFromNothing) {
  const Config silent = {{"typed_sizes", "none"}};
  for (const bool from_nothing : {true, false}) {
    for (const char* basis : {"gpa", "hva"}) {
      for (const char* unaligned : {"error", "hw"}) {
        const auto supervisor =
            started(fmt::format("naive:atomics=load+store,align_basis={},atomic_unaligned={}", basis, unaligned), profile_of(silent));
        ASSERT_NE(supervisor, nullptr);
        const ObservedProfile observed =
            observe(*supervisor, {.only = {"atomics", "align_basis", "atomic_unaligned"}, .from_nothing = from_nothing});
        Config expected = silent;
        const bool is_free = std::string_view(unaligned) == "hw";
        expected.insert({{"atomics", "load store"}, {"atomic_unaligned", unaligned}, {"align_basis", is_free ? "gpa" : basis}});
        EXPECT_EQ(observed.profile, profile_of(expected)) << from_nothing << "\n" << observed.profile.print();
      }
    }
  }
}

// With the wrong granule every answer of a harvest is wrong, whoever's writes are tracked.
TEST(Observer, GranuleOfTrackingIsFoundWhereNothingIsKnownOfIt) {
  for (const bool from_nothing : {true, false}) {
    const auto supervisor = started("mmap:granule=64", profile_of({{"typed_sizes", "none"}}));
    ASSERT_NE(supervisor, nullptr);
    const ObservedProfile observed = observe(*supervisor, {.only = {"dirty_source", "dirty_granule"}, .from_nothing = from_nothing});
    EXPECT_EQ(observed.profile.root().dirty_source, DirtySource::kHostApi) << from_nothing << "\n" << observed.profile.print();
    EXPECT_EQ(observed.profile.root().dirty_granule, 64u) << from_nothing << "\n" << observed.profile.print();
  }
}

// A limit that is no power of two is found as near as layouts of whole pages come to it.
TEST(Observer, NumberBetweenThoseThatAreTriedIsNarrowedDown) {
  const auto supervisor = started("naive:last_address=0x12345fff", Profile{});
  ASSERT_NE(supervisor, nullptr);
  const ObservedProfile observed = observe(*supervisor, {.only = {"last_address"}});
  ASSERT_EQ(observed.switches.size(), 1u);
  const ObservedSwitch& seen = observed.switches.front();
  EXPECT_TRUE(seen.differs) << text_of(seen);
  ASSERT_EQ(seen.values.size(), 1u) << text_of(seen);
  EXPECT_NEAR(static_cast<double>(number_of("last_address", seen.values.front())), 0x12345fff, 0x10000) << text_of(seen);
}

TEST(Observer, IsTheSameEachTime) {
  const auto text = [] {
    const auto supervisor = started("naive:cross_region=span");
    std::string all;
    for (const ObservedSwitch& one : observe(*supervisor, {.only = {"cross_region", "hole_kind", "typed_sizes"}}).switches)
      all += text_of(one) + "\n";
    return all;
  };
  EXPECT_EQ(text(), text());
}

}  // namespace
}  // namespace gmc
