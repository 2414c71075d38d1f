// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/generator.h"

#include <fmt/format.h>
#include <gmcheck.h>
#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "harness/generate/profiles_for_test.h"
#include "harness/program/address_map.h"
#include "harness/program/program.h"

namespace gmc {
namespace {

bool is_access(OpKind kind) {
  const Touches touches = info(kind).touches;
  return (touches == Touches::kReads || touches == Touches::kWrites) && kind != OpKind::kDump && kind != OpKind::kZeroAll;
}

// Which bytes are mapped, from the layout alone, by looking at every region.
struct Bytes {
  const Layout& layout;
  bool spans;

  // The index of the region that holds the address.
  [[nodiscard]] std::optional<std::size_t> region_at(std::uint64_t address) const {
    for (std::size_t i = 0; i < layout.regions.size(); ++i) {
      const Region& region = layout.regions[i];
      if (!region.is_window && address >= region.base && address - region.base < region.size) return i;
    }
    return std::nullopt;
  }
  static constexpr std::size_t kAnyRegion = SIZE_MAX;
  // Whether an exact access of `size` > 0 bytes succeeds, with `only` in that region.
  [[nodiscard]] bool serves(std::uint64_t address, std::uint64_t size, bool writes, std::size_t only) const {
    for (;;) {
      const auto found = region_at(address);
      if (!found || (only != kAnyRegion && only != *found)) return false;
      const Region& region = layout.regions[*found];
      if (writes && region.is_read_only) return false;
      const std::uint64_t room = region.size - (address - region.base);
      if (size <= room) return true;
      if (!spans || only != kAnyRegion || address + room == 0) return false;
      address += room;
      size -= room;
    }
  }
};

// What a batch of programs consists of.
struct Census {
  std::uint64_t ops = 0;
  std::uint64_t accesses = 0;
  std::uint64_t inside = 0;
  std::uint64_t empty = 0;
  std::uint64_t crossing = 0;  // from one region into another
  std::uint64_t top = 0;       // touches the last page of the address space
  std::uint64_t wrapping = 0;  // beyond 2^64
  std::uint64_t in_submit = 0;
  std::uint64_t by_space = 0;
  std::uint64_t unclaimed = 0;
  std::map<OpKind, std::uint64_t> kinds;
  std::map<std::pair<HarvestForm, HarvestMode>, std::uint64_t> harvests;
  std::vector<std::uint64_t> lengths;

