// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/address_map.h"

#include "harness/program/arbitrary_program.h"
#include "harness/program/text.h"

namespace gmc {
namespace {

Region region(std::uint64_t base, std::uint64_t size) { return Region{.base = base, .size = size}; }
Region window(std::uint64_t base, std::uint64_t size) { return Region{.base = base, .size = size, .is_window = true}; }

// Two adjacent regions, a gap, a window over it, and one more; given out of order.
Layout sample() { return Layout{{region(0x8000, 0x100), region(0x1000, 0x1000), region(0x2000, 0x10), window(0x3000, 0x5000)}}; }

std::uint64_t at(Anchor anchor, std::uint8_t index, std::int64_t delta, const Layout& layout = sample()) {
  return resolve(Address{.anchor = anchor, .index = index, .delta = delta}, layout).raw;
}

TEST(AddressMap, AnchorsAreWhereTheLayoutHasThem) {
  EXPECT_EQ(at(Anchor::kAbsolute, 0, 0x1234), 0x1234u);
  EXPECT_EQ(at(Anchor::kAbsolute, 0, -1), UINT64_MAX);
  EXPECT_EQ(at(Anchor::kRegionStart, 1, 4), 0x1004u);
  EXPECT_EQ(at(Anchor::kRegionEnd, 1, -4), 0x1ffcu);
  EXPECT_EQ(at(Anchor::kRegionStart, 3, 0), 0x3000u) << "a window is an entry";
  EXPECT_EQ(at(Anchor::kTop, 0, -1), UINT64_MAX);
  EXPECT_EQ(at(Anchor::kLast, 0, 0), 0x80ffu);
}

TEST(AddressMap, HolesFollowRunsOfAdjacentRegionsAndIgnoreWindows) {
  EXPECT_EQ(at(Anchor::kHole, 0, 0), 0x2010u);
  EXPECT_EQ(at(Anchor::kHole, 1, 0), 0x8100u);
}

TEST(AddressMap, IndicesWrap) {
  EXPECT_EQ(at(Anchor::kHole, 2, 0), 0x2010u);
  EXPECT_EQ(at(Anchor::kRegionStart, 5, 0), 0x1000u);
  EXPECT_EQ(at(Anchor::kRegionStart, 255, 0), 0x3000u);
}

TEST(AddressMap, WhatIsNotThereIsAddressZero) {
  EXPECT_EQ(at(Anchor::kRegionStart, 7, 3, Layout{}), 3u);
  EXPECT_EQ(at(Anchor::kHole, 0, 0, Layout{}), 0u);
  EXPECT_EQ(at(Anchor::kLast, 0, 0, Layout{}), 0u);
  const Layout at_top{{region(UINT64_MAX - 0xff, 0x100)}};
  EXPECT_EQ(at(Anchor::kHole, 0, 0, at_top), 0u) << "behind the last address there is nothing";
  EXPECT_EQ(at(Anchor::kRegionEnd, 0, 0, at_top), 0u);
  EXPECT_EQ(at(Anchor::kLast, 0, 0, at_top), UINT64_MAX);
  const Layout low_and_top{{region(0x1000, 0x10), region(UINT64_MAX - 0xff, 0x100)}};
  EXPECT_EQ(at(Anchor::kHole, 1, 0, low_and_top), 0x1010u) << "there is one hole, and the index wraps";
}

TEST(AddressMap, OverlappingRegionsAreOneRun) {
  const Layout nested{{region(0x1000, 0x1000), region(0x1100, 0x10), region(0x3000, 0)}};
  EXPECT_EQ(at(Anchor::kHole, 0, 0, nested), 0x2000u);
  EXPECT_EQ(at(Anchor::kHole, 1, 0, nested), 0x2000u) << "an empty region is no run";
}

TEST(AddressMap, AssignForgetsTheLayoutBefore) {
  AddressMap map(sample());
  map.assign(Layout{{region(0x10, 0x10)}});
  EXPECT_EQ(map.resolve(Address{.anchor = Anchor::kLast}).raw, 0x1fu);
  EXPECT_EQ(map.resolve(Address{.anchor = Anchor::kHole, .index = 1}).raw, 0x20u);
  EXPECT_EQ(map.resolve(Address{.anchor = Anchor::kRegionStart, .index = 3}).raw, 0x10u);
}

TEST(AddressMap, SymbolicPrefersTheEntryThatContainsTheByte) {
  const struct {
    std::uint64_t raw;
    const char* text;
  } kCases[] = {{0x1000, "r1.start"},   {0x1fff, "r1.end-1"},   {0x2000, "r2.start"},  {0x2010, "r2.end"},           {0x2014, "r2.end+4"},
                {0x0fff, "r1.start-1"}, {0, "r1.start-0x1000"}, {UINT64_MAX, "top-1"}, {0x123456789, "0x123456789"}, {0x80ff, "last"}};
  for (const auto& [raw, text] : kCases) EXPECT_EQ(print_address(symbolic(Gpa{raw}, sample())), text);
}

RC_GTEST_PROP(AddressMap, ResolveUndoesSymbolic, ()) {
  const Layout layout = *arbitrary_layout();
  const AddressMap map(layout);
  const Gpa anywhere{*rc::gen::arbitrary<std::uint64_t>()};
  RC_ASSERT(map.resolve(map.symbolic(anywhere)) == anywhere);
  const Gpa near = map.resolve(*arbitrary_address());
  RC_ASSERT(map.resolve(map.symbolic(near)) == near);
}

RC_GTEST_PROP(AddressMap, DeltasAddModulo2To64, ()) {
  const Layout layout = *arbitrary_layout();
  Address address = *arbitrary_address();
  const Gpa moved = resolve(address, layout);
  const auto delta = static_cast<std::uint64_t>(address.delta);
  address.delta = 0;
  RC_ASSERT(address.anchor == Anchor::kAbsolute || resolve(address, layout).wrapping_add(delta) == moved);
}

// A hole is unmapped and the byte before it is not; asked of the regions one by one.
RC_GTEST_PROP(AddressMap, HolesBeginWhereRegionsEnd, (std::uint8_t index)) {
  const Layout layout = *arbitrary_layout();
  const auto is_mapped = [&](std::uint64_t raw) {
    for (const Region& entry : layout.regions) {
      const bool wraps = entry.size > 0 && entry.size - 1 > UINT64_MAX - entry.base;
      if (!entry.is_window && raw >= entry.base && (wraps || raw - entry.base < entry.size)) return true;
    }
    return false;
  };
  const std::uint64_t hole = at(Anchor::kHole, index, 0, layout);
  RC_CLASSIFY(hole != 0, "has a hole");
  RC_ASSERT(hole == 0 || (!is_mapped(hole) && is_mapped(hole - 1)));
}

}  // namespace
}  // namespace gmc
