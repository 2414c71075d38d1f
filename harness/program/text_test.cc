// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/text.h"

#include <gmcheck.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "harness/program/arbitrary_program.h"

namespace gmc {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

constexpr std::string_view kHead = "gmp 1\nseed 0x0\nmemory {\n}\n";

// Lines of operations with their canonical form; "" where that is the line itself.
constexpr struct {
  std::string_view in;
  std::string_view out;
} kOps[] = {
    {"read m 0x1000 8", ""},
    {"  read\tm   0x1000 8  ", "read m 0x1000 8"},
    {"read m 4096 0x8", "read m 0x1000 8"},
    {"read m 0xABC 0x1000", "read m 0xabc 0x1000"},
    {"read m 0x1000 4096", "read m 0x1000 0x1000"},
    {"read m 0x1000 4095", ""},
    {"read m 0xffffffffffffffff 0", ""},
    {"read m r0.start 8", ""},
    {"read m r255.end-0x1000 8", ""},
    {"read m r0.start+0 8", "read m r0.start 8"},
    {"read m h1+0x10 8", "read m h1+16 8"},
    {"read m top-8 8", ""},
    {"read m top-0x8000000000000000 8", ""},
    {"read m last+0x7fffffffffffffff 8", ""},
    {"write m last 8 unique", ""},
    {"write m last 8 byte 0", "write m last 8 byte 0x00"},
    {"write m last 8 same", ""},
    {"store m top-8 8 imm 00ff0a", ""},
    {"fill m 0x0 18446744073709551615 255", "fill m 0x0 0xffffffffffffffff 0xff"},
    {"zero_all m", ""},
    {"dump m 8", ""},
    {"check_range m 0x0 8 rw", ""},
    {"checked_offset m 0x0 8", ""},
    {"last_address m", ""},
    {"fds_overlap s1 s2", ""},
    {"track m off", ""},
    {"mark m 0x0 1", ""},
    {"harvest m sparse clear", ""},
    {"reset", ""},
    {"create layout 1", ""},
    {"open_region s15 m r0.start", ""},
    {"close s1", ""},
    {"submit {\n  read m 0x0 1\n} -> ok", ""},
    {"submit {\nread m 0x0 1\n}", "submit {\n  read m 0x0 1\n}"},
    {"atomic_load m 0x0 8 seq_cst", ""},
    {"atomic_store m 0x0 8 unique 9", ""},
    {"compare_exchange s1 h0 8 current imm 01 acq_rel relaxed", ""},
    {"copy m 0x0 8 s1 r0.end-8", ""},
    {"open_range s1 m 0x0 8", ""},
    {"remove 0x0 8", ""},
    {"protect 0x0 8 none", ""},
    {"open_lane l1 vcpu", ""},
    {"on l15 read m 0x0 8 fail 255 -> io", ""},
    {"sync", ""},
    {"exclusive s1 m {\n  repeat 3 {\n  }\n}", ""},
    {"reference s1 r0.start 8 rw atomic", ""},
    {"slices m 0x0 64", ""},
    {"read_array m 0x0 4 18446744073709551615 3", "read_array m 0x0 4 0xffffffffffffffff 3"},
    {"write_array m h0 2 5 3 byte 0x07", ""},
    {"arm m access 5", ""},
    {"arm m change 2", ""},
    {"arm m 255 1", ""},
    {"arm m none 0", ""},
    {"read m 0x0 8 -> ok count=8 address=0x10 value=0x1", ""},
    {"read m 0x0 8 -> ok value=1 count=0x8", "read m 0x0 8 -> ok count=8 value=0x1"},
};

TEST(Text, OperationsHaveOneCanonicalForm) {
  for (const auto& [in, out] : kOps) {
    EXPECT_NE(in, out) << "write \"\" where nothing changes";
    const auto parsed = parse_text(std::string(kHead) + std::string(in) + "\n", "t");
    ASSERT_TRUE(parsed.has_value()) << in << "\n" << parsed.error().text();
    EXPECT_EQ(print(parsed->document), std::string(kHead) + std::string(out.empty() ? in : out) + "\n");
  }
}

TEST(Text, EveryOperationIsInTheTable) {
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    const OpInfo& row = info(static_cast<OpKind>(i));
    Op op{.kind = static_cast<OpKind>(i)};
    if (has_operand(op.kind, Operand::kSpace)) op.space = 1;
    if (has_operand(op.kind, Operand::kOther)) op.other = 2;
    if (has_operand(op.kind, Operand::kOpens)) op.opens = 3;
    if (has_operand(op.kind, Operand::kLane)) op.lane = 4;
    if (has_operand(op.kind, Operand::kByte)) op.data.kind = PatternKind::kByte;
    const std::string line = print_op(op);
    const std::string scope = opens_scope(op.kind) ? line + "\n}\n" : op.kind == OpKind::kSubmitEnd ? "submit {\n}\n" : line + "\n";
    const auto parsed = parse_text(std::string(kHead) + scope, "t");
    ASSERT_TRUE(parsed.has_value()) << row.name << ": " << line << "\n" << parsed.error().text();
    const std::vector<Op>& read = parsed->document.program.ops;
    EXPECT_EQ(op.kind == OpKind::kSubmitEnd ? read.back() : read.front(), op) << line;
  }
}

