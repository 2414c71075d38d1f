// SPDX-License-Identifier: Apache-2.0 OR MIT
// The tables of operations, clauses and verdicts, and the functions that look into them.
#include <gmcheck.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "harness/program/clause.h"
#include "harness/program/op.h"
#include "harness/program/profile.h"
#include "harness/program/public_bugs.h"
#include "harness/program/verdict.h"

namespace gmc {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Ops, OperandsAreThoseOfTheRow) {
  EXPECT_THAT(operands(OpKind::kWrite), ElementsAre(Operand::kSpace, Operand::kAt, Operand::kSize, Operand::kData));
  EXPECT_THAT(operands(OpKind::kReset), IsEmpty());
  EXPECT_THAT(operands(OpKind::kCompareExchange), ElementsAre(Operand::kSpace, Operand::kAt, Operand::kSize, Operand::kExpected,
                                                              Operand::kData, Operand::kOrder, Operand::kFailureOrder));
  EXPECT_TRUE(has_operand(OpKind::kFill, Operand::kByte));
  EXPECT_FALSE(has_operand(OpKind::kFill, Operand::kData));
}

TEST(Ops, KeywordsAreDistinctWords) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    const std::string text(info(static_cast<OpKind>(i)).text);
    EXPECT_TRUE(seen.insert(text.substr(0, text.find(' '))).second) << text;
    EXPECT_EQ(opens_scope(static_cast<OpKind>(i)), text.ends_with(" {")) << text;
  }
}

TEST(Ops, WhatIsPickedByAGeneratorRuns) {
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    const OpInfo& row = info(static_cast<OpKind>(i));
    EXPECT_TRUE(row.weight == 0 || row.runs) << row.name;
  }
}

TEST(Ops, CallRecordsAreAccessesAndQueriesOfSpaces) {
  for (const OpKind kind : {OpKind::kRead, OpKind::kZeroAll, OpKind::kDump, OpKind::kFind, OpKind::kFdsOverlap, OpKind::kFetchAdd}) {
    EXPECT_TRUE(has_call_record(kind)) << info(kind).name;
  }
  for (const OpKind kind : {OpKind::kRegions, OpKind::kFacts, OpKind::kTrack, OpKind::kMark, OpKind::kHarvest, OpKind::kReset,
                            OpKind::kOpenRegion, OpKind::kClose, OpKind::kSubmitBegin, OpKind::kSubmitEnd, OpKind::kProtect}) {
    EXPECT_FALSE(has_call_record(kind)) << info(kind).name;
  }
}

TEST(Clauses, IdsAreFoundAgain) {
  EXPECT_EQ(id(Clause::kRW7), "GM-RW-007");
  EXPECT_EQ(id(Clause::kSLICE10), "GM-SLICE-010");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const auto clause = static_cast<Clause>(i);
    EXPECT_TRUE(seen.insert(id(clause)).second) << id(clause);
    EXPECT_EQ(find_clause(id(clause)), clause);
  }
  for (const char* text : {"GM-RW-7", "GM-RW-999", "RW-007", "GM-RW-007 ", ""}) EXPECT_FALSE(find_clause(text)) << text;
}

TEST(Clauses, RowsAreConsistent) {
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const ClauseInfo& row = info(static_cast<Clause>(i));
    const std::string name = id(static_cast<Clause>(i));
    EXPECT_EQ(row.floor > 0, row.state == ClauseState::kChecked) << name;
    EXPECT_EQ(!row.why.empty(), row.state == ClauseState::kLater) << name;
    if (row.switch_name.empty()) continue;
    const bool is_known = std::ranges::any_of(switch_table(), [&](const SwitchInfo& info) { return info.name == row.switch_name; });
    EXPECT_TRUE(is_known) << name << " names the switch " << row.switch_name;
  }
}

