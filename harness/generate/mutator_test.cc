// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/mutator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ranges>
#include <string>

#include "harness/generate/generator.h"
#include "harness/generate/profiles_for_test.h"
#include "harness/program/text.h"

namespace gmc {
namespace {

constexpr std::size_t kOps = 40;

Mutator& mutator() {
  static Mutator mutator(rich_profile(), GeneratorSettings{});
  return mutator;
}

// Drawn ones and, first, one that has nothing.
std::vector<Program> parents() {
  std::vector<Program> programs(1);
  programs[0].layouts.push_back({.regions = {{.base = 0x1000, .size = 0x4000}}});
  Generator generator(rich_profile(), GeneratorSettings{});
  for (std::uint64_t batch = 0; batch < 40; ++batch) {
    generator.begin(batch);
    generator.next(programs.emplace_back());
  }
  return programs;
}

TEST(Mutator, EveryResultIsValidAndShortEnough) {
  for (const Program& parent : parents()) {
    Program program = parent;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      mutator().mutate(program, seed, kOps);
      ASSERT_TRUE(validate(program).has_value()) << validate(program).error().text() << "\n" << print(program);
      ASSERT_LE(program.ops.size(), kOps + 1) << print(program);  // the end of a scope that was cut
    }
  }
}

TEST(Mutator, ResultDependsOnItsArgumentsAlone) {
  Mutator other(rich_profile(), GeneratorSettings{});
  Program first = parents()[3], second = first;
  mutator().mutate(first, 17, kOps);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    Program unrelated = parents()[4];
    other.mutate(unrelated, seed, kOps);
  }
  other.mutate(second, 17, kOps);
  EXPECT_EQ(first, second);
}

TEST(Mutator, AtMostOneInTwentyEqualsItsParent) {
  std::size_t same = 0, all = 0;
  for (const Program& parent : parents()) {
    for (std::uint64_t seed = 0; seed < 50; ++seed, ++all) {
      Program program = parent;
      mutator().mutate(program, seed, kOps);
      if (program == parent) ++same;
    }
  }
  RecordProperty("equal_to_parent", std::to_string(same) + " of " + std::to_string(all));
  EXPECT_LE(same * 20, all);
}

// What each step is for, over many seeds: in at least one of them it shows.
class MutatorStep : public testing::Test {
 protected:
  template <typename Holds>
  static bool can(Mutation mutation, Holds holds) {
    for (const Program& parent : parents()) {
      for (std::uint64_t seed = 0; seed < 20; ++seed) {
        Program program = parent;
        mutator().mutate(program, mutation, seed, kOpsMax);
        if (holds(parent, program)) return true;
      }
    }
    return false;
  }
};

TEST_F(MutatorStep, InsertAndDuplicateGrow) {
  const auto grows = [](const Program& before, const Program& after) { return after.ops.size() > before.ops.size(); };
  EXPECT_TRUE(can(Mutation::kInsert, grows));
  EXPECT_TRUE(can(Mutation::kDuplicate, grows));
  EXPECT_FALSE(can(Mutation::kDelete, grows));
}

TEST_F(MutatorStep, DeleteShrinks) {
  EXPECT_TRUE(can(Mutation::kDelete, [](const Program& before, const Program& after) { return after.ops.size() < before.ops.size(); }));
}

TEST_F(MutatorStep, SpliceKeepsTheBeginning) {
  EXPECT_TRUE(can(Mutation::kSplice, [](const Program& before, const Program& after) {
    return before.ops.size() > 4 && after.ops.size() > 8 && std::equal(before.ops.begin(), before.ops.begin() + 3, after.ops.begin()) &&
           after.ops.back() != before.ops.back();
  }));
}

template <typename Differs>
auto differs_in_one(Differs differs) {
  return [differs](const Program& before, const Program& after) {
    if (before.ops.size() != after.ops.size()) return false;
    return std::ranges::count_if(std::views::iota(std::size_t{0}, after.ops.size()),
                                 [&](std::size_t i) { return differs(before.ops[i], after.ops[i]); }) == 1;
  };
}

TEST_F(MutatorStep, RetargetResizeAndRefillChangeOneOperation) {
  EXPECT_TRUE(can(Mutation::kRetarget, differs_in_one([](const Op& a, const Op& b) { return a.at != b.at; })));
  EXPECT_TRUE(can(Mutation::kRetarget, differs_in_one([](const Op& a, const Op& b) {
                    return a.at != b.at && b.at.anchor == Anchor::kRegionEnd && b.at.delta == -static_cast<std::int64_t>(b.size);
                  })));
  EXPECT_TRUE(can(Mutation::kResize, differs_in_one([](const Op& a, const Op& b) { return a.size != b.size; })));
  EXPECT_TRUE(can(Mutation::kRefill, differs_in_one([](const Op& a, const Op& b) { return a.data != b.data; })));
}

TEST_F(MutatorStep, RelayoutChangesTheMemoryAlone) {
  EXPECT_TRUE(can(Mutation::kRelayout, [](const Program& before, const Program& after) {
    return before.layouts.front() != after.layouts.front() && before.ops.size() == after.ops.size();
  }));
}

TEST(Mutator, CrossingHasOperationsOfBothInTheMemoryOfTheFirst) {
  const std::vector<Program> programs = parents();
  std::size_t of_both = 0;
  for (std::size_t i = 1; i + 1 < programs.size(); ++i) {
    Program result;
    mutator().cross(programs[i], programs[i + 1], i, kOpsMax, result);
    ASSERT_TRUE(validate(result).has_value()) << print(result);
    EXPECT_EQ(result.layouts, programs[i].layouts);
    const auto has_one_of = [&](const Program& parent) {
      return std::ranges::any_of(result.ops, [&](const Op& op) { return std::ranges::find(parent.ops, op) != parent.ops.end(); });
    };
    if (has_one_of(programs[i]) && has_one_of(programs[i + 1])) ++of_both;
  }
  EXPECT_GT(of_both, programs.size() / 2);
}

}  // namespace
}  // namespace gmc
