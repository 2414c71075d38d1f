// SPDX-License-Identifier: Apache-2.0 OR MIT
// Every program of up to three operations from an alphabet, over two regions of eight bytes and one hole.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <iostream>

#include "harness/reference/test/budget.h"
#include "harness/reference/test/exhaustive_walk.h"

namespace gmc::testing {
namespace {

constexpr std::size_t kDepth = 3;
constexpr std::uint64_t kSize = 8;  // of a region

struct World {
  std::string_view name;
  std::string_view profile;  // besides what all have
  Layout layout;
};

// What all worlds offer, so that the alphabet means something in each of them.
constexpr std::string_view kOffered =
    "partial = yes\nhas_fill = yes\nhas_zero_all = yes\nhas_copy = yes\natomic_buffers = yes\nreset = yes\nrange_api = check_range "
    "checked_offset\n"
    "region_api = list find last_address\nharvest = read clear both\ndirty_bitmap_api = yes\ntyped_sizes = 0 1 2 3 4 8\n"
    "slices = yes\natomics = load store compare_exchange exchange add sub and or xor\n";

std::vector<World> worlds() {
  const std::uint64_t top = 0 - kSize;
  const Region window{.base = 0xc, .size = 0x20, .is_window = true};
  return {
      {"a hole between",
       "zero_length_slice = in_bounds_incl_end\nrange_fail_effect = prefix\nreports_count = yes\ndirty_source = host_api\ndirty_granule = "
       "4\n"
       "zero_length_bytes = in_bounds_incl_end\nzero_length_typed = start_mapped\ndump_all = exact_length\n",
       {{{.base = 0x10, .size = kSize}, {.base = 0x20, .size = kSize}}}},
      {"touching, spanned",
       "views = yes\ncross_region = span\npermissions = region_ro\nperm_fail_effect = prefix\ndirty_source = host_and_guest\n"
       "dirty_granule = 4\ndirty_origin = region\nzero_length_bytes = start_mapped\n",
       {{{.base = 0x10, .size = kSize}, {.base = 0x18, .size = kSize, .is_read_only = true}}}},
      {"touching, not spanned",
       "zero_length_slice = start_mapped\ndirty_source = content_diff\ndirty_granule = 8\nrange_fail_effect = prefix\n"
       "zero_length_query = in_bounds_incl_end\n",
       {{{.base = 0x14, .size = kSize}, {.base = 0x1c, .size = kSize}}}},
      {"a hole that faults",
       "views = yes\nview_align = 2\nhole_kind = fault\ndirty_source = host_api\ndirty_granule = 4\ndirty_precision = over_approx\n",
       {{window, {.base = 0x10, .size = kSize}, {.base = 0x20, .size = kSize}}}},
      {"a hole that discards",
       "views = yes\nrange.views = no\nhole_kind = discard\ndiscard_value = 0x5a\npermissions = region_ro\ndirty_source = content_diff\n"
       "dirty_granule = 4\ndump_all = at_least_length\n",
       {{{.base = 0x10, .size = kSize, .is_read_only = true}, {.base = 0x20, .size = kSize}, window}}},
      {"unaligned, listed backwards",
       "region.slices = no\ndirty_source = content_diff\ndirty_granule = 4\ndirty_origin = region\niteration_order = as_given\n"
       "zero_length_bytes = in_bounds_incl_end\nrange_fail_effect = prefix\n",
       {{{.base = 0x1d, .size = kSize}, {.base = 0x13, .size = kSize}}}},
      {"touching, not spanned, read-only behind",
       "permissions = region_ro\nperm_fail_effect = prefix\nrange_fail_effect = prefix\nreports_count = yes\ndirty_source = host_api\n"
       "dirty_granule = 8\ndirty_precision = over_approx\n",
       {{{.base = 0x14, .size = kSize}, {.base = 0x1c, .size = kSize, .is_read_only = true}}}},
      {"a hole that faults, read-only behind",
       "hole_kind = fault\npermissions = page_bitmap\nerror_detail = short|out_of_range denied|fault\ndirty_source = content_diff\n"
       "dirty_granule = 4\ndirty_enable = explicit\n",
       {{window, {.base = 0x10, .size = kSize}, {.base = 0x20, .size = kSize, .is_read_only = true}}}},
      {"touching, one granule, the other side's writes",
       "views = yes\nspaces_outlive = yes\ncross_region = span\nregion.range_fail_effect = prefix\ndirty_source = guest\ndirty_granule = "
       "64\ndirty_start = all_dirty\n"
       "region.zero_length_bytes = start_mapped\nlast_address = 0x1f\n",
       {{{.base = 0x10, .size = kSize}, {.base = 0x18, .size = kSize}}}},
      // The one ends where the other would begin if ranges wrapped.
      {"at both ends of the address space",
       "cross_region = span\nregion_ends_at_2_64 = accept\ndirty_source = host_api\ndirty_granule = 8\ndirty_enable = explicit\n"
       "dirty_start = all_dirty\nrange_fail_effect = prefix\nzero_length_query = start_mapped\n",
       {{{.base = top, .size = kSize}, {.base = 0, .size = kSize}}}},
  };
}

Address at(std::uint8_t region, std::int64_t delta) { return {.anchor = Anchor::kRegionStart, .index = region, .delta = delta}; }

// The operations that programs consist of; `a` and `b` are the entries of the two regions.
class Alphabet {
 public:
  Alphabet(std::uint8_t a, std::uint8_t b) : a_(a), b_(b) {
    add_accesses();
    add_copies();
    add_typed();
    add_atomics();
    add_queries();
    add_dirty();
    add_spaces();
  }
  [[nodiscard]] const std::vector<Op>& ops() const { return ops_; }

