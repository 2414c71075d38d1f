// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/backends/mmap/mmap.h"
#include "harness/backends/naive/naive.h"
#include "harness/generate/generator.h"
#include "harness/runner/executor.h"
#include "properties/clause_test.h"
#include "properties/suite.h"

namespace gmc {
namespace {

TEST(Suites, EveryCheckedClauseBelongsToOne) {
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const auto clause = static_cast<Clause>(i);
    if (info(clause).state != ClauseState::kChecked) continue;
    const Suite* suite = suite_of(clause);
    ASSERT_NE(suite, nullptr) << id(clause);
    const auto clauses = clauses_of(*suite);
    EXPECT_NE(std::ranges::find(clauses, clause), clauses.end()) << id(clause);
  }
}

TEST(Suites, RulesNameClausesAndSwitches) {
  for (const Suite& suite : suites()) {
    std::set<std::uint32_t> numbers;
    for (const Clause clause : clauses_of(suite)) numbers.insert(info(clause).number);
    for (const Rule& rule : suite.rules) {
      EXPECT_TRUE(numbers.contains(rule.number)) << suite.name << " " << rule.number;
      EXPECT_FALSE(switch_text(Switches{}, rule.switch_name).empty());
    }
  }
}

TEST(Suites, TheDefaultProfileSaysWhy) {
  const Profile profile;
  const Suite& rw = *suite_of(Clause::kRW5);
  EXPECT_EQ(why_not(rw, profile, Clause::kRW5), "partial = no");
  EXPECT_EQ(why_not(rw, profile, Clause::kRW1), std::nullopt);
}

TEST(Suites, WhereNoSpaceCanBeOpenedNoneIsStale) {
  const auto profile = Profile::parse("map_mutation = in_place\n", "test");
  ASSERT_TRUE(profile.has_value());
  const Suite& map = *suite_of(Clause::kMAP8);
  EXPECT_EQ(why_not(map, *profile, Clause::kMAP8), std::nullopt);
  EXPECT_EQ(why_not(map, *profile, Clause::kMAP8, Offers{.space_open = false}), "no space can be opened");
  EXPECT_EQ(why_not(map, *profile, Clause::kMAP3, Offers{.space_open = false}), std::nullopt);
}

// -------------------------------------------------------------------------------------------------------------------------- Reaching

struct Reach {
  const char* backend;
  const char* config;
};

void PrintTo(const Reach& reach, std::ostream* out) { *out << reach.backend << ":" << reach.config; }

class Reaching : public testing::TestWithParam<Reach> {};

// What every suite generates decides each of its own clauses that applies, in few programs: a clause that is out of reach would read "not
// reached" for every user of such a backend.
TEST_P(Reaching, EverySuiteDecidesItsClauses) {
  constexpr std::uint64_t kBatchesMax = 200;
  const bool is_mmap = std::string_view(GetParam().backend) == "mmap";
  const auto backend =
      Backend::open({.name = GetParam().backend, .config = GetParam().config}, is_mmap ? gmc_mmap_plugin() : gmc_naive_plugin());
  ASSERT_TRUE(backend.has_value()) << backend.error().text();
  const Profile& profile = (*backend)->profile();
  for (const Suite& suite : suites()) {
    std::vector<Clause> open;
    for (const Clause clause : clauses_of(suite)) {
      const bool is_decided = info(clause).state == ClauseState::kChecked || info(clause).state == ClauseState::kDeclaration;
      // What destroy gives back is counted by whoever watches the process.
      if (is_decided && clause != Clause::kREG10 && !why_not(suite, profile, clause)) open.push_back(clause);
    }
    Generator generator(profile, suite.settings(profile));
    Executor executor(**backend);
    Program program;
    std::uint64_t batch = 0;
    for (; batch < kBatchesMax && !open.empty(); ++batch) {
      generator.begin(mix(batch));
      for (int i = 0; i < 64; ++i) {
        generator.next(program);
        const auto finding = executor.run(program, Compare::kTouched);
        ASSERT_TRUE(!finding || finding->verdict == Verdict::kSkipped)
            << id(finding->clause) << " expected " << finding->expected << ", got " << finding->got;
      }
      std::erase_if(open, [&](Clause clause) { return executor.evidence().of(clause) >= std::max(1u, info(clause).floor); });
    }
    for (const Clause clause : open) {
      ADD_FAILURE() << suite.name << ": " << id(clause) << " is not reached: " << executor.evidence().of(clause) << " of "
                    << info(clause).floor;
    }
    RecordProperty(fmt::format("{}_batches", suite.name), static_cast<int>(batch));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Profiles, Reaching,
    testing::Values(Reach{"mmap", ""}, Reach{"mmap", "dirty=explicit,granule=64,origin=region"}, Reach{"mmap", "fail=nothing,dirty=none"},
                    Reach{"naive", ""}, Reach{"naive", "region_align_base=4096,region_align_size=4096,last_address=0xffffffffffff"},
                    Reach{"naive", "region_order=sorted,region_zero=accept,region_rounding=up,region_align_size=64,typed_sizes=none"},
                    Reach{"naive", "hole_kind=fault,partial=yes,range_fail_effect=prefix,cross_region=span"},
                    Reach{"naive", "hole_kind=discard,discard_value=255,partial=yes,range_api=check_range+checked_offset"}),
    [](const auto& tested) { return fmt::format("{}{}", tested.param.backend, tested.index); });

// ------------------------------------------------------------------------------------------------------------------------ GoogleTest

TEST(ClauseTests, NamesSurviveTools) {
  EXPECT_EQ(test_suite_name("mmap"), "mmap");
  EXPECT_EQ(test_suite_name("./libmine.so:a=b"), "libmine_so_a_b");
  EXPECT_EQ(test_suite_name("../.."), "backend");
  EXPECT_EQ(test_name(Clause::kADDR1), "GM_ADDR_001");
}

TEST(ClauseTests, FilterNamesTheTests) { EXPECT_EQ(filter_of({Clause::kRW7, Clause::kADDR1}), "*.GM_RW_007:*.GM_ADDR_001"); }

TEST(ClauseTests, EmptySelectionsAreKnownBeforehand) {
  EXPECT_FALSE(clauses_of_filter("*", "mmap").empty());
  EXPECT_FALSE(clauses_of_filter("", "mmap").empty());
  EXPECT_EQ(clauses_of_filter("mmap.GM_RW_00?", "mmap").size(), 9u);
  EXPECT_TRUE(clauses_of_filter("*GM-ADDR-001*", "mmap").empty());
  EXPECT_TRUE(clauses_of_filter("naive.*", "mmap").empty());
  EXPECT_TRUE(clauses_of_filter("*-*", "mmap").empty());
  EXPECT_FALSE(clauses_of_filter("-*GM_RW*", "mmap").empty());
}

}  // namespace
}  // namespace gmc
