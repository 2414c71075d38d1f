// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/report.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "harness/program/text.h"
#include "harness/report/clause_text.h"
#include "harness/report/folder.h"
#include "harness/report/github_report.h"
#include "harness/report/html_report.h"
#include "harness/report/line_up.h"
#include "harness/report/printable.h"
#include "harness/report/tap_report.h"

namespace gmc {
namespace {

TEST(ClauseText, EveryClauseHasItsParagraph) {
  int line = 0;
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const ClauseText& text = clause_text(static_cast<Clause>(i));
    EXPECT_GT(text.text.size(), 20u);
    EXPECT_EQ(text.text.find("**"), std::string::npos) << text.text;
    EXPECT_GT(text.line, line) << id(static_cast<Clause>(i)) << " stands before its predecessor";
    line = text.line;
  }
  EXPECT_EQ(clause_text(Clause::kRW2).text, "A write that answers ok changes no byte outside [address, address + size).");
  EXPECT_EQ(clause_text(Clause::kRW2).kind, "core");
  EXPECT_EQ(clause_text(Clause::kDIRTY1).kind, "declaration, switch dirty_source");
  EXPECT_EQ(clause_text(Clause::kKVM1).kind, "switch kvm");
}

TEST(ClauseText, LinesAreWrappedAndIndented) {
  EXPECT_EQ(wrapped("one two three", 9, 2), "  one two\n  three\n");
  EXPECT_EQ(wrapped("muchlongerthanwide x", 5, 1), " muchlongerthanwide\n x\n");
  EXPECT_EQ(wrapped("", 9, 2), "");
}

TEST(Printable, IsWellFormedWithoutControls) {
  EXPECT_EQ(printable("gr\xc3\xbc\xc3\x9f\nyou\t"), "gr\xc3\xbc\xc3\x9f\nyou\t");
  EXPECT_EQ(printable("\x1b[2J"), "\xef\xbf\xbd[2J");
  EXPECT_EQ(printable("a\xff\xc3"), "a\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(printable("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd") << "overlong";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") << "surrogate";
  EXPECT_EQ(printable("\xc2\x9b"), "\xef\xbf\xbd") << "C1";
  EXPECT_EQ(printable("\xf4\x90\x80\x80").size(), 12u) << "above U+10FFFF";
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\xef\xbf\xbd");
  EXPECT_EQ(printable("\xef\xbf\xbf"), "\xef\xbf\xbd") << "XML forbids it";
  EXPECT_EQ(printable_line("two\nlines\n"), "two lines");
}

TEST(Folder, FilesAreThereWholeOrNotAtAll) {
  std::string path = (std::filesystem::temp_directory_path() / "gmcheck-report-XXXXXX").string();
  ASSERT_NE(::mkdtemp(path.data()), nullptr);
  const auto folder = ReportFolder::open(path + "/a/b//");
  ASSERT_TRUE(folder.has_value());
  EXPECT_EQ(folder->path(), path + "/a/b");
  ASSERT_TRUE(folder->write("x", "first").has_value());
  ASSERT_TRUE(folder->write("x", "second").has_value());
  EXPECT_EQ(read_file(folder->file("x")).value(), "second");
  EXPECT_EQ(folder->write("no/folder", "text").error().text(), path + "/a/b/no/folder: cannot be written: No such file or directory");
  EXPECT_FALSE(ReportFolder::open(path + "/a/b/x"));
  EXPECT_FALSE(read_file(path + "/missing"));
  EXPECT_EQ(write_file(path + "/a/b/mebibyte", std::string(std::size_t{1} << 20, 'x')).has_value(), true);
  EXPECT_EQ(read_file(path + "/a/b/mebibyte", std::uint64_t{1} << 20).value().size(), std::size_t{1} << 20);
  EXPECT_EQ(write_file(path + "/a/b/mebibyte", std::string((std::size_t{1} << 20) + 1, 'x')).has_value(), true);
  EXPECT_EQ(read_file(path + "/a/b/mebibyte", std::uint64_t{1} << 20).error().text(),
            path + "/a/b/mebibyte: cannot be read: it has more than 1 MiB");
  std::filesystem::remove(path + "/a/b/mebibyte");
  EXPECT_EQ(read_file("/dev/zero").error().text(), "/dev/zero: cannot be read: it has more than 64 MiB");
  EXPECT_EQ(write_file("/dev/full", "text").error().text(), "/dev/full: cannot be written: No space left on device");
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder->path())) {
    EXPECT_EQ(entry.path().filename(), "x");
    ++count;
  }
  EXPECT_EQ(count, 1u);
  std::filesystem::remove_all(path);
}

TEST(Report, StatesReadAsDocumented) {
  ClauseResult result{.clause = Clause::kRW1, .state = State::kPass, .checks = 1};
  EXPECT_EQ(text_of(result), "pass (1 check)");
  result.state = State::kNotReached;
  EXPECT_EQ(text_of(result), "not reached (1 of 100 checks)");
  result.state = State::kNotApplicable;
  result.reason = "partial = no";
  EXPECT_EQ(text_of(result), "n/a (partial = no)");
}

TEST(Report, ReplayCommandSurvivesAShell) {
  EXPECT_EQ(replay_command("f/GM-RW-001-00.gmp", "./libmine.so:a=1,b"), "gmcheck run f/GM-RW-001-00.gmp --backend ./libmine.so:a=1,b");
  EXPECT_EQ(replay_command("it's", "x y"), "gmcheck run 'it'\\''s' --backend 'x y'");
  EXPECT_EQ(replay_command("a", "b", "c d"), "gmcheck run a --backend b --profile 'c d'");
}