TEST(PublicBugs, AreSortedAndNamedOnceForAClause) {
  std::set<std::pair<Clause, std::string_view>> seen;
  std::set<Clause> clauses;
  for (const PublicBug& bug : public_bugs()) {
    EXPECT_TRUE(seen.emplace(bug.clause, bug.name).second) << id(bug.clause) << " names " << bug.name << " twice";
    clauses.insert(bug.clause);
    const auto of_clause = public_bugs_of(bug.clause);
    EXPECT_TRUE(std::ranges::any_of(of_clause, [&](const PublicBug& other) { return &other == &bug; })) << bug.name;
    EXPECT_EQ(find_clause(id(bug.clause)), bug.clause);
  }
  EXPECT_TRUE(std::ranges::is_sorted(public_bugs(), {}, &PublicBug::clause));
  EXPECT_GE(clauses.size(), 12u);
  // Groups that have none are those of interfaces that this version does not check, and what a caller cannot meet outside of a test.
  std::set<std::string_view> groups;
  for (std::size_t i = 0; i < kClauseCount; ++i) groups.insert(info(static_cast<Clause>(i)).group);
  for (const Clause clause : clauses) groups.erase(info(clause).group);
  EXPECT_THAT(groups, ElementsAre("FAULT", "KVM", "XEN"));
  EXPECT_THAT(public_bugs_of(Clause::kRW13), IsEmpty());
}

// A CVE, "Project #123", or for a commit without a number its project and hash.
TEST(PublicBugs, SayInOneLineWhatHappenedAndWhereToReadIt) {
  const std::regex name("CVE-[0-9]{4}-[0-9]{4,}|[A-Za-z][A-Za-z -]* #[0-9]+|[A-Za-z]+ [0-9a-f]{12}");
  const std::regex link("https://[a-z.]+/[A-Za-z0-9_./?=-]+");
  for (const PublicBug& bug : public_bugs()) {
    EXPECT_TRUE(std::regex_match(std::string(bug.name), name)) << bug.name;
    EXPECT_TRUE(std::regex_match(std::string(bug.link), link)) << bug.name << ": " << bug.link;
    EXPECT_THAT(std::string(bug.what), AllOf(Not(IsEmpty()), Not(HasSubstr("\n")), Not(EndsWith(".")))) << bug.name;
    // The number that a name ends with is the one that its link leads to.
    const std::size_t number = bug.name.find_last_of(" #") + 1;
    const bool ends_alike = bug.link.ends_with(bug.name.substr(number));
    EXPECT_TRUE(ends_alike || bug.name.starts_with("CVE-")) << bug.name << ": " << bug.link;
  }
}

TEST(Verdicts, StatusesHaveTheNamesOfTheContract) {
  EXPECT_EQ(status_name(GMC_OK), "ok");
  EXPECT_EQ(status_name(GMC_SHORT), "short");
  EXPECT_EQ(status_name(GMC_OUT_OF_RANGE), "out_of_range");
  EXPECT_EQ(status_name(GMC_INVALID_ARGUMENT), "invalid_argument");
  EXPECT_EQ(status_name(GMC_BAD_STATE), "bad_state");
  EXPECT_EQ(status_name(GMC_NOT_FOUND), "not_found");
  EXPECT_EQ(status_name(GMC_LOST), "lost");
  EXPECT_EQ(status_name(99), "unknown");
  for (std::uint16_t status = 0; status < GMC_STATUS_COUNT; ++status) EXPECT_EQ(find_status(status_name(status)), status);
  EXPECT_FALSE(find_status("unknown"));
}

TEST(Verdicts, NamesAreDistinct) {
  std::set<std::string_view> verdicts;
  for (int i = 0; i <= static_cast<int>(Verdict::kHistory); ++i) verdicts.insert(name(static_cast<Verdict>(i)));
  EXPECT_EQ(verdicts.size(), 9u);
  EXPECT_FALSE(verdicts.contains("unknown"));
  std::set<std::string_view> parts;
  for (int i = 0; i <= static_cast<int>(Part::kProcess); ++i) parts.insert(name(static_cast<Part>(i)));
  EXPECT_EQ(parts.size(), 15u);
  EXPECT_FALSE(parts.contains("unknown"));
  for (const std::string_view text : verdicts) EXPECT_EQ(name(find_verdict(text).value()), text);
  for (const std::string_view text : parts) EXPECT_EQ(name(find_part(text).value()), text);
  EXPECT_FALSE(find_verdict("unknown"));
  EXPECT_FALSE(find_part("unknown"));
}

TEST(Operations, AreFoundByTheirKeyword) {
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    const auto kind = static_cast<OpKind>(i);
    EXPECT_EQ(find_op(keyword(kind)), kind) << keyword(kind);
  }
  EXPECT_FALSE(find_op("Read"));
  EXPECT_FALSE(find_op(""));
}

}  // namespace
}  // namespace gmc
