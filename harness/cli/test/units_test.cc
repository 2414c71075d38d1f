// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "harness/backends/mutants/mutants.h"
#include "harness/cli/built_ins.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/seed.h"
#include "harness/program/public_bugs.h"

namespace gmc {
namespace {

TEST(Seed, IsANumberOrACommit) {
  EXPECT_EQ(parse_seed("0").value(), 0u);
  EXPECT_EQ(parse_seed("18446744073709551615").value(), UINT64_MAX);
  EXPECT_EQ(parse_seed("0x5eed").value(), 0x5eedu);
  EXPECT_EQ(parse_seed("0871a4d").value(), 0x0871a4du);
  EXPECT_EQ(parse_seed("a55cefa0123456789abcdef0123456789abcdef0").value(), 0xa55cefa012345678u);
  EXPECT_EQ(parse_seed("1234567890123456789012345678901234567890").value(), 0x1234567890123456u);
  for (const char* wrong : {"", "-1", "0x", "0x10000000000000000", "18446744073709551616x", "abcdef", "12 "})
    EXPECT_FALSE(parse_seed(wrong)) << wrong;
}

TEST(ExitCode, WorseOnesPrevail) {
  using enum ExitCode;
  EXPECT_EQ(worse(kPassed, kNothing), kNothing);
  EXPECT_EQ(worse(kFailed, kNothing), kFailed);
  EXPECT_EQ(worse(kFailed, kUnusable), kUnusable);
  EXPECT_EQ(worse(kPassed, kPassed), kPassed);
  EXPECT_EQ(worse(kStale, kNothing), kStale);
  EXPECT_EQ(worse(kStale, kFailed), kFailed);
}

TEST(LinkedBackends, AreRefusedWhollyOrAddedBehindGmchecksOwn) {
  const auto table = []() -> const GmcPlugin* { return nullptr; };
  const std::size_t own = built_ins().size();
  const auto refused = [&](const GmcLinked& wrong) {
    const GmcLinked both[] = {{"right", table, "fits"}, wrong};
    const auto linked = link_built_ins(both);
    EXPECT_EQ(built_ins().size(), own);
    EXPECT_FALSE(has_linked_built_ins());
    return linked ? "" : linked.error().text();
  };
  EXPECT_EQ(refused({"mmap", table, ""}), "mmap: two backends that are linked in have this name");
  EXPECT_EQ(refused({"right", table, ""}), "right: two backends that are linked in have this name");
  EXPECT_EQ(refused({"mine", nullptr, ""}), "mine: is linked in without a table");
  for (const char* name : {static_cast<const char*>(nullptr), "", "a:b", "a/b", "a.so", "-x", "a,b", "a b"})
    EXPECT_TRUE(refused({name, table, ""}).ends_with("is no name for --backend")) << (name == nullptr ? "null" : name);

  std::string name = "mine", what = "of mine";
  const GmcLinked mine[] = {{name.c_str(), table, what.c_str()}, {"other", table, nullptr}};
  ASSERT_TRUE(link_built_ins(mine));
  name = what = "gone";
  EXPECT_TRUE(has_linked_built_ins());
  ASSERT_EQ(built_ins().size(), own + 2);
  EXPECT_EQ(built_ins()[own].name, "mine");
  EXPECT_EQ(built_ins()[own].what, "of mine");
  EXPECT_EQ(built_ins()[own + 1].what, "");
  EXPECT_EQ(built_ins().front().name, "mmap");
}

// Both tables name bugs: what a mutant is made after is a bug of its clause.
TEST(Mutants, NameBugsThatTheirClauseNames) {
  unsigned named = 0;
  for (const Mutant& mutant : mutant_table()) {
    if (mutant.bug.empty()) continue;
    ++named;
    const auto clause = find_clause(mutant.clause);
    ASSERT_TRUE(clause) << mutant.clause;
    const std::string_view bug = mutant.bug.substr(0, mutant.bug.find(" ("));
    EXPECT_TRUE(std::ranges::any_of(public_bugs_of(*clause), [&](const PublicBug& known) { return known.name == bug; }))
        << mutant.clause << " has no bug '" << bug << "', after which " << mutant.name << " is made";
  }
  EXPECT_GE(named, 8u);
}

}  // namespace
}  // namespace gmc
