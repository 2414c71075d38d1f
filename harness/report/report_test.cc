// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/report.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "harness/program/text.h"
#include "harness/report/clause_text.h"
#include "harness/report/folder.h"
#include "harness/report/line_up.h"
#include "harness/report/printable.h"

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
