// SPDX-License-Identifier: Apache-2.0 OR MIT
// The reference in lockstep with the naive memory, under profiles in which every two values of two switches meet.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "harness/reference/test/budget.h"
#include "harness/reference/test/lockstep.h"
#include "harness/reference/test/random_programs.h"
#include "harness/reference/test/variants.h"

namespace gmc::testing {
namespace {

constexpr std::uint32_t kOps = 30;

// The disagreement, or nothing. Everything is compared after every operation.
std::optional<std::string> run(Lockstep& lockstep, const Program& program, const Profile& profile) {
  Backings backings(program.layouts.front(), profile.root().region_align_size, std::span(program.layouts).subspan(1));
  std::optional<Pair> pair;
  if (auto wrong = lockstep.create(program.layouts.front(), &backings, pair)) return wrong;
  for (std::uint32_t i = 0; i < program.ops.size(); ++i) {
    if (auto wrong = lockstep.step(program, i, &backings, *pair)) return wrong;
    Pair copy = *pair;
    if (auto wrong = lockstep.compare(&backings, copy)) return "after op " + std::to_string(i) + ": " + *wrong;
  }
  return std::nullopt;
}

TEST(ReferenceAgainstNaive, AgreesUnderPairwiseVariants) {
  const std::uint64_t seed = seed_of_run();
  const Variants variants = pairwise_variants(seed);
  const std::uint64_t programs = budget(800, 100);
  std::uint64_t steps = 0, moved = 0, disagreements = 0;
  Evidence evidence;
  for (std::size_t v = 0; v < variants.profiles.size(); ++v) {
    const Profile& profile = variants.profiles[v];
    Lockstep lockstep(profile);
    RandomPrograms source(profile, mix(seed + v));
    for (std::uint64_t p = 0; p < programs; ++p) {
      const Program program = source.draw(kOps);
      if (const auto wrong = run(lockstep, program, profile)) {
        ++disagreements;
        ADD_FAILURE() << "variant " << v << " program " << p << " seed " << seed << "\n"
                      << *wrong << "\n"
                      << describe(program) << profile.print();
        if (is_quick()) return;
        break;
      }
    }
    steps += lockstep.steps();
    moved += lockstep.moved();
    evidence.add(lockstep.evidence());
    if (disagreements >= 5) break;
  }
  std::cout << "seed " << seed << ": " << variants.profiles.size() << " profiles for " << variants.pairs << " pairs of values ("
            << variants.infeasible << " contradict), " << variants.profiles.size() * programs << " programs, " << steps << " operations, "
            << moved << " moved bytes\n";
  // What the random programs never decide, they do not check.
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const auto clause = static_cast<Clause>(i);
    // The naive memory gives no pointers away.
    const bool is_of_the_executor =
        clause == Clause::kREG10 || clause == Clause::kSLICE6 || clause == Clause::kSLICE8 || clause == Clause::kSLICE9;
    if (info(clause).state == ClauseState::kChecked && !is_of_the_executor && evidence.of(clause) == 0 && !is_quick() &&
        disagreements == 0) {
      ADD_FAILURE() << id(clause) << " was never decided";
    }
  }
}

}  // namespace
}  // namespace gmc::testing