TEST(Text, LayoutsCommentsAndNamesAreKept) {
  constexpr std::string_view kCanonical =
      "# found by the suite of reads\n"
      "# requires: cross_region = span\n"
      "gmp 1\n"
      "seed 0x5eed\n"
      "name r0 ram\n"
      "name s1 heap\n"
      "name l1 writer\n"
      "# the memory\n"
      "memory {\n"
      "  # on a file\n"
      "  region 0x10000 0x2000 file f0@0x1000\n"
      "  region 0x12000 0x1000 host ro  # read-only\n"
      "  window 0x20000 0x4000\n"
      "}\n"
      "layout 1 {  # illegal: they overlap\n"
      "  region 0x1000 0x2000 own\n"
      "  region 0x2000 0x2000 own\n"
      "# the end of the layout\n"
      "}\n"
      "#\n"
      "write m ram.end-4 8 unique -> ok\n"
      "open_region heap m r1.start\n"
      "load heap ram.start+3 4  # \u00fcber\n"
      "submit {\n"
      "  # inside\n"
      "  read m 0x0 1\n"
      "}\n"
      "# the end\n";
  const auto parsed = parse_text(kCanonical, "t");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().text();
  EXPECT_EQ(print(parsed->document), kCanonical);
  EXPECT_EQ(parsed->document.headers("requires"), std::vector<std::string_view>{"cross_region = span"});
  EXPECT_EQ(parsed->document.program.seed, 0x5eedu);
  EXPECT_EQ(parsed->document.program.ops[1].opens, 1);
  EXPECT_EQ(parsed->op_places[0], (TextPlace{21, 1}));
  EXPECT_EQ(parsed->op_places[4], (TextPlace{26, 3}));
}

TEST(Text, ValuesAreThoseOfTheProgram) {
  const auto parsed = read_program("gmp 1\nmemory adopt\nstore m r3.end-4 4 imm a1b2 -> short count=2\n", "t");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().text();
  const Program& program = parsed->program;
  EXPECT_TRUE(program.adopts);
  EXPECT_EQ(program.layouts, std::vector<Layout>{Layout{}});
  ASSERT_EQ(program.ops.size(), 1u);
  Op op{.kind = OpKind::kStore};
  op.at = Address{.anchor = Anchor::kRegionEnd, .index = 3, .delta = -4};
  op.size = 4;
  op.data = Pattern{.kind = PatternKind::kImmediate, .byte = 0, .immediate_size = 2, .immediate = {0xa1, 0xb2}};
  EXPECT_EQ(program.ops[0], op);
  ASSERT_EQ(parsed->outcomes.size(), 1u);
  EXPECT_EQ(parsed->outcomes[0], (ExpectedOutcome{.status = GMC_SHORT, .count = 2, .address = {}, .value = {}}));
}

TEST(Text, OutcomesCanBeRewritten) {
  auto document = read_program("gmp 1\nmemory {\n}\nreset -> io  # no\nreset\n", "t").value();
  document.outcomes = {ExpectedOutcome{.status = GMC_OK, .count = {}, .address = {}, .value = 7}};
  EXPECT_EQ(print(document), std::string(kHead) + "reset -> ok value=0x7  # no\nreset\n");
}

TEST(Text, HeadersComeFirstAndCannotBreakTheText) {
  Document document;
  document.program.layouts.emplace_back();
  document.add_header("clause: GM-RW-001\nsecond \x01line\t");
  document.add_header("third");
  EXPECT_EQ(print(document), "# clause: GM-RW-001\n# second ?line\n# third\n" + std::string(kHead));
  EXPECT_EQ(document.headers("clause"), std::vector<std::string_view>{"GM-RW-001"});
  EXPECT_TRUE(document.headers("clau").empty());
  document.comments.push_back({{LineKey::Kind::kLayoutEnd, 0, 0}, false, "clause: not before the memory"});
  document.comments.push_back({{LineKey::Kind::kLayoutEnd, 0, 0}, true, "clause: beside"});
  EXPECT_EQ(document.headers("clause").size(), 1u);
  EXPECT_EQ(parse_text(print(document), "t").value().document, document);
}