 private:
  void add(OpKind kind, Address address = {}, std::uint64_t size = 0, std::uint8_t space = 0) {
    Op op{.kind = kind, .space = space};
    op.at = address;
    op.size = size;
    if (kind == OpKind::kCheckRange) op.rights = GMC_RIGHT_READ;
    ops_.push_back(op);
  }

  void add_accesses() {
    const Address top{.anchor = Anchor::kTop, .index = 0, .delta = -1};
    for (const OpKind kind : {OpKind::kRead, OpKind::kWrite}) {
      for (const unsigned size : {0u, 1u, 8u, 9u, 18u}) add(kind, at(a_, 0), size);
      for (const unsigned size : {1u, 2u, 10u}) add(kind, at(a_, 7), size);
      for (const unsigned size : {0u, 1u, 12u}) add(kind, at(a_, 8), size);
      for (const unsigned size : {1u, 2u}) add(kind, at(b_, -1), size);
      add(kind, at(b_, 0), 8);
      for (const unsigned size : {1u, 2u}) add(kind, at(b_, 7), size);
      add(kind, at(b_, 8), 0);
      add(kind, at(a_, 4), 4);
      add(kind, top, 2);
    }
    for (const OpKind kind : {OpKind::kReadPartial, OpKind::kWritePartial}) {
      add(kind, at(a_, 5), 3);
      add(kind, at(a_, 7), 10);
      add(kind, at(a_, 8), 9);
      add(kind, at(b_, 6), 5);
      add(kind, at(b_, -3), 6);
    }
    for (const OpKind kind : {OpKind::kReadAtomics, OpKind::kWriteAtomics}) add(kind, at(a_, 4), 8);
    for (const std::uint8_t byte : {std::uint8_t{0}, std::uint8_t{7}}) {
      add(OpKind::kFill, at(a_, 6), 4);
      ops_.back().data = {.kind = PatternKind::kByte, .byte = byte, .immediate_size = 0, .immediate = {}};
    }
    add(OpKind::kFill, at(a_, 8), 0);
    ops_.back().data.kind = PatternKind::kByte;
    add(OpKind::kFill, at(a_, 3), UINT64_MAX);
    ops_.back().data.kind = PatternKind::kByte;
    add(OpKind::kWrite, at(a_, 2), 2);
    ops_.back().data.kind = PatternKind::kSame;
    add(OpKind::kZeroAll);
  }

