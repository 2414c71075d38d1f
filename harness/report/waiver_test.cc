// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/waiver.h"

#include <gtest/gtest.h>

#include <string>

#include "harness/report/excuses.h"

namespace gmc {
namespace {

constexpr std::string_view kGood =
    "# known\n"
    "backends = libother.so\t./third/libthird.so:a=b\n"
    "[GM-RW-001 read bytes]\n"
    "backend = ./libmine.so\n"
    "  reason=it copies by words; fixed upstream # in 0.11\n"
    "link = https://example.org/issues/12#c3\n"
    "expires = 2027-01-31\n"
    "[ GM-INV-001  create\tstatus ]\n"
    "expires = 2028-02-29\n"
    "link = http://example.org\n"
    "backend = *\n"
    "reason = none";

TEST(Waivers, AreReadAsWritten) {
  const auto file = parse_waivers(kGood, "w.txt");
  ASSERT_TRUE(file.has_value()) << file.error().text();
  EXPECT_EQ(file->backends, (std::vector<std::string>{"libother.so", "./third/libthird.so:a=b"}));
  const std::vector<Waiver>& waivers = file->waivers;
  ASSERT_EQ(waivers.size(), 2u);
  const Waiver& first = waivers.front();
  EXPECT_EQ(text_of(first.key), "GM-RW-001 read bytes");
  EXPECT_EQ(first.backend, "./libmine.so");
  EXPECT_EQ(first.reason, "it copies by words; fixed upstream # in 0.11");
  EXPECT_EQ(first.link, "https://example.org/issues/12#c3");
  EXPECT_EQ(text_of(first.expires), "2027-01-31");
  EXPECT_EQ(first.place, "w.txt:3");
  EXPECT_EQ(text_of(waivers.back().key), "GM-INV-001 create status");
  EXPECT_EQ(waivers.back().place, "w.txt:8");
  EXPECT_TRUE(parse_waivers("", "w").value().waivers.empty());
  EXPECT_TRUE(parse_waivers("", "w").value().backends.empty());
}

struct Malformed {
  const char* text;
  const char* error;
};

class MalformedWaivers : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedWaivers, AreRefusedWithTheirPlace) {
  const auto waivers = parse_waivers(GetParam().text, "w");
  ASSERT_FALSE(waivers.has_value());
  EXPECT_EQ(waivers.error().text(), GetParam().error);
}

// What a section needs, with one line left to write.
#define GMC_REST "backend = *\nreason = r\nlink = https://a\n"

INSTANTIATE_TEST_SUITE_P(
    Files, MalformedWaivers,
    testing::Values(
        Malformed{"what\n", "w:1:1: neither a [head], nor NAME = VALUE, nor a # comment"},
        Malformed{"\n  reason = r\n", "w:2:3: 'reason' stands before the first [head]"},
        Malformed{"[GM-RW-001 read bytes\n", "w:1:22: the head ends in ']'"},
        Malformed{"[GM-RW-001 read]\n", "w:1:16: a finding is a clause, an operation and a part: GM-RW-001 read bytes"},
        Malformed{"[GM-RW-001 read bytes and]\n", "w:1:23: a finding is a clause, an operation and a part: GM-RW-001 read bytes"},
        Malformed{"[GM-RW-101 read bytes]\n", "w:1:2: 'GM-RW-101' is no clause (did you mean 'GM-RW-001'?)"},
        Malformed{"[GM-RW-001 raed bytes]\n", "w:1:12: 'raed' is no operation (did you mean 'read'?)"},
        Malformed{"[GM-RW-001 read byte]\n", "w:1:17: 'byte' is no part of an answer (did you mean 'bytes'?)"},
        Malformed{"[GM-RW-001 read bytes]\nreson = r\n", "w:2:1: 'reson' is no line of a waiver (did you mean 'reason'?)"},
        Malformed{"[GM-RW-001 read bytes]\nreason =  \n", "w:2:9: 'reason' says nothing"},
        Malformed{"[GM-RW-001 read bytes]\nreason = r\nreason = s\n", "w:3:1: 'reason' stands here for the second time"},
        Malformed{"[GM-RW-001 read bytes]\nlink = ftp://a\n", "w:2:8: 'ftp://a' is no link: it begins with https:// or http://"},
        Malformed{"[GM-RW-001 read bytes]\nexpires = 2027-02-29\n", "w:2:11: '2027-02-29' is no day; one is written 2027-01-31"},
        Malformed{"[GM-RW-001 read bytes]\nexpires = 27-2-9\n", "w:2:11: '27-2-9' is no day; one is written 2027-01-31"},
        Malformed{"[GM-RW-001 read bytes]\n" GMC_REST, "w:1:1: the waiver of GM-RW-001 read bytes has no 'expires'"},
        Malformed{"[GM-RW-001 read bytes]\n" GMC_REST "expires = 2027-01-31\n[GM-RW-001 read bytes]\n" GMC_REST "expires = 2027-01-31\n",
                  "w:6:1: GM-RW-001 read bytes for * is waived at w:1 already"},
        Malformed{"backends =\n", "w:1:11: 'backends' says nothing"},
        Malformed{"backends = a.so\nbackends = b.so\n", "w:2:1: 'backends' stands here for the second time"},
        Malformed{"[GM-RW-001 read bytes]\n" GMC_REST "expires = 2027-01-31\nbackends = a.so\n",
                  "w:6:1: 'backends' stands before the first [head]"},
        Malformed{"# \xff\n", "w:1:3: a byte that is neither text in UTF-8 nor a blank"},
        Malformed{"[GM-RW-001 read bytes]\r\n", "w:1:23: a byte that is neither text in UTF-8 nor a blank"}));

TEST(Waivers, BackendIsItsTextItsNameOrItsFile) {
  const auto is_for = [](std::string backend, std::string_view wanted) { return Waiver{.backend = std::move(backend)}.is_for(wanted); };
  EXPECT_TRUE(is_for("*", "mmap"));
  EXPECT_TRUE(is_for("mmap", "mmap"));
  EXPECT_TRUE(is_for("mmap", "mmap:granule=64"));
  EXPECT_TRUE(is_for("mmap:granule=64", "mmap:granule=64"));
  EXPECT_FALSE(is_for("mmap:granule=64", "mmap"));
  EXPECT_TRUE(is_for("libmine.so", "/some/where/libmine.so:a=b"));
  EXPECT_TRUE(is_for("./libmine.so", "./libmine.so"));
  EXPECT_FALSE(is_for("mine.so", "./libmine.so"));
  EXPECT_FALSE(is_for("naive", "mmap"));
}

TEST(Waivers, OneBackendHasManySpellings) {
  EXPECT_TRUE(is_same_backend("mmap", "mmap:granule=64"));
  EXPECT_TRUE(is_same_backend("/some/where/libmine.so:a=b", "libmine.so"));
  EXPECT_FALSE(is_same_backend("libmin.so", "libmine.so"));
  EXPECT_FALSE(is_same_backend("nmap", "mmap"));
}

// ------------------------------------------------------------------------------------------------------------------------- Excuses

ReportedFinding finding_of(Clause clause, OpKind op) {
  return {.finding = {.verdict = Verdict::kViolation, .clause = clause, .divergence = {.part = Part::kBytes}, .op = op}};
}

Waiver waiver_of(Clause clause, OpKind op) {
  return {.key = {.clause = clause, .op = op, .part = Part::kBytes}, .expires = parse_date("2027-01-31").value(), .place = "w:1"};
}

TEST(Excuses, OneOfTwoFindingsLeavesTheClauseFailed) {
  const Excuses excuses{.waivers = {waiver_of(Clause::kRW1, OpKind::kRead)}, .today = parse_date("2026-01-01").value()};
  ReportedFinding read = finding_of(Clause::kRW1, OpKind::kRead), load = finding_of(Clause::kRW1, OpKind::kLoad);
  excuse(read, excuses);
  excuse(load, excuses);
  EXPECT_EQ(read.excuse, Excuse::kWaiver);
  EXPECT_EQ(load.excuse, Excuse::kNone);
  EXPECT_EQ(state_of(std::vector<const ReportedFinding*>{&read}), State::kWaived);
  EXPECT_EQ(state_of(std::vector<const ReportedFinding*>{&read, &load}), State::kFail);
  load.finding.divergence.got_status = GMC_REFUSED;
  EXPECT_EQ(state_of(std::vector<const ReportedFinding*>{&read, &load}), State::kRefused);
  load.excuse = Excuse::kBaseline;
  EXPECT_EQ(state_of(std::vector<const ReportedFinding*>{&read, &load}), State::kKnown);
}

TEST(Excuses, WaiverIsJudgedByItsDayAndItsUse) {
  Report report;
  report.clauses = {{.clause = Clause::kRW1, .state = State::kWaived},
                    {.clause = Clause::kRW2, .state = State::kPass},
                    {.clause = Clause::kRW3, .state = State::kNotReached}};
  report.findings = {finding_of(Clause::kRW1, OpKind::kRead)};
  Excuses excuses{.waivers = {waiver_of(Clause::kRW1, OpKind::kRead), waiver_of(Clause::kRW2, OpKind::kRead),
                              waiver_of(Clause::kRW3, OpKind::kRead), waiver_of(Clause::kXR1, OpKind::kRead)},
                  .today = parse_date("2027-01-31").value()};
  Report on_the_day = report;
  settle(on_the_day, excuses);
  EXPECT_EQ(stale_waivers(on_the_day),
            std::vector<std::string>{"w:1: the waiver of GM-RW-002 read bytes is needless: its clause was decided without such a finding"});
  excuses.today = parse_date("2027-02-01").value();
  settle(report, excuses);
  const auto lines = stale_waivers(report);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], "w:1: the waiver of GM-RW-001 read bytes has expired on 2027-01-31");
  EXPECT_EQ(
      lines[1],
      "w:1: the waiver of GM-RW-002 read bytes has expired on 2027-01-31 and is needless: its clause was decided without such a finding");
}