TEST(Syntax, ExampleIsCanonicalAndRuns) {
  const std::string syntax = read_file(GMC_SOURCE_DIR "/harness/program/SYNTAX.md");
  constexpr std::string_view kFence = "```gmp\n";
  const std::size_t begin = syntax.find(kFence) + kFence.size();
  ASSERT_LT(begin, syntax.size());
  const std::string example = syntax.substr(begin, syntax.find("```", begin) - begin);
  const auto document = read_program(example, "SYNTAX.md");
  ASSERT_TRUE(document.has_value()) << document.error().text();
  EXPECT_EQ(print(*document), example);
}

TEST(Syntax, EveryOperationIsListedWithItsOperands) {
  const std::string syntax = read_file(GMC_SOURCE_DIR "/harness/program/SYNTAX.md");
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    const OpInfo& row = info(static_cast<OpKind>(i));
    std::string form(row.text.substr(0, row.text.find(' ')));
    if (!row.operands.empty()) form += " " + std::string(row.operands);
    if (opens_scope(static_cast<OpKind>(i))) form += " {";
    const std::size_t listed = syntax.find("- `" + form + "`");
    ASSERT_NE(listed, std::string::npos) << form;
    EXPECT_EQ(row.runs, listed < syntax.find("Part of the format, and refused")) << form;
  }
}

// Files of corpora/malformed begin with `# expect: LINE:COLUMN: CAUSE`.
TEST(Malformed, TextsAreRefusedWithTheirPlaceAndCause) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(GMC_SOURCE_DIR "/corpora/malformed")) {
    if (entry.path().extension() != ".gmp") continue;
    ++count;
    const std::string name = entry.path().filename().string();
    const std::string text = read_file(entry.path());
    constexpr std::string_view kMark = "# expect: ";
    ASSERT_TRUE(text.starts_with(kMark)) << name;
    const std::string expected = name + ":" + text.substr(kMark.size(), text.find('\n') - kMark.size());
    const auto document = read_program(text, name);
    EXPECT_EQ(document ? "accepted" : document.error().text(), expected);
  }
  EXPECT_GE(count, 100);
}

TEST(Malformed, TheFirstOperationTooManyHasAPlace) {
  std::string text(kHead);
  for (int i = 0; i < 8192; ++i) text += "reset\n";
  EXPECT_TRUE(read_program(text, "t").has_value());
  text += "  reset\nreset\n";
  EXPECT_EQ(read_program(text, "t").error().text(), "t:8197:3: op 8192: one of 8194 operations; at most 8192 are allowed");
}

RC_GTEST_PROP(Text, PrintThenParseIsIdentity, ()) {
  const Program program = *arbitrary_program();
  const std::string text = print(program);
  const auto document = read_program(text, "t");
  if (!document) RC_LOG() << document.error().text() << "\n" << text;
  RC_ASSERT(document.has_value());
  RC_ASSERT(document.value().program == program);
  RC_ASSERT(print(document.value()) == text);
}

// Also what this version does not run, lanes, fail marks and every kind of scope.
RC_GTEST_PROP(Text, EveryWellFormedProgramIsReadBack, ()) {
  const Program program = *arbitrary_text_program();
  const std::string text = print(program);
  const auto parsed = parse_text(text, "t");
  if (!parsed) RC_LOG() << parsed.error().text() << "\n" << text;
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(parsed.value().document.program == program);
}

// Texts cut off, with bytes changed, and put together anew are accepted with a canonical form or refused with a place; nothing else
// happens.
RC_GTEST_PROP(Text, DamagedTextsAreReadOrRefused, ()) {
  std::string text = print(*arbitrary_text_program());
  for (int i = *rc::gen::inRange(1, 4); i > 0 && !text.empty(); --i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    const auto other = *rc::gen::inRange<std::size_t>(0, text.size());
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        text[at] = *rc::gen::arbitrary<char>();
        break;
      case 1:
        text.erase(at, *rc::gen::inRange<std::size_t>(0, 20));
        break;
      default:
        text.insert(at, text.substr(other, *rc::gen::inRange<std::size_t>(0, 20)));
    }
  }
  const auto parsed = parse_text(text, "t");
  if (!parsed) {
    RC_ASSERT(parsed.error().place.starts_with("t:"));
    RC_ASSERT(!parsed.error().cause.empty());
    return;
  }
  const std::string printed = print(parsed.value().document);
  const auto again = parse_text(printed, "t");
  RC_ASSERT(again.has_value());
  RC_ASSERT(again.value().document == parsed.value().document);
  RC_ASSERT(print(again.value().document) == printed);
}

}  // namespace
}  // namespace gmc