  void add_copies() {
    const auto copy = [&](Address from, Address to, std::uint64_t size, std::uint8_t other) {
      add(OpKind::kCopy, from, size);
      ops_.back().at2 = to;
      ops_.back().other = other;
    };
    copy(at(a_, 0), at(a_, 2), 6, 0);
    copy(at(a_, 3), at(a_, 1), 9, 0);
    copy(at(a_, 5), at(b_, 6), 2, 0);
    copy(at(b_, 7), at(a_, 4), 2, 1);
    copy(at(a_, 8), at(b_, 8), 0, 0);
  }

  void add_typed() {
    for (const OpKind kind : {OpKind::kLoad, OpKind::kStore}) {
      add(kind, at(a_, 8), 0);
      add(kind, at(a_, 3), 2);
      add(kind, at(a_, 7), 2);
      add(kind, at(a_, 5), 3);
      add(kind, at(a_, 4), 8);
      add(kind, at(b_, 0), 8);
      add(kind, at(b_, 7), 1);
      add(kind, at(b_, 5), 4);
      add(kind, at(b_, -1), 4);
      add(kind, at(a_, 0), 1);
    }
  }

  void add_atomics() {
    const auto atomic = [&](OpKind kind, Address where, std::uint64_t size, std::uint8_t order, std::uint8_t space) {
      add(kind, where, size, space);
      ops_.back().order = order;
    };
    atomic(OpKind::kAtomicLoad, at(a_, 4), 4, GMC_ORDER_ACQUIRE, 0);
    atomic(OpKind::kAtomicStore, at(a_, 4), 2, GMC_ORDER_RELEASE, 0);
    atomic(OpKind::kAtomicStore, at(b_, 0), 8, GMC_ORDER_ACQUIRE, 0);
    atomic(OpKind::kFetchAdd, at(a_, 4), 4, GMC_ORDER_SEQ_CST, 1);
    atomic(OpKind::kExchange, at(a_, 7), 1, GMC_ORDER_RELAXED, 0);
    atomic(OpKind::kFetchXor, at(a_, 7), 2, GMC_ORDER_RELAXED, 0);
    for (const PatternKind expected : {PatternKind::kSame, PatternKind::kUnique}) {
      atomic(OpKind::kCompareExchange, at(a_, 4), 4, GMC_ORDER_ACQ_REL, 0);
      ops_.back().expected.kind = expected;
    }
  }

  void add_queries() {
    for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{8}, std::uint64_t{9}, UINT64_MAX})
      add(OpKind::kCheckRange, at(a_, 0), size);
    add(OpKind::kCheckRange, at(b_, 7), 1);
    ops_.back().rights = GMC_RIGHT_WRITE;
    add(OpKind::kCheckRange, at(a_, 8), 0);
    add(OpKind::kCheckedOffset, at(a_, 0), kSize);
    add(OpKind::kCheckedOffset, at(a_, 0), 0x10);
    add(OpKind::kFind, at(b_, 7));
    add(OpKind::kFind, at(b_, 8));
    add(OpKind::kLastAddress);
    add(OpKind::kRegions);
    add(OpKind::kDump, {}, 0x28);
  }

  void add_dirty() {
    for (const HarvestMode mode : {HarvestMode::kRead, HarvestMode::kClear, HarvestMode::kBoth}) {
      add(OpKind::kHarvest);
      ops_.back().form = HarvestForm::kSparse;
      ops_.back().mode = mode;
      add(OpKind::kHarvest, {}, 0, 1);
      ops_.back().mode = mode;
    }
    add(OpKind::kMark, at(a_, 3), 1);
    add(OpKind::kMark, at(a_, 7), 10);
    add(OpKind::kMark, at(b_, -1), UINT64_MAX);
    add(OpKind::kMark, at(b_, 8), 0);
    add(OpKind::kMark, at(a_, 8), 3);
    add(OpKind::kMark, {}, UINT64_MAX);
  }