// Of clauses that no finding can be under, as far as the profile or this version goes.
TEST(Excuses, WaiverOfWhatIsNeverDecidedIsNeedless) {
  Report report{.backend = "./libmine.so"};
  report.clauses = {
      {.clause = Clause::kRW10, .state = State::kNotApplicable, .reason = "has_fill = no"},
      {.clause = Clause::kRW13, .state = State::kNotApplicable, .reason = "every answer that it lists is accepted"},
      {.clause = Clause::kTYPE3, .state = State::kNotChecked, .reason = "threads"},
      {.clause = Clause::kINV3, .state = State::kNotApplicable, .reason = "checked by gmcheck diff, for it takes two backends"},
      {.clause = Clause::kRW3, .state = State::kNotReached}};
  const auto stale = [&](const std::string& waived, const std::string& backend) {
    Excuses excuses{.today = parse_date("2027-01-31").value()};
    for (const ClauseResult& result : report.clauses) {
      excuses.waivers.push_back(waiver_of(result.clause, OpKind::kFill));
      excuses.waivers.back().backend = waived;
    }
    Report settled = report;
    settled.backend = backend;
    settle(settled, excuses);
    return stale_waivers(settled);
  };
  const std::vector<std::string> always = {
      "w:1: the waiver of GM-RW-013 fill bytes is needless: its clause is n/a (every answer that it lists is accepted)",
      "w:1: the waiver of GM-TYPE-003 fill bytes is needless: its clause is not checked by this version (threads)",
      "w:1: the waiver of GM-INV-003 fill bytes is needless: its clause is n/a (checked by gmcheck diff, for it takes two backends)"};
  std::vector<std::string> here = always;
  here.insert(here.begin(), "w:1: the waiver of GM-RW-010 fill bytes is needless: its clause is n/a (has_fill = no)");
  EXPECT_EQ(stale("libmine.so", "./libmine.so"), here);
  EXPECT_EQ(stale("./libmine.so:a=b", "./libmine.so:a=b"), here);
  // Where the waiver is for other backends or configs as well, what does not apply here may apply there.
  EXPECT_EQ(stale("*", "./libmine.so"), always);
  EXPECT_EQ(stale("libmine.so", "./libmine.so:a=b"), always);
}