TEST(Report, ProgramOfAFindingIsAProgram) {
  ReportedFinding finding;
  finding.finding = {.verdict = Verdict::kViolation, .clause = Clause::kRW1, .op_index = 1, .expected = "0x01\nat", .got = "\xff"};
  finding.program.layouts = {{.regions = {{.base = 0x1000, .size = 0x1000}}}};
  finding.program.ops = {{.kind = OpKind::kRegions}, {.kind = OpKind::kRead, .at = {.delta = 0x1000}, .size = 8}};
  const std::string text = document_of(finding, {.backend = "mmap", .implementation = "1"});
  const auto document = read_program(text, "text");
  ASSERT_TRUE(document.has_value()) << document.error().text() << "\n" << text;
  EXPECT_EQ(document->program, finding.program);
  EXPECT_TRUE(text.starts_with("# GM-RW-001 violated by mmap (1)\n")) << text;
  EXPECT_EQ(file_name(finding), file_name(finding));
  EXPECT_TRUE(file_name(finding).starts_with("GM-RW-001-"));
}

// What TAP would read as a directive or an escape is escaped, and what YAML would read as something else is quoted.
TEST(Tap, TextStaysText) {
  Report report{.backend = "a#b", .seed = "0x7"};
  report.clauses = {{.clause = Clause::kRW1, .state = State::kWaived},
                    {.clause = Clause::kRW2, .state = State::kNotReached, .checks = 3},
                    {.clause = Clause::kRW10, .state = State::kNotApplicable, .reason = "has_fill = no"}};
  ReportedFinding finding;
  finding.finding = {.verdict = Verdict::kViolation, .clause = Clause::kRW1, .expected = "\"a\": b", .got = "tab\there"};
  finding.excuse = Excuse::kWaiver;
  finding.waiver = Waiver{.reason = "see # SKIP \\ 1", .link = "https://a/#b", .expires = parse_date("2027-01-31").value()};
  report.findings = {finding};
  const std::string head = "TAP version 14\n1..3\n# a\\#b, seed 0x7, contract " + std::to_string(kContractVersion) + "\n";
  const std::string excuse = "waived until 2027-01-31: see \\# SKIP \\\\ 1 (https://a/\\#b)";
  const std::string text = tap_report(report);
  EXPECT_TRUE(text.starts_with(head +
                               "not ok 1 - GM-RW-001 # TO"
                               "DO " +
                               excuse + "\n  ---\n  state: \"waived\"\n  findings:\n"))
      << text;
  EXPECT_NE(text.find("      expected: \"\\\"a\\\": b\"\n      got: \"tab\\there\"\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nnot ok 2 - GM-RW-002\n  ---\n  state: \"not reached (3 of 100 checks)\"\n"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\nok 3 - GM-RW-010 # SKIP n/a (has_fill = no)\n")) << text;
  report.allows_unreached = true;
  EXPECT_NE(tap_report(report).find("\nok 2 - GM-RW-002 # SKIP not reached (3 of 100 checks)\n"), std::string::npos);
}

TEST(Html, TextStaysText) {
  EXPECT_EQ(escaped_html("<a href=\"x\" id='y'>&amp;</a>\x1b"),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;\xef\xbf\xbd");
}

TEST(Github, CommandsCannotBeForged) {
  Report report{.backend = "x::y,z\n::error::forged", .seed = "0x7"};
  report.clauses = {{.clause = Clause::kRW1, .state = State::kFail}};
  ReportedFinding finding;
  finding.finding = {.verdict = Verdict::kViolation, .clause = Clause::kRW1, .expected = "100%\n::warning::forged", .got = "b"};
  report.findings = {finding};
  const std::string text = github_annotations(report);
  EXPECT_EQ(std::ranges::count(text, '\n'), 1) << text;
  EXPECT_TRUE(text.starts_with(
      "::error title=GM-RW-001 violated by x%3A%3Ay%2Cz%0A%3A%3Aerror%3A%3Aforged::read: expected 100%25%0A::warning::forged"))
      << text;
}

TEST(Github, SummaryKeepsItsLimit) {
  Report report{.backend = "x"};
  report.clauses = {{.clause = Clause::kRW1, .state = State::kFail}};
  ReportedFinding finding;
  finding.finding = {.verdict = Verdict::kViolation, .clause = Clause::kRW1, .expected = std::string(100'000, 'a'), .got = "b"};
  report.findings.assign(10, finding);
  const std::string text = github_summary(report, 1);
  EXPECT_LE(text.size(), kGithubSummaryMax);
  EXPECT_GT(text.size(), kGithubSummaryMax / 2);
  EXPECT_NE(text.find("<p>5 more findings are in report.json.</p>"), std::string::npos) << text.substr(text.size() - 200);
}

TEST(LineUp, PutsExpectedBesideGotAndMarksTheCulprit) {
  Document document;
  document.program.layouts = {{.regions = {{.base = 0x1000, .size = 0x1000}}}};
  document.program.ops = {
      {.kind = OpKind::kRegions}, {.kind = OpKind::kRead, .at = {.delta = 0x1000}, .size = 8}, {.kind = OpKind::kReset}};
  const std::vector<TraceLine> trace = {
      {.index = 0, .expected = "ok", .got = "ok count=1"}, {.index = 2, .was_skipped = true}, {.index = 9}};
  const Finding finding{.op_index = 1, .expected = "byte 0 to be 0x01", .got = "ok with 0x02"};
  EXPECT_EQ(line_up(document, trace, finding, {{2, "why"}}),
            "    memory {\n"
            "      region 0x1000 0x1000 own\n"
            "    }\n"
            "                     expected           got\n"
            "    regions m        ok                 ok count=1\n"
            "--> read m 0x1000 8  byte 0 to be 0x01  ok with 0x02\n"
            "    reset                               (skipped)  why\n");
}

}  // namespace
}  // namespace gmc
