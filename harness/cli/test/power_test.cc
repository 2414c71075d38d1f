// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck power: every mutant is killed under its own clause, in numbers of programs. Seconds are this machine's affair.
#include "harness/base/sanitizer.h"
#include "harness/cli/test/gmcheck_process.h"

namespace gmc {
namespace {

class Power : public GmcheckTest {};

TEST_F(Power, KillsEveryMutantUnderItsClause) {
  std::vector<std::string> arguments = {"power", "--seed", "1", "--programs", "2000000"};
  // Programs take several times as long then, so some mutants stand for all of them.
  if (is_sanitized())
    arguments.insert(arguments.end(), {"--mutant", "top_panics,overlap_by_a_byte,seam_refused,fill_untracked,reset_keeps_bytes"});
  const Ran ran = gmcheck(arguments);
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_NE(ran.out.find(", 0 survived; "), std::string::npos) << ran.all();
  EXPECT_EQ(is_sanitized(), ran.out.find("checks that killed nothing: none\n") == std::string::npos) << ran.all();
}

TEST_F(Power, SurvivorFailsTheRun) {
  // One batch of the first suite asks for no fact of a region.
  const Ran ran = gmcheck({"power", "--seed", "1", "--programs", "1", "--mutant", "offset_not_kept"});
  EXPECT_EQ(ran.code, 1) << ran.all();
  EXPECT_NE(ran.out.find("survived: offset_not_kept: "), std::string::npos) << ran.all();
}

TEST_F(Power, SaysWhatWouldHaveBeenNoticedWithoutAnOracle) {
  const Ran ran = gmcheck({"power", "--seed", "1", "--programs", "64000", "--mutant", "top_panics,overlap_by_a_byte"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_NE(ran.out.find("without an oracle 1 would have been noticed"), std::string::npos) << ran.all();
}

TEST_F(Power, SameSeedKillsAfterAsManyPrograms) {
  const std::vector<std::string> arguments = {"power", "--seed", "9", "--programs", "64000", "--mutant", "touching_refused"};
  // Up to the column of the programs.
  const auto row = [](const Ran& ran) {
    const std::size_t at = ran.out.find("touching_refused");
    return at == std::string::npos ? ran.all() : ran.out.substr(at, 69);
  };
  const Ran first = gmcheck(arguments);
  EXPECT_EQ(first.code, 0) << first.all();
  EXPECT_EQ(row(first), row(gmcheck(arguments)));
}

TEST_F(Power, SeveralSeedsFollowEachOther) {
  const Ran ran = gmcheck({"power", "--seed", "1", "--seeds", "2", "--programs", "64000", "--mutant", "seam_refused"});
  EXPECT_EQ(ran.code, 0) << ran.all();
  EXPECT_NE(ran.out.find(" 2/2 "), std::string::npos) << ran.all();
}

TEST_F(Power, UnknownMutantIsRefused) {
  const Ran ran = gmcheck({"power", "--mutant", "nobody"});
  EXPECT_EQ(ran.code, 2) << ran.all();
  EXPECT_EQ(ran.err, "gmcheck: --mutant: 'nobody' is no mutant\n");
}

}  // namespace
}  // namespace gmc
