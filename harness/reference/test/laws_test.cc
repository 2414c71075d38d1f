// SPDX-License-Identifier: Apache-2.0 OR MIT
// What holds for any guest memory, asked of the reference alone: laws between operations, on memories that random programs left behind.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "harness/adapters/reference/answering.h"
#include "harness/adapters/reference/reference_plugin.h"
#include "harness/reference/test/budget.h"
#include "harness/reference/test/random_programs.h"

namespace gmc::testing {
namespace {

// A reference that answers for itself.
struct Machine {
  Reference reference;
  Program program;
  AnswerRoom room;

  explicit Machine(const Profile& profile) : reference(profile) {}
  Machine(const Machine& other) : reference(other.reference), program(other.program) {}
  Machine& operator=(const Machine&) = delete;

 private:
  std::vector<std::uint8_t> expected_;  // by a compare-exchange

 public:
  GmcOutcome run(const Op& op, std::span<std::uint8_t> bytes = {}) {
    room.bytes = bytes;
    expected_.assign(op.size <= bytes.size() ? op.size : 0, 0);
    if (op.kind == OpKind::kCompareExchange && op.expected.kind == PatternKind::kSame) reference.current(op, expected_);
    room.expected = expected_;
    return answer(reference, program, op, room);
  }
};

Op op_at(OpKind kind, std::uint64_t gpa, std::uint64_t size, std::uint8_t space = 0) {
  Op op{.kind = kind, .space = space};
  op.at = {.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(gpa)};
  op.size = size;
  return op;
}

// Memory, tracking and what is dirty; not by which clause.
bool same_state(const Reference& a, const Reference& b) {
  if (a.map() != b.map() || a.is_tracking() != b.is_tracking() || a.dirty().marks().size() != b.dirty().marks().size()) return false;
  for (std::uint32_t store = 0; store < a.map().store_count(); ++store) {
    if (!(a.store(store) == b.store(store))) return false;
  }
  return std::equal(a.dirty().marks().begin(), a.dirty().marks().end(), b.dirty().marks().begin(),
                    [](const DirtyLog::Mark& x, const DirtyLog::Mark& y) { return x.granule == y.granule && x.state == y.state; });
}

class ReferenceLaws : public ::testing::Test {
 protected:
  // Calls `law` with memories of all kinds.
  template <typename Law>
  void for_all(Law law) {
    const std::uint64_t seed = seed_of_run();
    const std::uint64_t count = budget(4000, 1000);
    std::vector<Profile> profiles;
    for (std::uint64_t i = 0; i < 64; ++i) {
      random_ = Random(mix(seed + i));
      profiles.push_back(draw_profile());
    }
    for (std::uint64_t i = 0; i < count && !HasFatalFailure(); ++i) {
      random_ = Random(mix(seed * 1000003 + i));
      const Profile& profile = profiles[i % profiles.size()];
      RandomPrograms source(profile, random_.next());
      Machine machine(profile);
      machine.program = source.draw(12);
      if (machine.program.layouts[0].regions.empty()) continue;
      machine.reference.create(machine.program.layouts[0]);
      std::vector<std::uint8_t> bytes(std::size_t{1} << 14);
      for (std::uint32_t j = 0; j < machine.program.ops.size(); ++j) {
        const Op& op = machine.program.ops[j];
        if (op.kind == OpKind::kFacts || !machine.reference.runs(op)) continue;
        for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(i + j);
        const bool has_buffer = op.size <= bytes.size();
        machine.run(op, std::span(bytes).first(has_buffer ? op.size : 0));
      }
      machine.run(Op{.kind = OpKind::kArm});
      const ::testing::ScopedTrace trace(__FILE__, __LINE__, "seed " + std::to_string(seed) + ", memory " + std::to_string(i));
      law(machine);
    }
  }