  void count(const Program& program, const Layout& layout, const Switches& switches) {
    const Bytes bytes{layout, switches.cross_region == CrossRegion::kSpan};
    std::array<std::size_t, kSlotsMax> slots;
    slots.fill(Bytes::kAnyRegion);
    bool submitting = false;
    const AddressMap map(program.layouts[0]);
    for (const Op& op : program.ops) {
      ++ops;
      ++kinds[op.kind];
      unclaimed += is_claimed(op.kind, switches) ? 0 : 1;
      in_submit += submitting ? 1 : 0;
      by_space += op.space != 0 ? 1 : 0;
      if (op.kind == OpKind::kSubmitBegin) submitting = true;
      if (op.kind == OpKind::kSubmitEnd) submitting = false;
      const std::uint64_t at = map.resolve(op.at).raw;
      if (op.kind == OpKind::kOpenRegion) slots[op.opens] = bytes.region_at(at).value_or(Bytes::kAnyRegion);
      if (op.kind == OpKind::kHarvest) ++harvests[{op.form, op.mode}];
      if (!is_access(op.kind)) continue;
      ++accesses;
      lengths.push_back(op.size);
      empty += op.size == 0 ? 1 : 0;
      if (op.size == 0) continue;
      const std::size_t only = op.space != 0 ? slots[op.space] : Bytes::kAnyRegion;
      inside += bytes.serves(at, op.size, info(op.kind).touches == Touches::kWrites, only) ? 1 : 0;
      wrapping += at + (op.size - 1) < at ? 1 : 0;
      top += at + (op.size - 1) < at || at + (op.size - 1) >= UINT64_MAX - 4095 ? 1 : 0;
      const auto first = bytes.region_at(at);
      const auto last = bytes.region_at(at + (op.size - 1));
      crossing += first && last && *first != *last ? 1 : 0;
    }
  }
};

Census take_census(const Profile& profile, const GeneratorSettings& settings, std::uint32_t batches, std::uint32_t programs) {
  Census census;
  Generator generator(profile, settings);
  Program program;
  for (std::uint32_t seed = 1; seed <= batches; ++seed) {
    generator.begin(seed);
    for (std::uint32_t i = 0; i < programs; ++i) {
      generator.next(program);
      census.count(program, program.adopts ? settings.adopted : program.layouts[0], profile.root());
    }
  }
  return census;
}

TEST(Generator, ProgramsAreValidForEveryProfile) {
  for (const auto& [name, profile] : test_profiles()) {
    for (const bool is_default : {true, false}) {
      GeneratorSettings settings;
      if (!is_default) {
        settings.ops_per_program = 300;
        settings.swarm = false;
        settings.weights[static_cast<std::size_t>(OpKind::kOpenRegion)] = 200;
        settings.weights[static_cast<std::size_t>(OpKind::kReset)] = 40;
      }
      Generator generator(profile, settings);
      Program program;
      for (std::uint32_t seed = 0; seed < (is_default ? 500u : 30u); ++seed) {
        generator.begin(seed);
        for (std::uint32_t i = 0; i < 20; ++i) {
          generator.next(program);
          const auto valid = validate(program);
          ASSERT_TRUE(valid) << name << " seed " << seed << " number " << i << ": " << valid.error().text();
          ASSERT_EQ(program.ops.size(), settings.ops_per_program);
        }
      }
    }
  }
}

TEST(Generator, AdoptedMemoryIsNamedByAbsoluteAddresses) {
  const Profile profile = parse_profile("layout = own\nregion_api = list\ncross_region = span\npermissions = region_ro\n");
  GeneratorSettings settings;
  settings.adopted = adopted_layout();
  Generator generator(profile, settings);
  Program program;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    generator.begin(seed);
    generator.next(program);
    ASSERT_TRUE(validate(program)) << validate(program).error().text();
    ASSERT_TRUE(program.adopts);
    for (const Op& op : program.ops) ASSERT_EQ(op.at.anchor, Anchor::kAbsolute);
  }
  const Census census = take_census(profile, settings, 300, 10);
  EXPECT_GT(census.inside, census.accesses / 2);
}

TEST(Generator, ProgramDependsOnSeedAndNumberOnly) {
  const Profile profile = rich_profile();
  Generator one(profile, {});
  Generator other(profile, {});
  Program a;
  Program b;
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    one.begin(seed);
    for (int i = 0; i < 8; ++i) one.next(a);
    other.begin(seed ^ 1);  // what was drawn before must not matter
    other.next(b);
    other.begin(seed, 7);
    EXPECT_EQ(other.next_number(), 7u);
    other.next(b);
    ASSERT_EQ(a, b) << seed;
    EXPECT_EQ(one.swarm().text(), other.swarm().text());
    one.next(a);
    EXPECT_NE(a, b);
  }
}

// A change of what seeds mean is a change of every printed seed: it is made on purpose or not at all.
TEST(Generator, BatchesDiffer) {
  Generator generator(rich_profile(), {});
  std::set<std::string> texts;
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    generator.begin(seed);
    texts.insert(generator.swarm().text());
  }
  EXPECT_GT(texts.size(), 98u);
}

TEST(Generator, ReusesTheProgramOfABatch) {
  Generator generator(rich_profile(), {});
  Program program;
  generator.begin(5);
  generator.next(program);
  const Op* ops = program.ops.data();
  const Region* regions = program.layouts[0].regions.data();
  for (int i = 0; i < 100; ++i) generator.next(program);
  EXPECT_EQ(program.ops.data(), ops);
  EXPECT_EQ(program.layouts[0].regions.data(), regions);
}

