// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/merge.h"

#include <gtest/gtest.h>

#include "harness/report/excuses.h"
#include "harness/report/json_report.h"
#include "harness/report/report_reader.h"

namespace gmc {
namespace {

ReportedFinding finding_of(Clause clause, OpKind op) {
  return {.finding = {.verdict = Verdict::kViolation, .clause = clause, .divergence = {.part = Part::kBytes}, .op = op}, .count = 1};
}

// A shard of two that brings one clause.
PartialReport part(unsigned index, Clause clause, State state) {
  PartialReport part{.file = "shard" + std::to_string(index) + ".json"};
  part.report.backend = "mmap";
  part.report.seed = "0x7";
  part.report.selected = {Clause::kRW1, Clause::kRW2, Clause::kRW3};
  part.report.shard = {.index = index, .total = 2};
  part.report.clauses = {{.clause = clause, .state = state, .checks = 5}};
  part.report.reached = {{.seconds = 1, .decided = 1, .wanted = 1}};
  return part;
}

std::vector<PartialReport> two_parts() { return {part(0, Clause::kRW1, State::kPass), part(1, Clause::kRW2, State::kPass)}; }

TEST(Merge, JoinsWhatShardsBringAndNamesWhatNoneBrought) {
  const auto whole = merge(two_parts());
  ASSERT_TRUE(whole.has_value()) << whole.error().text();
  ASSERT_EQ(whole->clauses.size(), 2u);
  EXPECT_EQ(whole->clauses[0].clause, Clause::kRW1);
  EXPECT_EQ(whole->missing, std::vector{Clause::kRW3});
  EXPECT_EQ(whole->reached.front().wanted, 2u);
  EXPECT_EQ(whole->shard.total, 1u);
  EXPECT_FALSE(whole->allows_unreached);
}

TEST(Merge, FindingOfOneShardFailsTheClauseThatAnotherPassed) {
  auto parts = two_parts();
  parts[1].report.clauses.push_back({.clause = Clause::kRW1, .state = State::kFail});
  parts[1].report.findings = {finding_of(Clause::kRW1, OpKind::kRead)};
  const auto whole = merge(parts).value();
  EXPECT_EQ(whole.clauses[0].state, State::kFail);
  EXPECT_EQ(whole.clauses[0].checks, 5u);
  // The same finding of both is one.
  parts[0].report.findings = {finding_of(Clause::kRW1, OpKind::kRead)};
  parts[0].report.findings[0].is_minimised = true;
  const auto twice = merge(parts).value();
  ASSERT_EQ(twice.findings.size(), 1u);
  EXPECT_EQ(twice.findings[0].count, 2u);
  EXPECT_TRUE(twice.findings[0].is_minimised);
}

TEST(Merge, WaiverThatOneShardMetIsNotNeedless) {
  auto parts = two_parts();
  const Waiver waiver{.key = {Clause::kRW1, OpKind::kRead, Part::kBytes}, .backend = "*", .place = "w:1"};
  parts[0].report.waivers = {{.waiver = waiver, .is_needless = true}};
  EXPECT_EQ(stale_waivers(merge(parts).value()).size(), 1u);
  parts[1].report.waivers = {{.waiver = waiver, .was_met = true}};
  EXPECT_TRUE(stale_waivers(merge(parts).value()).empty());
  parts[1].report.waivers[0].is_expired = true;
  EXPECT_EQ(stale_waivers(merge(parts).value()).size(), 1u);
}

TEST(Merge, FindingThatOneShardMetIsNotGone) {
  auto parts = two_parts();
  for (PartialReport& part : parts)
    part.report.comparison = Comparison{.file = "old.json", .gone = {{Clause::kRW1, OpKind::kRead, Part::kBytes}}};
  EXPECT_EQ(merge(parts).value().comparison->gone.size(), 1u);
  parts[1].report.findings = {finding_of(Clause::kRW1, OpKind::kRead)};
  EXPECT_TRUE(merge(parts).value().comparison->gone.empty());
}

TEST(Merge, PartsOfDifferentRunsAreRefused) {
  const auto refused = [](auto&& change) {
    auto parts = two_parts();
    change(parts[1].report);
    const auto whole = merge(parts);
    return whole ? "" : whole.error().text();
  };
  EXPECT_EQ(refused([](Report& r) { r.backend = "naive"; }), "shard1.json: is on the backend 'naive', not 'mmap' as of shard0.json");
  EXPECT_EQ(refused([](Report& r) { r.seed = "0x8"; }), "shard1.json: has the seed '0x8', not '0x7' as of shard0.json");
  EXPECT_EQ(refused([](Report& r) { r.contract = 9; }),
            "shard1.json: is on the contract's version '9', not '" + std::to_string(kContractVersion) + "' as of shard0.json");
  EXPECT_EQ(refused([](Report& r) { r.profile = "x"; }), "shard1.json: is on another profile of the backend as of shard0.json");
  EXPECT_EQ(refused([](Report& r) { r.budget = "1 s"; }), "shard1.json: has the budget '1 s', not '' as of shard0.json");
  EXPECT_EQ(refused([](Report& r) { r.shard.index = 0; }), "shard1.json: is shard 0 of 2, as shard0.json is");
  EXPECT_EQ(refused([](Report& r) { r.shard.total = 3; }), "shard1.json: has the number of shards '3', not '2' as of shard0.json");
  EXPECT_EQ(refused([](Report&) {}), "");
}

TEST(Merge, NothingIsCountedTwice) {
  const auto refused = [](auto&& change) {
    auto parts = two_parts();
    for (PartialReport& part : parts) change(part);
    const auto whole = merge(parts);
    return whole ? "" : whole.error().text();
  };
  const auto unsharded = [](PartialReport& part) { part.report.shard = {}; };
  EXPECT_EQ(refused([](PartialReport& part) { part.file = "a.json"; }), "a.json: is given twice");
  EXPECT_EQ(refused([](PartialReport& part) { part.report.shard.index = 1; }), "shard1.json: is shard 1 of 2, as shard0.json is");
  EXPECT_EQ(refused(unsharded), "shard1.json: is on GM-RW-001, as shard0.json is, and neither is a shard");
  // Runs that were asked for different clauses add up to one.
  EXPECT_EQ(refused([&](PartialReport& part) {
              unsharded(part);
              part.report.selected = {part.report.clauses.front().clause};
            }),
            "");
}

TEST(ReportReader, ReportComesBackWhole) {
  Report report = part(1, Clause::kRW1, State::kWaived).report;
  report.allows_unreached = true;
  report.missing = {Clause::kRW3};
  report.clauses.push_back({.clause = Clause::kRW2, .state = State::kKnown, .reason = "r", .witness = "w", .suite = "rw"});
  report.findings = {finding_of(Clause::kRW1, OpKind::kSubmitBegin), finding_of(Clause::kRW2, OpKind::kRead)};
  ReportedFinding& first = report.findings[0];
  first.excuse = Excuse::kWaiver;
  first.waiver =
      Waiver{.key = key_of(first.finding), .backend = "*", .reason = "r", .link = "https://a", .expires = parse_date("2027-01-31").value()};
  first.finding.note = "two\nlines";
  first.finding.back_trace = {"libx.so+0x12ab  name+0x1b", "0x10"};
  first.program.layouts = {{.regions = {{.base = 0x1000, .size = 0x1000}}}};
  first.program.ops = {{.kind = OpKind::kRead, .at = {.delta = 0x1000}, .size = 8}};
  first.before = {first.program};
  first.trace = {{.index = 0, .expected = "ok", .got = "ok"}, {.index = 1, .was_skipped = true}};
  first.runs = 2;
  report.findings[1].excuse = Excuse::kBaseline;
  report.suites = {{.suite = "rw", .programs = 3, .remark = "why"}};
  report.suites[0].by_kind[static_cast<std::size_t>(OpKind::kRead)] = 7;
  report.waivers = {{.waiver = *first.waiver, .was_met = true}};
  report.comparison = Comparison{.file = "old.json", .gone = {key_of(first.finding)}};
  const std::string text = json_report(report, 5);
  EXPECT_NE(text.find("libx.so+0x12ab  name+0x1b"), std::string::npos) << text;
  const auto back = read_report(text, "r");
  ASSERT_TRUE(back.has_value()) << back.error().text();
  EXPECT_EQ(back->exit_code, 5);
  EXPECT_EQ(json_report(*back, 5), text);
}

TEST(ReportReader, ShardThatThereIsNotIsRefused) {
  Report report = part(1, Clause::kRW1, State::kPass).report;
  report.shard = {.index = 2, .total = 2};
  const auto back = read_report(json_report(report, 0), "r");
  ASSERT_FALSE(back.has_value());
  EXPECT_EQ(back.error().text(), "r: /shard/index: is no index of 2 shards");
}

}  // namespace
}  // namespace gmc