  Profile draw_profile() {
    const auto one = [&](std::initializer_list<std::string_view> lines) {
      return std::string(*(lines.begin() + random_.below(static_cast<std::uint32_t>(lines.size())))) + "\n";
    };
    std::string text =
        "partial = yes\nhas_fill = yes\nhas_zero_all = yes\nhas_copy = yes\natomic_buffers = yes\nreset = yes\nharvest = read clear both\n"
        "range_api = check_range checked_offset\nregion_api = list find last_address\ndirty_bitmap_api = yes\ntyped_sizes = 1 2 3 4 8 16\n"
        "atomics = load store compare_exchange exchange add sub and or xor\nhost_pointer = per_addr\nfault_sites = harvest access\n";
    text += one({"cross_region = span", "cross_region = reject"});
    text += one({"range_fail_effect = prefix", "range_fail_effect = nothing", "range_fail_effect = prefix\nreports_count = yes"});
    text += one({"hole_kind = oob", "hole_kind = discard\ndiscard_value = 9", "hole_kind = discard"});
    text += one({"dirty_source = host_api", "dirty_source = host_and_guest", "dirty_source = host_api\ndirty_enable = explicit"});
    text += one({"dirty_granule = 1", "dirty_granule = 8", "dirty_granule = 64", "dirty_granule = 4096"});
    text += one({"dirty_origin = gpa", "dirty_origin = region"});
    text += one({"permissions = none", "permissions = region_ro", "permissions = region_ro\nperm_fail_effect = prefix"});
    text += one({"zero_length_bytes = ok_anywhere", "zero_length_bytes = start_mapped", "zero_length_bytes = in_bounds_incl_end"});
    text += one({"region_ends_at_2_64 = accept", "region_ends_at_2_64 = reject"});
    const auto profile = Profile::parse(text, "laws");
    EXPECT_TRUE(profile.has_value()) << profile.error().text();
    return *profile;
  }

  // A range inside one region that may be written, or of size 0 where there is none.
  Op draw_inside(const Machine& machine, OpKind kind) {
    const auto& regions = machine.reference.map().regions();
    const MappedRegion& region = regions[random_.below(static_cast<std::uint32_t>(regions.size()))];
    if (region.is_read_only) return op_at(kind, region.base, 0);
    const std::uint64_t offset = random_.below(static_cast<std::uint32_t>(region.size()));
    const std::uint64_t room = region.size() - offset;
    return op_at(kind, region.base + offset, 1 + random_.below(static_cast<std::uint32_t>(std::min<std::uint64_t>(room, 70))));
  }

  // Any range near a region.
  Op draw_near(const Machine& machine, OpKind kind) {
    const auto& regions = machine.reference.map().regions();
    const MappedRegion& region = regions[random_.below(static_cast<std::uint32_t>(regions.size()))];
    const std::uint64_t size = 1 + random_.below(40);
    return op_at(kind, region.base + random_.below(static_cast<std::uint32_t>(region.size() + 24)) - 12, size);
  }

  std::vector<std::uint8_t> payload(std::uint64_t size) {
    std::vector<std::uint8_t> bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_.next());
    return bytes;
  }

  static Op with_kind(Op op, OpKind kind) {
    op.kind = kind;
    return op;
  }

