// SPDX-License-Identifier: Apache-2.0 OR MIT
// No false alarm: the legal variants pass under their own profiles, and so does mmap in every configuration. Each program drives some
// operations, and at least half of them succeed, so that passing means something.
#include "harness/backends/variants/variants.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "harness/backends/mmap/mmap.h"
#include "harness/campaign/power/hunt.h"
#include "harness/program/text.h"

namespace gmc {

void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.name; }

namespace {

void expect_no_finding(const std::string& name, const std::string& config, const GmcPlugin* table) {
  const auto opened = Backend::open(BackendSpec{.name = name, .config = config}, table);
  ASSERT_TRUE(opened.has_value()) << opened.error().text();
  const std::uint64_t programs = 5'000 * power_scale();
  const Hunted hunted = hunt(**opened, std::nullopt, {.programs_max = programs});
  for (const auto& [clause, blamed] : hunted.examples) {
    ADD_FAILURE() << id(clause) << " at op " << blamed.finding.op_index << ": expected " << blamed.finding.expected << ", got "
                  << blamed.finding.got << "\n"
                  << print(blamed.program);
  }
  EXPECT_EQ(hunted.skipped, 0u);
  EXPECT_EQ(hunted.programs, programs);
  EXPECT_GE(hunted.statistics.inside * 2, hunted.statistics.operations);
  fmt::print("{:24} {} operations, {:.0f} % of them inside\n", config.size() > 60 ? name : name + ":" + config,
             hunted.statistics.operations,
             100.0 * static_cast<double>(hunted.statistics.inside) / static_cast<double>(hunted.statistics.operations));
}

class Variants : public testing::TestWithParam<Variant> {};

TEST_P(Variants, Pass) { expect_no_finding("variant:" + std::string(GetParam().name), std::string(GetParam().config), GetParam().table()); }

INSTANTIATE_TEST_SUITE_P(, Variants, testing::ValuesIn(variant_table().begin(), variant_table().end()),
                         [](const auto& test) { return std::string(test.param.name); });

// Every value of every key, of numbers some, and pairs of them.
class MmapConfigurations : public testing::TestWithParam<const char*> {};

TEST_P(MmapConfigurations, Pass) { expect_no_finding("mmap", GetParam(), gmc_mmap_plugin()); }

INSTANTIATE_TEST_SUITE_P(, MmapConfigurations,
                         testing::Values("", "own=memfd", "fail=nothing", "dirty=explicit", "dirty=none", "origin=region", "granule=8",
                                         "granule=65536", "own=memfd,fail=nothing,dirty=explicit,origin=region,granule=512",
                                         "origin=region,granule=65536,dirty=explicit", "own=memfd,dirty=none,fail=nothing",
                                         "granule=64,fail=nothing", "own=memfd,granule=1048576", "ranges=views,pointers=whole",
                                         "ranges=none", "map=in_place,stale=denied", "map=addonly", "map=none", "rights=region",
                                         "rights=type", "rights=guest", "fd=stop", "fd=none", "faults=none", "iova=1099511627776",
                                         "layout=own", "layout=own,own=memfd,granule=64,dirty=explicit,ranges=views,rights=region"));

TEST(VariantTable, EachTakesTheFreedomOfAClause) {
  std::set<std::string_view> names;
  for (const Variant& variant : variant_table()) {
    EXPECT_TRUE(names.insert(variant.name).second) << variant.name;
    std::istringstream clauses{std::string(variant.clauses)};
    std::string clause;
    int count = 0;
    for (; clauses >> clause; ++count) EXPECT_TRUE(find_clause(clause)) << variant.name << ": " << clause;
    EXPECT_GT(count, 0) << variant.name;
  }
  EXPECT_GE(names.size(), 8u);
}

// What no clause says has to be let pass, so somebody has to do it.
TEST(VariantTable, EveryUnspecifiedClauseHasOne) {
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const auto clause = static_cast<Clause>(i);
    if (info(clause).state != ClauseState::kUnspecified) continue;
    EXPECT_TRUE(std::ranges::any_of(variant_table(), [&](const Variant& v) { return v.clauses.contains(id(clause)); })) << id(clause);
  }
}

TEST(VariantPlugin, OpensOneByItsName) {
  for (const Variant& variant : variant_table()) {
    const auto opened = Backend::open(BackendSpec{.name = "variant", .config = std::string(variant.name)}, gmc_variants_plugin());
    EXPECT_TRUE(opened.has_value()) << opened.error().text();
  }
  const auto unknown = Backend::open(BackendSpec{.name = "variant", .config = "colourful"}, gmc_variants_plugin());
  ASSERT_FALSE(unknown.has_value());
  EXPECT_NE(unknown.error().text().find("`colourful` is no variant"), std::string::npos) << unknown.error().text();
}

}  // namespace
}  // namespace gmc
