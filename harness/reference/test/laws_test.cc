// SPDX-License-Identifier: Apache-2.0 OR MIT
// What holds for any guest memory, asked of the reference alone: laws between operations, on memories that random programs left behind.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "harness/reference/test/laws.h"

namespace gmc::testing {
namespace {

TEST_F(ReferenceLaws, AReadBringsWhatTheLastWriteLeft) {
  for_all([&](Machine& m) {
    const Op write = draw_inside(m, OpKind::kWrite);
    if (write.size == 0) return;
    auto first = payload(write.size);
    auto last = payload(write.size);
    ASSERT_EQ(m.run(write, first).status, GMC_OK);
    ASSERT_EQ(m.run(write, last).status, GMC_OK);
    std::vector<std::uint8_t> seen(write.size);
    ASSERT_EQ(m.run(with_kind(write, OpKind::kRead), seen).status, GMC_OK);
    ASSERT_EQ(seen, last);
    Machine once = m;
    ASSERT_EQ(once.run(write, last).status, GMC_OK);
    ASSERT_TRUE(same_state(m.reference, once.reference));
  });
}

TEST_F(ReferenceLaws, DisjointWritesCommuteAndLeaveTheRestAlone) {
  for_all([&](Machine& m) {
    const Op a = draw_inside(m, OpKind::kWrite);
    const Op b = draw_inside(m, OpKind::kWrite);
    const auto start = [&](const Op& op) { return static_cast<std::uint64_t>(op.at.delta); };
    if (a.size == 0 || b.size == 0 || (start(a) - start(b) < b.size) || (start(b) - start(a) < a.size)) return;
    auto bytes_a = payload(a.size);
    auto bytes_b = payload(b.size);
    std::vector<std::uint8_t> before(b.size), after(b.size);
    m.run(with_kind(b, OpKind::kRead), before);
    Machine other = m;
    m.run(a, bytes_a);
    m.run(with_kind(b, OpKind::kRead), after);
    ASSERT_EQ(before, after);
    m.run(b, bytes_b);
    other.run(b, bytes_b);
    other.run(a, bytes_a);
    ASSERT_TRUE(same_state(m.reference, other.reference));
  });
}

TEST_F(ReferenceLaws, FillAndAtomicBuffersAreWrites) {
  for_all([&](Machine& m) {
    Op fill = draw_near(m, OpKind::kFill);
    fill.data = {.kind = PatternKind::kByte, .byte = static_cast<std::uint8_t>(random_.below(2)), .immediate_size = 0, .immediate = {}};
    std::vector<std::uint8_t> bytes(fill.size, fill.data.byte);
    Machine write = m, atomics = m;
    const GmcOutcome written = write.run(with_kind(fill, OpKind::kWrite), bytes);
    ASSERT_EQ(m.run(fill).status, written.status);
    ASSERT_EQ(atomics.run(with_kind(fill, OpKind::kWriteAtomics), bytes).status, written.status);
    ASSERT_TRUE(same_state(m.reference, write.reference));
    ASSERT_TRUE(same_state(atomics.reference, write.reference));
  });
}

TEST_F(ReferenceLaws, ACopyIsAReadAndThenAWriteOrNothing) {
  for_all([&](Machine& m) {
    Op copy = draw_near(m, OpKind::kCopy);
    copy.at2 = random_.percent(50) ? draw_near(m, OpKind::kRead).at : copy.at;
    copy.at2.delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(copy.at2.delta) + random_.below(41) - 20);
    if (!m.reference.runs(copy)) return;
    Op write = with_kind(copy, OpKind::kWrite);
    write.at = copy.at2;
    write.at2 = {};
    Op check = with_kind(write, OpKind::kCheckRange);
    check.rights = GMC_RIGHT_WRITE;
    std::vector<std::uint8_t> bytes(copy.size);
    Machine buffer = m;
    Machine before = m;
    Op read = with_kind(copy, OpKind::kRead);
    read.at2 = {};
    const bool is_readable = buffer.run(read, bytes).status == GMC_OK;
    const bool is_whole = is_readable && buffer.run(check).value == 1;
    ASSERT_EQ(m.run(copy).status == GMC_OK, is_whole);
    if (!is_whole) {
      ASSERT_TRUE(same_state(m.reference, before.reference));
      return;
    }
    ASSERT_EQ(buffer.run(write, bytes).status, GMC_OK);
    ASSERT_TRUE(same_state(m.reference, buffer.reference));
  });
}

TEST_F(ReferenceLaws, AStoreIsAWriteAndALoadIsARead) {
  for_all([&](Machine& m) {
    static constexpr std::array<std::uint64_t, 6> kSizes = {1, 2, 3, 4, 8, 16};
    Op store = draw_near(m, OpKind::kStore);
    store.size = kSizes[random_.below(6)];
    auto bytes = payload(store.size);
    Machine write = m;
    const GmcOutcome stored = m.run(store, bytes);
    const GmcOutcome written = write.run(with_kind(store, OpKind::kWrite), bytes);
    ASSERT_EQ(stored.status, written.status);
    ASSERT_EQ(stored.address, written.address);
    ASSERT_TRUE(same_state(m.reference, write.reference));
    std::vector<std::uint8_t> read(store.size), loaded(store.size);
    const GmcOutcome read_outcome = m.run(with_kind(store, OpKind::kRead), read);
    const GmcOutcome load_outcome = m.run(with_kind(store, OpKind::kLoad), loaded);
    ASSERT_EQ(read_outcome.status, load_outcome.status);
    const bool comes_as_value = store.size == 1 || store.size == 2 || store.size == 4 || store.size == 8;
    if (read_outcome.status != GMC_OK) return;
    if (comes_as_value) std::memcpy(loaded.data(), &load_outcome.value, store.size);
    ASSERT_EQ(read, loaded);
  });
}

TEST_F(ReferenceLaws, APartialAccessIsTheExactOneOnItsPrefix) {
  for_all([&](Machine& m) {
    const Op partial = draw_near(m, OpKind::kWritePartial);
    auto bytes = payload(partial.size);
    Machine exact = m, before = m;
    const GmcOutcome outcome = m.run(partial, bytes);
    if (outcome.status != GMC_OK) {
      ASSERT_TRUE(same_state(m.reference, before.reference));
      return;
    }
    ASSERT_GT(outcome.count, 0u);
    ASSERT_LE(outcome.count, partial.size);
    Op prefix = with_kind(partial, OpKind::kWrite);
    prefix.size = outcome.count;
    ASSERT_EQ(exact.run(prefix, std::span(bytes).first(prefix.size)).status, GMC_OK);
    ASSERT_TRUE(same_state(m.reference, exact.reference));
    // No longer prefix would have succeeded.
    if (outcome.count == partial.size) return;
    ++prefix.size;
    ASSERT_NE(before.run(prefix, std::span(bytes).first(prefix.size)).status, GMC_OK);
  });
}

TEST_F(ReferenceLaws, AnAccessOverRegionsIsOneAccessToEach) {
  for_all([&](Machine& m) {
    if (m.reference.profile().root().cross_region != CrossRegion::kSpan) return;
    const auto& regions = m.reference.map().regions();
    for (std::size_t i = 0; i + 1 < regions.size(); ++i) {
      if (regions[i].last + 1 != regions[i + 1].base || regions[i].is_read_only || regions[i + 1].is_read_only) continue;
      const std::uint64_t left = 1 + random_.below(static_cast<std::uint32_t>(std::min<std::uint64_t>(regions[i].size(), 9)));
      const std::uint64_t right = 1 + random_.below(static_cast<std::uint32_t>(std::min<std::uint64_t>(regions[i + 1].size(), 9)));
      auto bytes = payload(left + right);
      Machine apart = m;
      ASSERT_EQ(m.run(op_at(OpKind::kWrite, regions[i + 1].base - left, left + right), bytes).status, GMC_OK);
      ASSERT_EQ(apart.run(op_at(OpKind::kWrite, regions[i + 1].base - left, left), std::span(bytes).first(left)).status, GMC_OK);
      ASSERT_EQ(apart.run(op_at(OpKind::kWrite, regions[i + 1].base, right), std::span(bytes).subspan(left)).status, GMC_OK);
      ASSERT_TRUE(same_state(m.reference, apart.reference));
    }
  });
}

TEST_F(ReferenceLaws, ARegionSpaceShowsTheSameBytes) {
  for_all([&](Machine& m) {
    const Op write = draw_inside(m, OpKind::kWrite);
    if (write.size == 0 || m.reference.is_open(5)) return;
    Op open = with_kind(write, OpKind::kOpenRegion);
    open.opens = 5;
    open.size = 0;
    ASSERT_EQ(m.run(open).status, GMC_OK);
    auto bytes = payload(write.size);
    Machine root = m;
    ASSERT_EQ(root.run(write, bytes).status, GMC_OK);
    Op through = write;
    through.space = 5;
    ASSERT_EQ(m.run(through, bytes).status, GMC_OK);
    ASSERT_TRUE(same_state(m.reference, root.reference));
    // Behind the region's end there is nothing, whatever the root has there.
    const MappedRegion& region = *m.reference.region_of(5);
    if (region.last == UINT64_MAX) return;
    std::vector<std::uint8_t> byte(1);
    ASSERT_NE(m.run(op_at(OpKind::kRead, region.last + 1, 1, 5), byte).status, GMC_OK);
  });
}

TEST_F(ReferenceLaws, CheckRangeSaysWhatAnAccessWouldSay) {
  for_all([&](Machine& m) {
    Op check = draw_near(m, OpKind::kCheckRange);
    for (const unsigned rights : {GMC_RIGHT_READ, GMC_RIGHT_WRITE}) {
      check.rights = static_cast<std::uint8_t>(rights);
      Op access = check;
      access.rights = 0;
      access.kind = rights == GMC_RIGHT_WRITE ? OpKind::kWrite : OpKind::kRead;
      auto bytes = payload(check.size);
      Machine copy = m;
      const bool succeeds = copy.run(access, bytes).status == GMC_OK;
      Machine before = m;
      ASSERT_EQ(m.run(check).value, succeeds ? 1u : 0u);
      ASSERT_TRUE(same_state(m.reference, before.reference));
    }
  });
}

TEST_F(ReferenceLaws, AWalkIsAPrefix) {
  for_all([&](Machine& m) {
    const Op op = draw_near(m, OpKind::kRead);
    const Switches& switches = m.reference.profile().root();
    const auto start = static_cast<std::uint64_t>(op.at.delta);
    for (const Right right : {Right::kRead, Right::kWrite}) {
      Walk walk, shorter;
      m.reference.map().walk(Extent{}, start, op.size, right, switches, walk);
      std::uint64_t done = 0;
      for (const Span& span : walk.spans) {
        ASSERT_EQ(span.done, done);
        ASSERT_GT(span.size, 0u);
        ASSERT_EQ(span.gpa, start + done);
        done += span.size;
      }
      ASSERT_EQ(done, walk.reached);
      ASSERT_LE(walk.reached, op.size);
      ASSERT_EQ(walk.stop == Stop::kNone, walk.reached == op.size);
      if (walk.reached == 0) continue;
      m.reference.map().walk(Extent{}, start, walk.reached, right, switches, shorter);
      ASSERT_EQ(shorter.stop, Stop::kNone);
      ASSERT_EQ(shorter.spans, walk.spans);
    }
  });
}

TEST_F(ReferenceLaws, AFailureWithoutEffectChangesNothing) {
  for_all([&](Machine& m) {
    const Op op = draw_near(m, OpKind::kWrite);
    auto bytes = payload(op.size);
    Machine before = m;
    const GmcOutcome outcome = m.run(op, bytes);
    if (outcome.status == GMC_OK) return;
    if (outcome.status == GMC_SHORT) {
      Op prefix = op;
      prefix.size = outcome.address - static_cast<std::uint64_t>(op.at.delta);
      if ((outcome.flags & GMC_HAS_ADDRESS) == 0) prefix.size = 0 - static_cast<std::uint64_t>(op.at.delta);
      ASSERT_LT(prefix.size, op.size);
      ASSERT_EQ(before.run(prefix, std::span(bytes).first(prefix.size)).status, GMC_OK);
      if ((outcome.flags & GMC_HAS_COUNT) != 0) {
        ASSERT_EQ(outcome.count, prefix.size);
      }
    }
    ASSERT_TRUE(same_state(m.reference, before.reference));
  });
}

TEST_F(ReferenceLaws, AfterResetTheMemoryIsAsAtCreation) {
  for_all([&](Machine& m) {
    Reference created(m.reference.profile());
    created.create(m.program.layouts[0]);
    ASSERT_EQ(m.run(Op{.kind = OpKind::kReset}).status, GMC_OK);
    ASSERT_TRUE(m.reference == created);
    std::vector<std::uint8_t> byte(1);
    for (const MappedRegion& region : m.reference.map().regions()) {
      ASSERT_EQ(m.run(op_at(OpKind::kRead, region.last, 1), byte).status, GMC_OK);
      ASSERT_EQ(byte[0], 0);
    }
  });
}

TEST_F(ReferenceLaws, ZeroAllLeavesZeroWhereOneMayWrite) {
  for_all([&](Machine& m) {
    Machine before = m;
    ASSERT_EQ(m.run(Op{.kind = OpKind::kZeroAll}).status, GMC_OK);
    for (const MappedRegion& region : m.reference.map().regions()) {
      std::vector<std::uint8_t> now(region.size()), then(region.size());
      m.run(op_at(OpKind::kRead, region.base, region.size()), now);
      before.run(op_at(OpKind::kRead, region.base, region.size()), then);
      if (!region.is_read_only) std::fill(then.begin(), then.end(), std::uint8_t{0});
      ASSERT_EQ(now, then);
    }
  });
}

TEST_F(ReferenceLaws, ASecondHarvestIsEmptyAndOneThatReadsKeepsEverything) {
  for_all([&](Machine& m) {
    if (!m.reference.is_tracking() || !m.reference.sparse_is_possible()) return;
    Op harvest{.kind = OpKind::kHarvest, .form = HarvestForm::kSparse, .mode = HarvestMode::kRead};
    const auto pairs = [&] {
      std::vector<std::pair<std::uint64_t, std::uint64_t>> words;
      for (const GmcDirtyWord& word : m.room.sparse) words.emplace_back(word.index, word.bits);
      return words;
    };
    m.run(harvest);
    const auto first = pairs();
    m.run(harvest);
    ASSERT_EQ(pairs(), first);
    harvest.mode = HarvestMode::kBoth;
    m.run(harvest);
    ASSERT_EQ(pairs(), first);
    m.run(harvest);
    ASSERT_TRUE(pairs().empty());
  });
}

TEST_F(ReferenceLaws, AFailureByAnArmedFaultChangesNothing) {
  for_all([&](Machine& m) {
    if (!m.reference.is_tracking() || !m.reference.sparse_is_possible()) return;
    Machine before = m;
    Op write = draw_inside(m, OpKind::kWrite);
    Op harvest{.kind = OpKind::kHarvest, .form = HarvestForm::kSparse};
    auto bytes = payload(write.size);
    for (Op* const op : {&write, &harvest}) {
      if (op->kind == OpKind::kWrite && op->size == 0) continue;
      op->fail_nth = 1;
      const GmcOutcome outcome = m.run(*op, bytes);
      ASSERT_TRUE(outcome.status == GMC_FAULT || outcome.status == GMC_NO_MEMORY);
      ASSERT_TRUE(same_state(m.reference, before.reference));
      op->fail_nth = 0;
      ASSERT_EQ(m.run(*op, bytes).status, GMC_OK);
      ASSERT_EQ(before.run(*op, bytes).status, GMC_OK);
      ASSERT_TRUE(same_state(m.reference, before.reference));
    }
  });
}

TEST(ReferenceLawsOfFaults, AChangeThatAFaultEndsChangesNothing) {
  const auto profile = Profile::parse(
      "map_mutation = cow\nstale_handle = keeps_alive\ndirty_source = host_api\npermissions = page_bitmap\nfault_sites = change\n", "laws");
  ASSERT_TRUE(profile.has_value()) << profile.error().text();
  constexpr std::uint64_t kBase = 0x1000, kBehind = 0x3000, kSize = 0x1000;
  Machine m(*profile);
  m.program.layouts = {Layout{{Region{.base = kBase, .size = kSize}}}, Layout{{Region{.base = kBehind, .size = kSize}}}};
  m.reference.create(m.program.layouts.front());
  std::vector<std::uint8_t> bytes(8, 7);
  ASSERT_EQ(m.run(op_at(OpKind::kWrite, kBase, bytes.size()), bytes).status, GMC_OK);
  Op protect = op_at(OpKind::kProtect, kBase, 1);
  protect.rights = GMC_RIGHT_READ;
  for (Op op : {Op{.kind = OpKind::kAdd, .opens = 1, .layout = 1}, Op{.kind = OpKind::kOpenSnapshot, .opens = 2}, protect,
                op_at(OpKind::kRemove, kBase, kSize), Op{.kind = OpKind::kReplace, .layout = 1}}) {
    const Machine before = m;
    op.fail_nth = 1;
    const GmcOutcome outcome = m.run(op);
    EXPECT_TRUE(outcome.status == GMC_FAULT || outcome.status == GMC_NO_MEMORY) << info(op.kind).text;
    EXPECT_TRUE(m.reference == before.reference) << info(op.kind).text;
    op.fail_nth = 0;
    EXPECT_EQ(m.run(op).status, GMC_OK) << info(op.kind).text;
    EXPECT_FALSE(m.reference == before.reference) << info(op.kind).text;
  }
}

TEST(ReferenceLawsOfFaults, ToProtectNoBytesIsNoUse) {
  const auto profile = Profile::parse("permissions = page_bitmap\nfault_sites = change\n", "laws");
  ASSERT_TRUE(profile.has_value()) << profile.error().text();
  constexpr std::uint64_t kBase = 0x1000;
  Machine m(*profile);
  m.program.layouts = {Layout{{Region{.base = kBase, .size = 0x1000}}}};
  m.reference.create(m.program.layouts.front());
  Op arm{.kind = OpKind::kArm, .fault = GMC_FAULT_CHANGE};
  arm.count = 2;
  ASSERT_EQ(m.run(arm).status, GMC_OK);
  Op protect = op_at(OpKind::kProtect, kBase, 0);
  protect.rights = GMC_RIGHT_READ;
  ASSERT_EQ(m.run(protect).status, GMC_OK);
  protect.size = 1;
  EXPECT_EQ(m.run(protect).status, GMC_OK);
  EXPECT_NE(m.run(protect).status, GMC_OK);
}

TEST_F(ReferenceLaws, AWriteShowsInBothFormsOfHarvest) {
  for_all([&](Machine& m) {
    const Op write = draw_inside(m, OpKind::kWrite);
    if (write.size == 0 || !m.reference.is_tracking() || m.reference.is_open(5)) return;
    Op open = with_kind(write, OpKind::kOpenRegion);
    open.opens = 5;
    open.size = 0;
    m.run(open);
    Op dense{.kind = OpKind::kHarvest, .space = 5};
    m.run(dense);
    auto bytes = payload(write.size);
    m.run(write, bytes);
    dense.mode = HarvestMode::kRead;
    m.run(dense);
    const MappedRegion& region = *m.reference.region_of(5);
    const Switches& s = m.reference.profile().root();
    const auto number = [&](std::uint64_t gpa) {
      return s.dirty_origin == DirtyOrigin::kGpa ? gpa / s.dirty_granule - region.base / s.dirty_granule
                                                 : (gpa - region.base) / s.dirty_granule;
    };
    const auto start = static_cast<std::uint64_t>(write.at.delta);
    const std::uint64_t bits = number(region.last) + 1;
    ASSERT_EQ(m.room.dense.size(), (bits + 63) / 64);
    for (std::uint64_t bit = 0; bit < m.room.dense.size() * 64; ++bit) {
      const bool is_written = bit >= number(start) && bit <= number(start + (write.size - 1));
      ASSERT_EQ((m.room.dense[bit / 64] >> (bit % 64) & 1) != 0, is_written) << bit;
    }
  });
}

TEST_F(ReferenceLaws, MarkIsIdempotentAndReadsMarkNothing) {
  for_all([&](Machine& m) {
    const Op mark = draw_near(m, OpKind::kMark);
    m.run(mark);
    Machine once = m;
    m.run(mark);
    ASSERT_TRUE(same_state(m.reference, once.reference));
    std::vector<std::uint8_t> bytes(mark.size);
    m.run(with_kind(mark, OpKind::kRead), bytes);
    m.run(with_kind(mark, OpKind::kReadPartial), bytes);
    m.run(Op{.kind = OpKind::kLastAddress});
    ASSERT_TRUE(same_state(m.reference, once.reference));
  });
}

TEST_F(ReferenceLaws, ACopyIsAMemoryOfItsOwn) {
  for_all([&](Machine& m) {
    const Op write = draw_inside(m, OpKind::kWrite);
    if (write.size == 0) return;
    const Reference before = m.reference;
    Machine copy = m;
    auto bytes = payload(write.size);
    copy.run(write, bytes);
    copy.run(Op{.kind = OpKind::kReset});
    ASSERT_TRUE(m.reference == before);
    std::vector<std::uint8_t> seen(write.size);
    m.run(write, bytes);
    ASSERT_EQ(m.run(with_kind(write, OpKind::kRead), seen).status, GMC_OK);
    ASSERT_EQ(seen, bytes);
  });
}

}  // namespace
}  // namespace gmc::testing
