// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/byte_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace gmc {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A memory of one region at 0x1008, and a program whose writes it holds.
class Diff : public testing::Test {
 protected:
  Diff() {
    Layout layout;
    layout.regions = {{.base = 0x1008, .size = 0x1000}};
    program_.layouts = {layout};
    program_.seed = 7;
    reference_.create(layout);
  }

  // Operation: `size` bytes at `offset` of the region, in the reference and among the writers.
  void write(std::uint64_t offset, std::uint64_t size) {
    const auto index = static_cast<std::uint32_t>(program_.ops.size());
    Op op{.kind = OpKind::kWrite};
    op.at = {.anchor = Anchor::kRegionStart, .index = 0, .delta = static_cast<std::int64_t>(offset)};
    op.size = size;
    program_.ops.push_back(op);
    std::vector<std::uint8_t> before(size), data(size);
    reference_.store(0).read(offset, before);
    fill_pattern(op.data, program_.seed, index, {}, data);
    Expectation expectation;
    reference_.predict(program_, program_.ops.back(), expectation);
    Answer answer;
    answer.bytes = data;
    Evidence evidence;
    reference_.commit(program_, expectation, reference_.judge(expectation, answer), answer, evidence);
    writers_.write(0, offset, size, index, 0, before);
  }
  // What the region should hold.
  [[nodiscard]] std::vector<std::uint8_t> right() const {
    std::vector<std::uint8_t> bytes(0x1000);
    reference_.store(0).read(0, bytes);
    return bytes;
  }
  [[nodiscard]] ByteDiff tell(const std::vector<std::uint8_t>& seen) const {
    WrongBytes wrong;
    wrong.look(reference_, reference_.map().regions().front(), 0, seen);
    return tell_difference(wrong, writers_, program_, static_cast<std::uint32_t>(program_.ops.size()), "memory");
  }

  Reference reference_{Profile{}};
  Program program_;
  Writers writers_;
};

TEST_F(Diff, OfRightBytesIsEmpty) {
  write(0, 64);
  EXPECT_THAT(tell(right()).lines, IsEmpty());
}

TEST_F(Diff, ShowsTheRowWithExpectedBesideGot) {
  write(8, 4);
  auto seen = right();
  const std::uint8_t expected = seen[9];
  seen[9] = static_cast<std::uint8_t>(expected ^ 0xff);
  const ByteDiff diff = tell(seen);
  ASSERT_GE(diff.lines.size(), 3u);
  // Offset 9 is byte 1 of the row at 0x1010.
  EXPECT_THAT(diff.lines[1], HasSubstr("  0x0000000000001010 "));
  const std::string wrong = ">" + std::string(1, "0123456789abcdef"[seen[9] >> 4]) + "0123456789abcdef"[seen[9] & 15];
  EXPECT_THAT(diff.lines[1], HasSubstr(wrong));
  EXPECT_EQ(std::ranges::count(diff.lines[1], '>'), 1);
  EXPECT_THAT(diff.lines[2], HasSubstr("0x1011 to 0x1011 (1 byte): op 0 (write m r0.start+8 4 unique) wrote there last, its byte 1"));
}

TEST_F(Diff, BytesOutsideOfTheRegionAreBlank) {
  auto seen = right();
  seen[0] = 1;
  const ByteDiff diff = tell(seen);
  ASSERT_GE(diff.lines.size(), 2u);
  const std::string eight = " 00 00 00 00 00 00 00";
  EXPECT_EQ(diff.lines[1], "  0x0000000000001000 " + std::string(24, ' ') + " 00" + eight + " " + std::string(24, ' ') + ">01" + eight)
      << "the region begins in the middle of its row";
}

