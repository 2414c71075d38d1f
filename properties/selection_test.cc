// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "properties/selection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "harness/program/profile.h"
#include "properties/glob.h"

namespace gmc {
namespace {

std::string refusal(const std::vector<std::string>& terms) {
  const auto selected = select_clauses(terms);
  return selected ? "" : selected.error().error.cause;
}

TEST(Selection, TakesIdsGroupsAndGlobs) {
  EXPECT_EQ(select_clauses({"GM-RW-007"}).value(), std::vector{Clause::kRW7});
  EXPECT_EQ(select_clauses({"xr"}).value().size(), 6u);
  EXPECT_EQ(select_clauses({"GM-XR"}).value().size(), 6u);
  EXPECT_EQ(select_clauses({"GM-*-001", "GM-RW-001"}).value(), select_clauses({"GM-*-001"}).value());
}

TEST(Selection, TakesTags) {
  EXPECT_EQ(select_clauses({"group:XR"}).value(), select_clauses({"XR"}).value());
  EXPECT_EQ(select_clauses({"switch:cross_region"}).value(), (std::vector{Clause::kXR1, Clause::kXR2}));
  const std::vector<Clause> core = select_clauses({"core"}).value();
  for (const Clause clause : core) EXPECT_EQ(info(clause).switch_name, "") << id(clause);
  const std::vector<Clause> later = select_clauses({"later"}).value();
  for (const Clause clause : later) EXPECT_EQ(info(clause).state, ClauseState::kLater) << id(clause);
  EXPECT_EQ(select_clauses({"checked", "unspecified", "declaration", "compared", "later"}).value().size(), kClauseCount);
  EXPECT_FALSE(select_clauses({"witness"}).value().empty());
}

TEST(Selection, LeavesOutWhereverTheTermStands) {
  const auto all = select_clauses({"XR"}).value();
  const std::vector<Clause> rest(all.begin() + 1, all.end());
  EXPECT_EQ(select_clauses({"XR", "-GM-XR-001"}).value(), rest);
  EXPECT_EQ(select_clauses({"!GM-XR-001", "XR"}).value(), rest);
  EXPECT_EQ(select_clauses({"-later"}).value(), select_clauses({"checked", "unspecified", "declaration", "compared"}).value());
  EXPECT_EQ(select_clauses({"compared"}).value(), std::vector{Clause::kINV3});
  EXPECT_EQ(select_clauses({"core", "-group:RW", "!GM-INV-*"}).value().size(),
            static_cast<std::size_t>(std::ranges::count_if(select_clauses({"core"}).value(), [](Clause clause) {
              return info(clause).group != "RW" && info(clause).group != "INV";
            })));
}

TEST(Selection, UnknownTermIsAnsweredWithTheNearest) {
  EXPECT_EQ(refusal({"GM-RW-999"}), "'GM-RW-999' is no clause, group or tag; the nearest is 'GM-RW-009'");
  EXPECT_EQ(refusal({"gm-rw-0007"}), "'gm-rw-0007' is no clause, group or tag; the nearest is 'GM-RW-007'");
  EXPECT_EQ(refusal({"XRR"}), "'XRR' is no clause, group or tag; the nearest is 'XR'");
  EXPECT_EQ(refusal({"-croe"}), "'croe' is no clause, group or tag; the nearest is 'core'");
  EXPECT_EQ(refusal({"switch:cross_regions"}), "'switch:cross_regions' is no clause, group or tag; the nearest is 'switch:cross_region'");
  EXPECT_EQ(refusal({"GM-XR-00[1]"}), "'GM-XR-00[1]' is no clause, group or tag; the nearest is 'GM-XR-001'");
  EXPECT_FALSE(select_clauses({""}));
  EXPECT_FALSE(select_clauses({"-"}));
  EXPECT_FALSE(select_clauses({"core", "nonsense"}).error().is_empty);
}

TEST(Selection, EmptyOnesAreToldApart) {
  EXPECT_TRUE(select_clauses({"GM-RW-9*"}).error().is_empty);
  EXPECT_TRUE(select_clauses({"XR", "-XR"}).error().is_empty);
  EXPECT_EQ(refusal({"XR", "-XR"}), "leaves out every clause that it names");
}

TEST(Selection, TagsOfSwitchesAreSwitches) {
  std::set<std::string> known;
  for (const SwitchInfo& row : switch_table()) known.insert("switch:" + std::string(row.name));
  for (const std::string& tag : known_tags()) {
    EXPECT_TRUE(!tag.starts_with("switch:") || known.contains(tag)) << tag;
  }
}

TEST(Glob, StarsAndQuestionMarks) {
  EXPECT_TRUE(matches_glob("GM-*-00?", "GM-RW-007"));
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("a*b*c", "aXbYbZc"));
  EXPECT_FALSE(matches_glob("a*b*c", "aXbYbZ"));
  EXPECT_FALSE(matches_glob("", "a"));
  EXPECT_FALSE(matches_glob("a?", "a"));
  // Trying every split would take longer than anybody lives.
  EXPECT_FALSE(matches_glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(200, 'a')));
}

}  // namespace
}  // namespace gmc