TEST(Generator, DefaultMixHasItsShares) {
  const Profile profile = rich_profile();
  Census census = take_census(profile, {}, 1000, 20);
  const auto share = [&](std::uint64_t count) { return static_cast<double>(count) / static_cast<double>(census.accesses); };
  std::ranges::sort(census.lengths);
  const std::uint64_t median = census.lengths[census.lengths.size() / 2];
  const std::uint64_t p95 = census.lengths[census.lengths.size() * 95 / 100];
  double mean = 0;
  for (const std::uint64_t length : census.lengths)
    mean += static_cast<double>(length > kTransferMax ? 0 : length) / static_cast<double>(census.lengths.size());
  fmt::print(
      "median {} p95 {} mean {:.0f}; accesses {:.2f} of all, inside {:.3f}, empty {:.3f}, crossing {:.3f}, top {:.3f}, wrapping {:.3f}, "
      "spaces {:.3f}\n",
      median, p95, mean, static_cast<double>(census.accesses) / static_cast<double>(census.ops), share(census.inside), share(census.empty),
      share(census.crossing), share(census.top), share(census.wrapping), share(census.by_space));
  for (const auto& [kind, count] : census.kinds)
    fmt::print("{} {:.4f}\n", info(kind).text, static_cast<double>(count) / static_cast<double>(census.ops));
  EXPECT_GE(median, 7u);
  EXPECT_LE(median, 9u);
  EXPECT_GE(p95, 200u);
  EXPECT_LE(p95, 300u);
  EXPECT_GT(share(census.inside), 0.8);
  EXPECT_GT(share(census.empty), 0.015);
  EXPECT_LT(share(census.empty), 0.08);
  EXPECT_GT(share(census.crossing), 0.01);
  EXPECT_GT(share(census.top), 0.01);
  EXPECT_GT(share(census.wrapping), 0.005);
  EXPECT_GT(share(census.by_space), 0.08);
  EXPECT_GT(census.in_submit, census.ops / 100);
}

// With middling knobs four of five accesses are aimed into memory, and all of these succeed: a byte too far would be seen here.
TEST(Generator, WhatIsAimedInsideSucceeds) {
  GeneratorSettings settings;
  settings.swarm = false;
  const Census census = take_census(parse_profile("cross_region = span\ntyped_sizes = 1\n"), settings, 500, 20);
  EXPECT_GT(static_cast<double>(census.inside + census.empty), 0.865 * static_cast<double>(census.accesses));
}

TEST(Generator, EveryOperationThatRunsOccurs) {
  const Census rich = take_census(rich_profile(), {}, 2000, 20);
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    const auto kind = static_cast<OpKind>(i);
    const auto found = rich.kinds.find(kind);
    if (info(kind).runs) {
      EXPECT_GT(found == rich.kinds.end() ? 0 : found->second, rich.ops / 20000) << info(kind).text;
    } else {
      EXPECT_TRUE(found == rich.kinds.end()) << info(kind).text;
    }
  }
  for (const HarvestForm form : {HarvestForm::kDense, HarvestForm::kSparse}) {
    for (const HarvestMode mode : {HarvestMode::kRead, HarvestMode::kClear, HarvestMode::kBoth}) {
      EXPECT_GT(rich.harvests.at({form, mode}), 100u);
    }
  }
}

TEST(Generator, IssuesWhatIsNotClaimedRarely) {
  const Profile plain = parse_profile("");
  Census census = take_census(plain, {}, 1000, 20);
  for (const OpKind kind : {OpKind::kReadPartial, OpKind::kFill, OpKind::kZeroAll, OpKind::kDump, OpKind::kFind, OpKind::kHarvest,
                            OpKind::kMark, OpKind::kReset, OpKind::kFacts}) {
    EXPECT_GT(census.kinds[kind], 0u) << info(kind).text;
  }
  EXPECT_LT(census.unclaimed, census.ops / 30);
  GeneratorSettings strict;
  strict.unclaimed = false;
  EXPECT_EQ(take_census(plain, strict, 300, 20).unclaimed, 0u);
}

TEST(Generator, NoSparseHarvestWhereGranulesOfRegionsHaveNoCommonOrigin) {
  const Profile profile = rich_profile("dirty_origin = region\n");
  Generator generator(profile, {});
  Program program;
  int sparse = 0;
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    generator.begin(seed);
    const bool aligned = std::ranges::all_of(generator.layouts()[0].regions, [](const Region& region) { return region.base % 4096 == 0; });
    for (int i = 0; i < 10; ++i) {
      generator.next(program);
      for (const Op& op : program.ops) {
        if (op.kind != OpKind::kHarvest || op.form != HarvestForm::kSparse) continue;
        ++sparse;
        ASSERT_TRUE(aligned) << seed;
      }
    }
  }
  EXPECT_GT(sparse, 1000);
}

