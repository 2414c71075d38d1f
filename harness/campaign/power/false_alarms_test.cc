// SPDX-License-Identifier: Apache-2.0 OR MIT
// No false alarm on the naive model, offered as a backend under every variant of a pairwise set of profiles; and what of the language and
// of the contract those runs came by, so that their silence means something.
//
// A short run by default. GMC_POWER_SCALE=N makes it N times as long; from 10^7 operations on, every row of ops.def has to have run and
// every clause to be decided 10^4 times.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/backends/naive/naive.h"
#include "harness/campaign/power/hunt.h"
#include "harness/program/text.h"
#include "harness/reference/test/variants.h"

namespace gmc {
namespace {

constexpr std::uint64_t kProgramsOfAVariant = 64;
constexpr std::uint64_t kLong = 10'000'000;         // operations
constexpr std::uint64_t kDecisionsWanted = 10'000;  // of each clause in a long run

std::string describe(const Hunted& hunted, const std::string& config) {
  std::string text = "naive:" + config + "\n";
  for (const auto& [clause, blamed] : hunted.examples) {
    text += fmt::format("{} at op {}: expected {}, got {}\n{}", id(clause), blamed.finding.op_index, blamed.finding.expected,
                        blamed.finding.got, print(blamed.program));
  }
  return text;
}

struct Total {
  RunStatistics statistics;
  Evidence evidence;
  std::uint64_t skipped = 0;
};

// Of the naive model under all variants.
Total run_all(const std::vector<Profile>& profiles) {
  Total total;
  std::uint64_t number = 0;
  for (const Profile& profile : profiles) {
    const auto opened = Backend::open(BackendSpec{.name = "naive", .config = profile.print()}, gmc_naive_plugin());
    GMC_CHECK(opened.has_value(), opened.error().text());
    // What takes all of memory is drawn where there is little of it.
    for (const LayoutEmphasis emphasis : {LayoutEmphasis::kMixed, LayoutEmphasis::kSmall}) {
      // A seed for each: what is rare is then drawn under some of them even in a short run.
      const Hunted hunted = hunt(**opened, std::nullopt,
                                 {.seed = mix(power_seed() ^ number++),
                                  .generator = {.emphasis = emphasis},
                                  .programs_max = kProgramsOfAVariant * power_scale() / 2});
      EXPECT_EQ(hunted.failing, 0u) << describe(hunted, profile.print());
      total.statistics.add(hunted.statistics);
      total.evidence.add(hunted.evidence);
      total.skipped += hunted.skipped;
    }
  }
  return total;
}

struct Least {
  std::string name;
  std::uint64_t count = UINT64_MAX;
};

// Of the rows of ops.def that are generated.
Least least_run(const RunStatistics& statistics) {
  Least least;
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    const OpInfo& row = info(static_cast<OpKind>(i));
    if (row.weight > 0 && statistics.by_kind[i] < least.count) least = {std::string(row.text), statistics.by_kind[i]};
  }
  return least;
}

Least least_decided(const Evidence& evidence) {
  Least least;
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const auto clause = static_cast<Clause>(i);
    if (info(clause).state == ClauseState::kChecked && evidence.of(clause) < least.count) least = {id(clause), evidence.of(clause)};
  }
  return least;
}

TEST(NaiveModel, PassesUnderEveryVariant) {
  const testing::Variants variants = testing::pairwise_variants(power_seed());
  ASSERT_GT(variants.profiles.size(), 0u);
  const Total total = run_all(variants.profiles);
  EXPECT_EQ(total.skipped, 0u);
  EXPECT_GE(total.statistics.inside * 2, total.statistics.operations);

  const Least row = least_run(total.statistics);
  const Least clause = least_decided(total.evidence);
  if (total.statistics.operations >= kLong) {
    EXPECT_GT(row.count, 0u) << row.name;
    EXPECT_GE(clause.count, kDecisionsWanted) << clause.name;
  }
  fmt::print(
      "naive under {} variants ({} pairs of values): {} operations, {:.0f} % of them inside; the row of ops.def that ran least is {} with "
      "{} times, the clause decided least {} with {}\n",
      variants.profiles.size(), variants.pairs, total.statistics.operations,
      100.0 * static_cast<double>(total.statistics.inside) / static_cast<double>(total.statistics.operations), row.name, row.count,
      clause.name, clause.count);
}

}  // namespace
}  // namespace gmc