TEST(Excuses, BaselineNamesWhatIsKnownAndWhatIsGone) {
  const Excuses excuses{.waivers = {waiver_of(Clause::kRW1, OpKind::kRead)},
                        .baseline = Baseline{.file = "old.json",
                                             .findings = {{Clause::kRW1, OpKind::kRead, Part::kBytes},
                                                          {Clause::kRW1, OpKind::kLoad, Part::kBytes},
                                                          {Clause::kRW2, OpKind::kRead, Part::kBytes},
                                                          {Clause::kRW3, OpKind::kRead, Part::kBytes}}}};
  Report report;
  report.findings = {finding_of(Clause::kRW1, OpKind::kRead), finding_of(Clause::kRW1, OpKind::kLoad),
                     finding_of(Clause::kRW1, OpKind::kDump)};
  for (ReportedFinding& finding : report.findings) excuse(finding, excuses);
  EXPECT_EQ(report.findings[0].excuse, Excuse::kWaiver) << "or the waiver would be needless";
  EXPECT_EQ(report.findings[1].excuse, Excuse::kBaseline);
  EXPECT_EQ(report.findings[2].excuse, Excuse::kNone);
  report.clauses = {{.clause = Clause::kRW1, .state = State::kFail},
                    {.clause = Clause::kRW2, .state = State::kPass},
                    {.clause = Clause::kRW3, .state = State::kNotReached}};
  settle(report, excuses);
  ASSERT_EQ(report.comparison->gone.size(), 1u);
  EXPECT_EQ(text_of(report.comparison->gone[0]), "GM-RW-002 read bytes");
}

}  // namespace
}  // namespace gmc