TEST_F(Diff, NamesTheWriterWhoseDataIsThere) {
  write(0x100, 32);
  write(0x200, 32);
  auto seen = right();
  // What operation 0 wrote from its byte 3 on stands where operation 1 wrote from its byte 5 on.
  std::copy_n(seen.begin() + 0x103, 8, seen.begin() + 0x205);
  const ByteDiff diff = tell(seen);
  EXPECT_THAT(diff.lines.back(), HasSubstr("op 1 (write m r0.start+512 32 unique) wrote there last, its bytes 5 to 12"));
  EXPECT_THAT(diff.lines.back(), HasSubstr("what stands there is the data of op 0 (write m r0.start+256 32 unique), its bytes 3 to 10"));
  EXPECT_THAT(diff.mentioned, ElementsAre(0, 1));
}

TEST_F(Diff, NamesTheLastOfTwoWritersAndWhatStoodThereBefore) {
  write(0x100, 32);
  const auto before = right();
  write(0x108, 8);
  auto seen = right();
  std::copy_n(before.begin() + 0x108, 8, seen.begin() + 0x108);
  const ByteDiff diff = tell(seen);
  EXPECT_THAT(diff.lines.back(), HasSubstr("op 1 (write m r0.start+264 8 unique) wrote there last, its bytes 0 to 7"));
  EXPECT_THAT(diff.lines.back(), HasSubstr("what stands there is what stood there before op 1"));
}

TEST_F(Diff, WhatALaterWriteCutsKeepsItsPlace) {
  write(0x100, 32);
  write(0x108, 8);
  auto seen = right();
  for (std::size_t i = 0x100; i < 0x120; ++i) seen[i] = static_cast<std::uint8_t>(seen[i] ^ 0x55);
  const ByteDiff diff = tell(seen);
  EXPECT_THAT(diff.lines,
              Contains(HasSubstr("0x1108 to 0x110f (8 bytes): op 0 (write m r0.start+256 32 unique) wrote there last, its bytes 0 to 7")));
  EXPECT_THAT(diff.lines,
              Contains(HasSubstr("0x1110 to 0x1117 (8 bytes): op 1 (write m r0.start+264 8 unique) wrote there last, its bytes 0 to 7")));
  EXPECT_THAT(
      diff.lines,
      Contains(HasSubstr("0x1118 to 0x1127 (16 bytes): op 0 (write m r0.start+256 32 unique) wrote there last, its bytes 16 to 31")));
  EXPECT_THAT(diff.lines.back(), HasSubstr("no operation's data"));
}

TEST_F(Diff, SaysWhereNobodyWrote) {
  write(0x100, 32);
  auto seen = right();
  std::copy_n(seen.begin() + 0x100, 32, seen.begin() + 0x400);
  EXPECT_THAT(
      tell(seen).lines.back(),
      HasSubstr("no operation wrote there; what stands there is the data of op 0 (write m r0.start+256 32 unique), its bytes 0 to 31"));
  seen = right();
  seen[0x400] = 9;
  EXPECT_THAT(tell(seen).lines.back(), HasSubstr("too short to say whose it is"));
}

TEST_F(Diff, IsBoundedAndSaysWhatItLeavesOut) {
  auto seen = right();
  for (std::size_t i = 0; i < seen.size(); i += 32) seen[i] = 1;
  const ByteDiff diff = tell(seen);
  EXPECT_LT(diff.lines.size(), 48u);
  EXPECT_THAT(diff.lines, Contains(HasSubstr("... 104 more rows differ")));
  EXPECT_THAT(diff.lines, Contains(HasSubstr("... 116 more runs of wrong bytes")));
}

TEST(WritersOf, OthersStoresAndUnwrittenBytesAreNobodys) {
  Writers writers;
  writers.write(1, 10, 10, 4, 0, {});
  EXPECT_FALSE(writers.at(1, 9));
  EXPECT_FALSE(writers.at(1, 20));
  EXPECT_FALSE(writers.at(0, 10));
  EXPECT_FALSE(writers.at(2, 10));
  ASSERT_TRUE(writers.at(1, 19));
  EXPECT_EQ(writers.at(1, 19)->done, 9u);
  EXPECT_EQ(writers.at(1, 19)->before, Writers::kNotSaved);
}

}  // namespace
}  // namespace gmc