TEST(Generator, ViewsBeginInFrontOfRegionsAndEndBehindThem) {
  const Profile profile = rich_profile("views = yes\nhole_kind = discard\n");
  Generator generator(profile, {});
  Program program;
  int views = 0, in_front = 0, behind = 0;
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    generator.begin(seed);
    generator.next(program);
    for (const Op& op : program.ops) {
      if (op.kind != OpKind::kOpenRange || op.space != 0 || op.at.anchor != Anchor::kRegionStart) continue;
      ++views;
      const Region& region = program.layouts[0].regions[op.at.index];
      in_front += op.at.delta < 0 ? 1 : 0;
      behind += op.at.delta <= 0 && op.size > region.size ? 1 : 0;
    }
  }
  EXPECT_GT(in_front, views / 40) << views;
  EXPECT_GT(behind, views / 40) << views;
}

struct Pointers {
  std::size_t asked = 0;
  std::size_t followed = 0;
};

// Of the pointers that `counts` asks about, those behind which something that `follows` comes in the same program.
template <typename Counts, typename Follows>
Pointers count_pointers(const Profile& profile, Counts counts, Follows follows) {
  Generator generator(profile, {});
  Pointers pointers;
  Program program;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    generator.begin(seed);
    for (int n = 0; n < 20; ++n) {
      generator.next(program);
      for (auto op = program.ops.begin(); op != program.ops.end(); ++op) {
        if (op->kind != OpKind::kHostAddress || !counts(program, *op)) continue;
        ++pointers.asked;
        pointers.followed += std::any_of(op + 1, program.ops.end(), [&](const Op& later) { return follows(*op, later); }) ? 1 : 0;
      }
    }
  }
  return pointers;
}

TEST(Generator, WhatAPointerIsForIsMarked) {
  const auto is_for_writing = [](const Program&, const Op& op) { return (op.rights & GMC_RIGHT_WRITE) != 0 && op.size > 0; };
  const auto marks_it = [](const Op& op, const Op& later) {
    return later.kind == OpKind::kMark && later.at == op.at && later.size >= op.size;
  };
  const Pointers pointers = count_pointers(rich_profile("host_pointer = per_addr\n"), is_for_writing, marks_it);
  EXPECT_GT(pointers.asked, 100u);
  EXPECT_GT(pointers.followed, pointers.asked / 4);
}

TEST(Generator, MapsChangeBehindPointersThroughSnapshots) {
  const auto is_through_snapshot = [](const Program& program, const Op& op) {
    return std::ranges::any_of(program.ops,
                               [&](const Op& opening) { return opening.kind == OpKind::kOpenSnapshot && opening.opens == op.space; });
  };
  const auto changes = [](const Op&, const Op& later) { return later.kind == OpKind::kRemove; };
  const Pointers pointers =
      count_pointers(rich_profile("host_pointer = per_addr\npointer_lifetime = snapshot\n"), is_through_snapshot, changes);
  EXPECT_GT(pointers.asked, 20u);
  EXPECT_GT(pointers.followed, pointers.asked / 2);
}

TEST(Generator, OffMeansOff) {
  GeneratorSettings settings;
  settings.weights.fill(0);
  settings.weights[static_cast<std::size_t>(OpKind::kWrite)] = 1;
  settings.weights[static_cast<std::size_t>(OpKind::kHarvest)] = 1;
  settings.submits = false;
  const Census census = take_census(rich_profile("dirty_enable = always\n"), settings, 200, 5);
  for (const auto& [kind, count] : census.kinds) EXPECT_TRUE(kind == OpKind::kWrite || kind == OpKind::kHarvest) << info(kind).text;
}

double thread_time_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Printed, not asserted: a machine may be busy. The harness has 333 ns for an operation altogether.
TEST(Generator, PrintsItsSpeed) {
  Generator generator(rich_profile(), {});
  Program program;
  constexpr std::uint32_t kBatches = 200;
  constexpr std::uint32_t kPrograms = 100;
  double best = 1e9;
  double all = 0;
  std::uint64_t sum = 0;
  for (std::uint32_t seed = 0; seed < kBatches; ++seed) {
    generator.begin(seed);
    const double start = thread_time_ns();
    for (std::uint32_t i = 0; i < kPrograms; ++i) {
      generator.next(program);
      sum += program.ops.back().size;
    }
    const double taken = (thread_time_ns() - start) / (kPrograms * 30);
    best = std::min(best, taken);
    all += taken;
  }
  fmt::print("{:.1f} ns an operation, {:.1f} in the best batch (checksum {})\n", all / kBatches, best, sum);
}

}  // namespace
}  // namespace gmc