  Random random_{0};
};

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

TEST_F(ReferenceLaws, AWrongAnswerIsAViolation) {
  for_all([&](Machine& m) {
    const Op read = with_kind(draw_inside(m, OpKind::kWrite), OpKind::kRead);
    if (read.size == 0) return;
    std::vector<std::uint8_t> bytes(read.size);
    Machine copy = m;
    Answer right;
    right.outcome = copy.run(read, bytes);
    right.bytes = bytes;
    Expectation expectation;
    m.reference.predict(m.program, read, expectation);
    ASSERT_FALSE(m.reference.judge(expectation, right).violation.has_value());
    auto flipped = bytes;
    flipped[random_.below(static_cast<std::uint32_t>(read.size))] ^= 0x40;
    Answer wrong = right;
    wrong.bytes = flipped;
    ASSERT_TRUE(m.reference.judge(expectation, wrong).violation.has_value());
    for (std::uint16_t status = 1; status < GMC_STATUS_COUNT + 2; ++status) {
      wrong = right;
      wrong.outcome.status = status;
      ASSERT_TRUE(m.reference.judge(expectation, wrong).violation.has_value()) << status;
    }
    wrong = right;
    wrong.outcome.flags |= GMC_HAS_COUNT;
    wrong.outcome.count = read.size + 1;
    const auto judgement = m.reference.judge(expectation, wrong);
    ASSERT_TRUE(judgement.violation.has_value());
    ASSERT_EQ(judgement.violation->clause, Clause::kRW8);
  });
}

// A pointer leads to its byte and up to the end of its region; nothing may be written through one to memory that is not to be written.
TEST_F(ReferenceLaws, APointerLeadsToItsByte) {
  for_all([&](Machine& m) {
    const auto& regions = m.reference.map().regions();
    const MappedRegion& region = regions[random_.below(static_cast<std::uint32_t>(regions.size()))];
    const std::uint64_t offset = random_.below(static_cast<std::uint32_t>(std::min<std::uint64_t>(region.size(), 4096)));
    Op op = op_at(OpKind::kHostAddress, region.base + offset, std::min<std::uint64_t>(region.size() - offset, 64));
    op.rights = GMC_RIGHT_READ;
    std::vector<std::uint8_t> there(op.size);
    m.reference.current(op, there);
    const auto is_wrong = [&](GmcStatus status, std::uint64_t pointer, std::span<const std::uint8_t> pointed) {
      Answer answer;
      answer.outcome = gmc_outcome(status);
      answer.outcome.value = pointer;
      answer.pointed = pointed;
      Expectation expectation;
      m.reference.predict(m.program, op, expectation);
      return m.reference.judge(expectation, answer).violation.has_value();
    };
    ASSERT_FALSE(is_wrong(GMC_OK, 0x1000, there));
    ASSERT_TRUE(is_wrong(GMC_OK, 0, {}));
    ASSERT_TRUE(is_wrong(GMC_OUT_OF_RANGE, 0, {}));
    there[random_.below(static_cast<std::uint32_t>(there.size()))] ^= 0x01;
    ASSERT_TRUE(is_wrong(GMC_OK, 0x1000, there));
    op.rights = GMC_RIGHT_READ | GMC_RIGHT_WRITE;
    ASSERT_EQ(is_wrong(GMC_DENIED, 0, {}), !region.is_read_only);
    op.size = region.size() - offset + 1;
    op.rights = GMC_RIGHT_READ;
    ASSERT_TRUE(is_wrong(GMC_OK, 0x1000, {}));
    ASSERT_FALSE(is_wrong(GMC_OUT_OF_RANGE, 0, {}));
  });
}

// A compare-exchange says what it found, and whether that was expected decides it; an atomic load and an exchange say what stood there.
TEST_F(ReferenceLaws, AWrongAtomicAnswerIsAViolation) {
  static constexpr OpKind kKinds[] = {OpKind::kCompareExchange, OpKind::kAtomicLoad, OpKind::kExchange, OpKind::kFetchSub};
  for_all([&](Machine& m) {
    Op op = draw_inside(m, OpKind::kWrite);
    const std::uint64_t room = op.size;
    const std::uint64_t gpa = static_cast<std::uint64_t>(op.at.delta);
    op.kind = kKinds[random_.below(4)];
    op.size = room >= 8 && gpa % 8 == 0 ? 8 : room >= 2 && gpa % 2 == 0 ? 2 : 1;
    op.order = op.failure_order = GMC_ORDER_SEQ_CST;
    if (room == 0) return;
    std::vector<std::uint8_t> there(op.size);
    m.reference.current(op, there);
    const std::vector<std::uint8_t> desired = payload(op.size);
    std::vector<std::uint8_t> other = there;
    other.back() ^= 0x10;
    std::uint64_t value = 0;
    std::memcpy(&value, there.data(), there.size());
    const auto is_wrong = [&](GmcStatus status, std::uint64_t told, const std::vector<std::uint8_t>& expected) {
      Answer answer;
      answer.outcome = gmc_outcome(status);
      answer.outcome.value = told;
      answer.bytes = desired;
      answer.expected = expected;
      Expectation expectation;
      m.reference.predict(m.program, op, expectation);
      return m.reference.judge(expectation, answer).violation.has_value();
    };
    const bool is_compare = op.kind == OpKind::kCompareExchange;
    ASSERT_FALSE(is_wrong(GMC_OK, value, there));
    ASSERT_TRUE(is_wrong(GMC_MISMATCH, value, there));
    ASSERT_EQ(is_wrong(GMC_MISMATCH, value, other), !is_compare);
    ASSERT_EQ(is_wrong(GMC_OK, value, other), is_compare);
    ASSERT_TRUE(is_wrong(is_compare ? GMC_MISMATCH : GMC_OK, value ^ 0x10, other));
    ASSERT_TRUE(is_wrong(GMC_MISALIGNED, 0, there));
    ASSERT_TRUE(is_wrong(GMC_INVALID_ARGUMENT, 0, there));
  });
}

// After a fault each byte in front of the hole is old or new; a write that succeeds ends that.
TEST_F(ReferenceLaws, AWriteClosesWhatAFaultLeftOpen) {
  const auto profile = Profile::parse("hole_kind = fault\ndirty_source = host_api\n", "laws");
  ASSERT_TRUE(profile.has_value());
  Machine m(*profile);
  m.program.layouts = {{{{.base = 0, .size = 64, .is_window = true}, {.base = 8, .size = 16}}}};
  m.reference.create(m.program.layouts[0]);
  std::vector<std::uint8_t> old(16, 1), interrupted(17, 2), last(16, 3);
  Expectation expectation;
  const Op read = op_at(OpKind::kRead, 8, 16);
  const auto is_right = [&](const std::vector<std::uint8_t>& bytes) {
    m.reference.predict(m.program, read, expectation);
    Answer answer;
    answer.bytes = bytes;
    return !m.reference.judge(expectation, answer).violation.has_value();
  };
  m.run(op_at(OpKind::kWrite, 8, 16), old);
  ASSERT_NE(m.run(op_at(OpKind::kWrite, 8, 17), interrupted).status, GMC_OK);
  ASSERT_TRUE(is_right(old));
  ASSERT_TRUE(is_right(std::vector<std::uint8_t>(16, 2)));
  ASSERT_FALSE(is_right(last));
  ASSERT_EQ(m.run(op_at(OpKind::kWrite, 8, 16), last).status, GMC_OK);
  ASSERT_TRUE(is_right(last));
  for (std::size_t i = 0; i < last.size(); ++i) {
    for (const std::uint8_t byte : {old[0], interrupted[0]}) {
      auto mixed = last;
      mixed[i] = byte;
      ASSERT_FALSE(is_right(mixed)) << i;
    }
  }
}

// What a write left dirty, a harvest has to report, and what nobody wrote it may not.
TEST_F(ReferenceLaws, AWrongHarvestIsAViolation) {
  for_all([&](Machine& m) {
    const Op write = draw_inside(m, OpKind::kWrite);
    if (write.size == 0 || !m.reference.is_tracking() || !m.reference.sparse_is_possible()) return;
    m.run(Op{.kind = OpKind::kHarvest, .form = HarvestForm::kSparse});
    auto bytes = payload(write.size);
    m.run(write, bytes);
    const std::vector<GmcDirtyWord> right = sparse_words(m.reference, 0);
    ASSERT_FALSE(right.empty());
    ASSERT_FALSE(m.reference.judge_sparse(right).has_value());
    for (std::size_t word = 0; word < right.size(); ++word) {
      for (std::uint32_t bit = 0; bit < 64; ++bit) {
        auto wrong = right;
        wrong[word].bits ^= std::uint64_t{1} << bit;
        if (wrong[word].bits == 0) wrong.erase(wrong.begin() + static_cast<std::ptrdiff_t>(word));
        ASSERT_TRUE(m.reference.judge_sparse(wrong).has_value()) << word << " " << bit;
      }
    }
  });
}

TEST_F(ReferenceLaws, ExtentsOverlapWhereTheyShareAByte) {
  const auto profile = Profile::parse("backing = fd\nfile_facts = fds_overlap\n", "laws");
  ASSERT_TRUE(profile.has_value());
  random_ = Random(seed_of_run());
  for (int round = 0; round < 2000; ++round) {
    Machine m(*profile);
    std::array<Region, 2> regions;
    for (std::size_t i = 0; i < 2; ++i) {
      regions[i] = {.base = 0x100 * i, .size = 1 + random_.below(4), .backing = Backing::kFile};
      regions[i].file = static_cast<std::uint8_t>(random_.below(2));
      regions[i].file_offset = random_.below(8);
    }
    m.program.layouts = {{{regions[0], regions[1]}}};
    m.reference.create(m.program.layouts[0]);
    for (std::uint8_t i = 0; i < 2; ++i) {
      Op open = op_at(OpKind::kOpenRegion, regions[i].base, 0);
      open.opens = static_cast<std::uint8_t>(i + 1);
      ASSERT_EQ(m.run(open).status, GMC_OK);
    }
    std::uint64_t shared = 0;
    for (std::uint64_t byte = 0; byte < 16; ++byte) {
      const auto holds = [&](const Region& region) { return byte >= region.file_offset && byte < region.file_offset + region.size; };
      if (regions[0].file == regions[1].file && holds(regions[0]) && holds(regions[1])) ++shared;
    }
    ASSERT_EQ(m.run(Op{.kind = OpKind::kFdsOverlap, .space = 1, .other = 2}).value, shared > 0 ? 1u : 0u);
  }
}

TEST_F(ReferenceLaws, SubmitIsTheSameCallsOneByOne) {
  const GmcPlugin* const table = gmc_reference_plugin();
  GmcHost host{};
  host.size = sizeof host;
  GmcBackend* backend = nullptr;
  ASSERT_EQ(table
                ->open(&host, "cross_region=span,range_fail_effect=prefix,partial=yes,has_fill=yes,dirty_source=host_api,dirty_granule=8",
                       &backend)
                .status,
            GMC_OK);
  const auto& memory = *static_cast<const GmcMemoryGroup*>(table->group(backend, GMC_GROUP_MEMORY));
  const auto& access = *static_cast<const GmcAccessGroup*>(table->group(backend, GMC_GROUP_ACCESS));
  const auto& dirty = *static_cast<const GmcDirtyGroup*>(table->group(backend, GMC_GROUP_DIRTY));
  const std::array<GmcEntry, 2> entries = {GmcEntry{0, 3, 0x10, 40, 0, -1, 0, nullptr, nullptr},
                                           GmcEntry{0, 3, 0x38, 24, 0, -1, 0, nullptr, nullptr}};
  const GmcLayout layout{.entries = entries.data(), .count = entries.size()};
  Random random(seed_of_run());
  for (int round = 0; round < 100; ++round) {
    std::array<GmcSpace*, 2> roots{};
    for (GmcSpace*& root : roots) ASSERT_EQ(memory.create(backend, nullptr, &layout, &root).status, GMC_OK);
    std::array<std::array<std::array<std::uint8_t, 64>, 8>, 2> buffers{};
    std::array<std::array<GmcCall, 8>, 2> calls{};
    std::array<std::array<GmcOutcome, 8>, 2> outcomes{};
    static constexpr std::array<GmcCallOp, 6> kOps = {GMC_CALL_READ,          GMC_CALL_WRITE, GMC_CALL_READ_PARTIAL,
                                                      GMC_CALL_WRITE_PARTIAL, GMC_CALL_FILL,  GMC_CALL_STORE};
    for (std::size_t i = 0; i < 8; ++i) {
      GmcCall call{};
      call.op = kOps[random.below(6)];
      call.address = random.below(0x60);
      call.size = call.op == GMC_CALL_STORE ? 8 : random.below(64);
      call.value = random.next();
      const auto bytes = payload(64);
      for (std::size_t side = 0; side < 2; ++side) {
        std::copy(bytes.begin(), bytes.end(), buffers[side][i].begin());
        calls[side][i] = call;
        calls[side][i].space = roots[side];
        calls[side][i].buffer = buffers[side][i].data();
      }
    }
    ASSERT_EQ(access.submit(nullptr, calls[0].data(), 8, outcomes[0].data()).status, GMC_OK);
    for (std::size_t i = 0; i < 8; ++i) access.submit(nullptr, &calls[1][i], 1, &outcomes[1][i]);
    for (std::size_t i = 0; i < 8; ++i) {
      ASSERT_EQ(std::memcmp(&outcomes[0][i], &outcomes[1][i], sizeof(GmcOutcome)), 0);
      ASSERT_EQ(buffers[0][i], buffers[1][i]);
    }
    std::array<std::array<GmcDirtyWord, 2>, 2> words{};
    for (std::size_t side = 0; side < 2; ++side) {
      ASSERT_EQ(dirty.harvest_sparse(nullptr, roots[side], GMC_HARVEST_READ | GMC_HARVEST_CLEAR, words[side].data(), 2).status, GMC_OK);
      ASSERT_EQ(memory.destroy(nullptr, roots[side]).status, GMC_OK);
    }
    ASSERT_EQ(words[0][0].bits, words[1][0].bits);
  }
  table->close(backend);
}

// GM-ATOM-006 with hardware that may decline what is unaligned: unaligned where the profile's basis says so, and nowhere else.
TEST(ReferenceAtomics, WhatIsUnalignedFollowsTheBasis) {
  for (const bool by_host : {false, true}) {
    const std::string text =
        std::string("backing = own fd\natomics = load\natomic_unaligned = hw\nalign_basis = ") + (by_host ? "hva" : "gpa");
    const auto profile = Profile::parse(text, "test");
    ASSERT_TRUE(profile.has_value()) << profile.error().text();
    Machine m(*profile);
    // Guest and host differ by four bytes.
    m.program.layouts = {Layout{{Region{.base = 0x1000, .size = 64, .backing = Backing::kFile, .file_offset = 4}}}};
    m.reference.create(m.program.layouts.front());
    for (const std::uint64_t gpa : {std::uint64_t{0x1000}, std::uint64_t{0x1004}}) {
      Op op = op_at(OpKind::kAtomicLoad, gpa, 8);
      op.order = GMC_ORDER_SEQ_CST;
      Expectation expectation;
      m.reference.predict(m.program, op, expectation);
      const bool may_decline = expectation.alternative_count > 1;
      EXPECT_EQ(may_decline, by_host == (gpa == 0x1000)) << text << " at " << gpa;
    }
  }
}

// Runs of pages against a byte for each.
TEST(PageRights, TheLastWordCounts) {
  constexpr std::uint64_t kPages = 24;
  Random random(1);
  PageRights rights;
  std::array<int, kPages> flat{};  // 0: nobody has said anything
  for (int step = 0; step < 500; ++step) {
    const std::uint64_t first = random.below(kPages);
    const std::uint64_t last = first + random.below(static_cast<std::uint32_t>(kPages - first));
    const int what = 1 + static_cast<int>(random.below(3));
    rights.set({.first = first * kProtectedPage, .last = (last + 1) * kProtectedPage - 1, .may_read = what > 1, .may_write = what > 2});
    std::fill(flat.begin() + static_cast<std::ptrdiff_t>(first), flat.begin() + static_cast<std::ptrdiff_t>(last) + 1, what);
    const std::uint64_t at = random.below(kPages * kProtectedPage);
    const PageRights::Run* const run = rights.find(at);
    const int said = flat[at / kProtectedPage];
    ASSERT_EQ(run != nullptr, said > 0) << step;
    if (run != nullptr) {
      ASSERT_EQ(run->permits(Right::kRead), said > 1) << step;
      ASSERT_EQ(run->permits(Right::kWrite), said > 2) << step;
    }
    const std::uint64_t end = rights.last_alike(at, kPages * kProtectedPage - 1);
    ASSERT_GE(end, at);
    for (std::uint64_t page = at / kProtectedPage; page <= end / kProtectedPage; ++page) ASSERT_EQ(flat[page], said) << step;
    if (random.one_in(20)) rights.clear(), flat.fill(0);
  }
}

}  // namespace
}  // namespace gmc::testing
