// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <vector>

#include "harness/program/program.h"

namespace gmc {
namespace {

using Bytes = std::vector<std::uint8_t>;
using testing::Each;
using testing::ElementsAre;

Bytes expand(const Pattern& pattern, std::size_t size, const Bytes& current = {}, std::uint64_t seed = 1, std::uint32_t op_index = 0) {
  Bytes bytes(size, 0xee);
  fill_pattern(pattern, seed, op_index, current, bytes);
  return bytes;
}

TEST(Pattern, UniqueBytesAreTheSameInEveryVersion) {
  // Corpora hold outcomes that rest on these.
  EXPECT_THAT(expand({}, 12, {}, 0x5eed, 3), ElementsAre(0x80, 0xac, 0xcf, 0x83, 0xd2, 0x00, 0x24, 0xf7, 0xbc, 0xcb, 0x86, 0xb1));
}

TEST(Pattern, ByteIsRepeated) { EXPECT_THAT(expand({.kind = PatternKind::kByte, .byte = 0x5a}, 13), Each(0x5a)); }

TEST(Pattern, SameIsWhatTheMemoryHoldsAndZeroBeyond) {
  EXPECT_THAT(expand({.kind = PatternKind::kSame}, 4, {1, 2, 3, 4, 5}), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(expand({.kind = PatternKind::kSame}, 4, {1, 2}), ElementsAre(1, 2, 0, 0));
  EXPECT_THAT(expand({.kind = PatternKind::kSame}, 2, {9}), ElementsAre(9, 0));
  EXPECT_THAT(expand({.kind = PatternKind::kSame}, 2, {}), ElementsAre(0, 0));
}

TEST(Pattern, ImmediateIsRepeatedAndCut) {
  const Pattern pattern{.kind = PatternKind::kImmediate, .byte = 0, .immediate_size = 3, .immediate = {7, 8, 9}};
  EXPECT_THAT(expand(pattern, 7), ElementsAre(7, 8, 9, 7, 8, 9, 7));
  EXPECT_THAT(expand(pattern, 2), ElementsAre(7, 8));
  EXPECT_TRUE(expand(pattern, 0).empty());
}

TEST(Pattern, UniqueBytesNameTheirWriter) {
  // Windows of 8 bytes, at any shift, are different for different operations, seeds and positions.
  std::set<Bytes> seen;
  std::size_t windows = 0;
  for (const std::uint64_t seed : {0u, 1u, 2u}) {
    for (std::uint32_t op_index = 0; op_index < 40; ++op_index) {
      const Bytes bytes = expand({}, 64, {}, seed, op_index);
      for (std::ptrdiff_t i = 0; i + 8 <= 64; ++i, ++windows) seen.insert(Bytes(bytes.begin() + i, bytes.begin() + i + 8));
    }
  }
  EXPECT_EQ(seen.size(), windows);
}

RC_GTEST_PROP(Pattern, UniqueByteIsTheByteAtItsPosition, (std::uint64_t seed, std::uint32_t op_index)) {
  const Bytes bytes = expand({}, *rc::gen::inRange<std::size_t>(0, 70), {}, seed, op_index);
  for (std::size_t i = 0; i < bytes.size(); ++i) RC_ASSERT(bytes[i] == unique_byte(seed, op_index, i));
}

TEST(Background, IsTheSameInEveryVersion) {
  Bytes bytes(12);
  fill_background(0, bytes);
  EXPECT_THAT(bytes, ElementsAre(0x4b, 0xf4, 0x6a, 0xdd, 0x06, 0x30, 0x85, 0x9b, 0x03, 0xee, 0x49, 0xe3));
}

TEST(Background, IsNeverZero) {
  for (std::uint64_t position = 0; position < 100'000; ++position) ASSERT_NE(background_byte(position), 0) << position;
}

TEST(Background, PiecesAreItsBytes) {
  // Around where it repeats, a piece goes on with the beginning.
  for (const std::uint64_t position :
       {std::uint64_t{0}, std::uint64_t{65520}, std::uint64_t{65521}, std::uint64_t{0xfffe}, UINT64_MAX / 2}) {
    const std::uint8_t* piece = background_at(position);
    for (std::size_t i = 0; i < kBackgroundPiece; ++i) ASSERT_EQ(piece[i], background_byte(position + i)) << position << " " << i;
  }
}

RC_GTEST_PROP(Background, SpansAreItsBytes, (std::uint64_t position)) {
  Bytes bytes(*rc::gen::inRange<std::size_t>(0, 70));
  fill_background(position, bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) RC_ASSERT(bytes[i] == background_byte(position + i));
}

}  // namespace
}  // namespace gmc