  void add_spaces() {
    add(OpKind::kReset);
    for (const std::uint8_t region : {a_, b_}) {
      add(OpKind::kOpenRegion, at(region, 2));
      ops_.back().opens = 1;
    }
    for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{2}, std::uint64_t{4}, kSize}) {
      add(OpKind::kOpenRange, at(a_, 5), size);
      ops_.back().opens = 1;
    }
    for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{2}}) {
      add(OpKind::kOpenRange, at(a_, size == 0 ? 8 : 6), size, 1);
      ops_.back().opens = 2;
    }
    add(OpKind::kWrite, at(a_, 5), 0, 1);
    add(OpKind::kWrite, at(a_, 6), 2, 2);
    add(OpKind::kHarvest, {}, 0, 2);
    ops_.back().form = HarvestForm::kDense;
    ops_.back().mode = HarvestMode::kRead;
    add(OpKind::kClose, {}, 0, 1);
    for (const OpKind kind : {OpKind::kRead, OpKind::kWrite, OpKind::kWritePartial}) {
      add(kind, at(a_, 6), 2, 1);
      add(kind, at(a_, 6), 3, 1);
    }
    for (const OpKind kind : {OpKind::kRead, OpKind::kFill, OpKind::kStore, OpKind::kLoad, OpKind::kCheckedOffset})
      add(kind, at(a_, 4), 4, 1);
    add(OpKind::kStore, at(b_, 6), 4, 1);
    add(OpKind::kWrite, at(b_, 8), 0, 1);
    add(OpKind::kLastAddress, {}, 0, 1);
    add(OpKind::kDump, {}, kSize, 1);
    add(OpKind::kHarvest, {}, 0, 1);
    ops_.back().form = HarvestForm::kSparse;
    add(OpKind::kCheckRange, at(a_, 0), kSize, 1);
    add(OpKind::kMark, at(a_, 6), 9, 1);
    add(OpKind::kZeroAll, {}, 0, 1);
  }

  std::uint8_t a_;
  std::uint8_t b_;
  std::vector<Op> ops_;
};

std::vector<Op> alphabet_of(const World& world, const Profile& profile) {
  std::array<std::uint8_t, 2> regions{};
  std::size_t count = 0;
  for (std::uint8_t i = 0; i < world.layout.regions.size(); ++i) {
    if (!world.layout.regions[i].is_window) regions[count++] = i;
  }
  std::vector<Op> alphabet = Alphabet(regions[0], regions[1]).ops();
  if (profile.root().dirty_enable == DirtyEnable::kExplicit) {
    for (const bool on : {false, true}) alphabet.push_back(Op{.kind = OpKind::kTrack, .on = on});
  }
  return alphabet;
}

TEST(ReferenceExhaustive, AgreesOnEveryProgramOfThreeOperations) {
  const std::uint64_t share = is_quick() ? 16 : is_sanitized() ? 4 : 1;
  std::uint64_t programs = 0;
  for (const World& world : worlds()) {
    const auto profile = Profile::parse(std::string(kOffered) + std::string(world.profile), world.name);
    ASSERT_TRUE(profile.has_value()) << profile.error().text();
    ExhaustiveWalk walk(*profile, {world.layout}, alphabet_of(world, *profile), kDepth, share);
    walk.run();
    programs += walk.programs();
    std::cout << fmt::format("{}: {} operations, {} programs\n", world.name, walk.letters(), walk.programs());
    if (walk.wrong()) {
      ADD_FAILURE() << world.name << ": " << *walk.wrong() << "\n" << walk.program();
      if (is_quick()) return;
    }
  }
  std::cout << fmt::format("{} programs in all, 1 of {} of those with three operations\n", programs, share);
  if (share == 1 && !HasFailure()) {
    EXPECT_GE(programs, 10'000'000);
  }
}

}  // namespace
}  // namespace gmc::testing
