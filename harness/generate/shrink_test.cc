// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/shrink.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <vector>

#include "harness/generate/arbitrary.h"
#include "harness/generate/edit.h"
#include "harness/generate/profiles_for_test.h"
#include "harness/program/address_map.h"
#include "harness/program/text.h"

namespace gmc {
namespace {

Program draw_program(std::uint64_t seed, std::uint32_t ops) {
  GeneratorSettings settings;
  settings.ops_per_program = ops;
  Generator generator(rich_profile(), settings);
  generator.begin(seed);
  Program program;
  generator.next(program);
  return program;
}

std::uint32_t last_of(const Program& program) { return static_cast<std::uint32_t>(program.ops.size()) - 1; }

bool has(const Program& program, const std::function<bool(const Op&)>& wanted) { return std::ranges::any_of(program.ops, wanted); }

bool crosses_seam(const Program& program, const Op& op) {
  if (op.kind != OpKind::kWrite || op.size < 2 || op.space != 0) return false;
  const AddressMap map(program.layouts[0]);
  const std::uint64_t first = map.resolve(op.at).raw;
  const std::uint64_t last = first + (op.size - 1);
  const auto holds = [](const Region& region, std::uint64_t address) {
    return address >= region.base && address - region.base < region.size;
  };
  const Region* from = nullptr;
  const Region* to = nullptr;
  for (const Region& region : program.layouts[0].regions) {
    if (region.is_window) continue;
    if (holds(region, first)) from = &region;
    if (holds(region, last)) to = &region;
  }
  return from != nullptr && to != nullptr && from != to && from->base + from->size == to->base;
}

// Minimises with a predicate that also holds what it is given against the promises of Shrinker.
Shrunk minimize_checked(const Program& program, std::uint32_t failing_op, const StillFails& still_fails) {
  std::set<std::uint64_t> seen;
  EXPECT_TRUE(still_fails(program)) << print(program);
  Shrunk shrunk = minimize(program, failing_op, [&](const Program& candidate) {
    EXPECT_TRUE(validate(candidate)) << print(candidate);
    EXPECT_TRUE(seen.insert(hash(candidate)).second) << "proposed twice\n" << print(candidate);
    return still_fails(candidate);
  });
  EXPECT_TRUE(shrunk.is_minimal);
  EXPECT_TRUE(still_fails(shrunk.program));
  Program without;
  for (std::uint32_t i = 0; i < shrunk.program.ops.size(); ++i) {
    without_ops(shrunk.program, i, 1, without);
    EXPECT_FALSE(validate(without) && still_fails(without)) << "operation " << i << " is not needed\n" << print(shrunk.program);
  }
  return shrunk;
}

TEST(Minimize, KeepsTheTwoOperationsThatAreNeeded) {
  int found = 0;
  for (std::uint64_t seed = 1; found < 3; ++seed) {
    ASSERT_LT(seed, 20u) << "too few batches that read and write bytes";
    Program program = draw_program(seed, 2000);
    const auto mark = [&](std::uint32_t from, OpKind kind, std::uint64_t size) {
      for (std::uint32_t i = from; i < program.ops.size(); ++i) {
        Op& op = program.ops[i];
        if (op.kind != OpKind::kRead && op.kind != OpKind::kWrite) continue;
        op.kind = kind;
        op.size = size;
        if (kind == OpKind::kRead) op.data = Pattern{};
        return i;
      }
      return 0u;
    };
    if (mark(300, OpKind::kWrite, 12345) == 0) continue;
    const std::uint32_t failing = mark(1500, OpKind::kRead, 777);
    if (failing == 0) continue;
    ++found;
    ASSERT_TRUE(validate(program));
    const auto fails = [](const Program& candidate) {
      const auto first = std::ranges::find_if(candidate.ops, [](const Op& op) { return op.kind == OpKind::kWrite && op.size >= 12000; });
      return std::any_of(first, candidate.ops.end(),
                         [](const Op& op) { return op.kind == OpKind::kRead && op.size >= 700 && op.size < 800; });
    };
    const Shrunk shrunk = minimize_checked(program, failing, fails);
    ASSERT_EQ(shrunk.program.ops.size(), 2u) << print(shrunk.program);
    EXPECT_EQ(shrunk.program.ops[0].size, 12000u);
    EXPECT_EQ(shrunk.program.ops[1].size, 700u);
    EXPECT_EQ(shrunk.program.layouts.size(), 1u);
    EXPECT_EQ(shrunk.program.layouts[0].regions.size(), 1u);
    EXPECT_EQ(shrunk.program.seed, 1u);
  }
}

TEST(Minimize, FindsTheSmallestSize) {
  for (std::uint64_t seed = 1; seed < 40; ++seed) {
    const Program program = draw_program(seed, 3000);
    const auto is_long = [](const Op& op) { return info(op.kind).touches == Touches::kWrites && op.size >= 4097; };
    if (!has(program, is_long)) continue;
    const Shrunk shrunk = minimize_checked(program, last_of(program), [&](const Program& candidate) { return has(candidate, is_long); });
    ASSERT_EQ(shrunk.program.ops.size(), 1u);
    EXPECT_EQ(shrunk.program.ops[0].size, 4097u);
    EXPECT_EQ(shrunk.program.ops[0].at, (Address{.anchor = Anchor::kRegionStart, .index = 0, .delta = 0}));
    if (has_operand(shrunk.program.ops[0].kind, Operand::kData)) {
      EXPECT_EQ(shrunk.program.ops[0].data, Pattern{});
    }
  }
}

TEST(Minimize, KeepsASeam) {
  int found = 0;
  for (std::uint64_t seed = 1; seed < 60; ++seed) {
    const Program program = draw_program(seed, 1000);
    const auto fails = [](const Program& candidate) { return has(candidate, [&](const Op& op) { return crosses_seam(candidate, op); }); };
    if (!fails(program)) continue;
    ++found;
    const Shrunk shrunk = minimize_checked(program, last_of(program), fails);
    ASSERT_EQ(shrunk.program.ops.size(), 1u) << print(shrunk.program);
    EXPECT_EQ(shrunk.program.ops[0].size, 2u) << print(shrunk.program);
    EXPECT_EQ(shrunk.program.layouts[0].regions.size(), 2u) << print(shrunk.program);
    for (const Region& region : shrunk.program.layouts[0].regions) EXPECT_EQ(region.backing, Backing::kOwn);
  }
  EXPECT_GT(found, 10);
}

// What matters lies at the end of a long access: its front goes, although neither a smaller size nor a smaller distance alone would do.
TEST(Minimize, CutsTheFrontOfAnAccess) {
  Program program{
      .seed = 1, .adopts = false, .layouts = {Layout{{Region{.base = 0, .size = 4096}, Region{.base = 4096, .size = 4096}}}}, .ops = {}};
  Op& op = program.ops.emplace_back();
  op.kind = OpKind::kWrite;
  op.at = Address{.anchor = Anchor::kRegionStart, .index = 0, .delta = 1786};
  op.size = 2311;
  const auto fails = [](const Program& candidate) { return has(candidate, [&](const Op& each) { return crosses_seam(candidate, each); }); };
  EXPECT_EQ(minimize_checked(program, 0, fails).program.ops[0].size, 2u);
}

// A dense harvest needs a space, which needs its opening.
TEST(Minimize, KeepsTheOpeningOfASpaceThatIsNeeded) {
  int found = 0;
  for (std::uint64_t seed = 1; seed < 40; ++seed) {
    const Program program = draw_program(seed, 500);
    const auto is_dense = [](const Op& op) { return op.kind == OpKind::kHarvest && op.form == HarvestForm::kDense && op.space != 0; };
    if (!has(program, is_dense)) continue;
    ++found;
    const Shrunk shrunk = minimize_checked(program, last_of(program), [&](const Program& candidate) { return has(candidate, is_dense); });
    ASSERT_EQ(shrunk.program.ops.size(), 2u) << print(shrunk.program);
    EXPECT_NE(shrunk.program.ops[0].opens, 0) << print(shrunk.program);  // a map change opens one as well
    EXPECT_EQ(shrunk.program.ops[1].mode, HarvestMode::kBoth);
  }
  EXPECT_GT(found, 10);
}

TEST(Minimize, KeepsAListOfCallsWhereItIsNeeded) {
  int found = 0;
  for (std::uint64_t seed = 1; seed < 40; ++seed) {
    const Program program = draw_program(seed, 500);
    const auto fails = [](const Program& candidate) {
      bool in_scope = false;
      int writes = 0;
      for (const Op& op : candidate.ops) {
        if (op.kind == OpKind::kSubmitBegin) writes = 0;
        if (op.kind == OpKind::kSubmitBegin) in_scope = true;
        if (op.kind == OpKind::kSubmitEnd) in_scope = false;
        if (in_scope && op.kind == OpKind::kWrite && ++writes == 2) return true;
      }
      return false;
    };
    if (!fails(program)) continue;
    ++found;
    const Shrunk shrunk = minimize_checked(program, last_of(program), fails);
    ASSERT_EQ(shrunk.program.ops.size(), 4u) << print(shrunk.program);
  }
  EXPECT_GT(found, 5);
}

TEST(Minimize, KeepsTheRejectedLayoutAndOnlyWhatIsWrongWithIt) {
  int found = 0;
  for (std::uint64_t seed = 1; seed < 60; ++seed) {
    const Program program = draw_program(seed, 2000);
    const auto fails = [](const Program& candidate) {
      return has(candidate, [&](const Op& op) {
        if (op.kind != OpKind::kCreate) return false;
        const std::vector<Region>& regions = candidate.layouts[op.layout].regions;
        for (std::size_t i = 0; i < regions.size(); ++i) {
          for (std::size_t k = 0; k < regions.size(); ++k) {
            if (i != k && regions[i].size > 0 && regions[k].base - regions[i].base < regions[i].size && regions[k].size > 0) return true;
          }
        }
        return false;
      });
    };
    if (!fails(program)) continue;
    ++found;
    const Shrunk shrunk = minimize_checked(program, last_of(program), fails);
    ASSERT_EQ(shrunk.program.ops.size(), 1u) << print(shrunk.program);
    ASSERT_EQ(shrunk.program.layouts.size(), 2u) << print(shrunk.program);
    EXPECT_EQ(shrunk.program.layouts[1].regions.size(), 2u) << print(shrunk.program);
  }
  EXPECT_GT(found, 10);
}

TEST(Minimize, StopsWhenItsBudgetIsSpent) {
  const Program program = draw_program(1, 1000);
  const StillFails always = [](const Program&) { return true; };
  EXPECT_EQ(minimize(program, 0, always, {.runs = 3, .is_spent = {}}).runs, 3u);
  EXPECT_FALSE(minimize(program, 0, always, {.runs = 1, .is_spent = {}}).is_minimal);
  int asked = 0;
  EXPECT_EQ(minimize(program, 0, always, {.runs = 100, .is_spent = [&] { return ++asked > 5; }}).runs, 5u);
  const Program small = draw_program(1, 50);
  EXPECT_EQ(minimize(small, last_of(small), [](const Program&) { return false; }).program, small);
}

// The largest program that a flight recorder holds, with eight operations strewn over it; the run counts are asserted, time is printed.
TEST(Minimize, TakesFewRunsForALongProgram) {
  Program program = draw_program(7, 6500);
  std::uint32_t strewn = 0;
  for (std::uint32_t i = 100; i < program.ops.size() && strewn < 8; ++i) {
    Op& op = program.ops[i];
    if (op.kind != OpKind::kRead || op.space != 0) continue;
    op.size = 1000 + strewn++;
    i += 700;
  }
  ASSERT_EQ(strewn, 8u);
  const auto fails = [](const Program& candidate) {
    std::uint64_t next = 1000;
    for (const Op& op : candidate.ops) next += op.kind == OpKind::kRead && op.size == next && op.space == 0 ? 1 : 0;
    return next == 1008;
  };
  const auto start = std::chrono::steady_clock::now();
  const Shrunk shrunk = minimize(program, last_of(program), fails);
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
  fmt::print("6500 operations to {}: {} runs, {:.0f} ms of our own\n", shrunk.program.ops.size(), shrunk.runs, taken.count());
  EXPECT_EQ(shrunk.program.ops.size(), 8u);
  EXPECT_TRUE(shrunk.is_minimal);
  EXPECT_LT(shrunk.runs, 3000u);
}

TEST(WithoutOps, LeavesAValidProgram) {
  const auto profile = rich_profile();
  EXPECT_TRUE(rc::check("what is left after a removal is valid", [&] {
    const Program program = *arbitrary_program(profile, GeneratorSettings{.ops_per_program = 200});
    const auto first = *rc::gen::inRange<std::uint32_t>(0, static_cast<std::uint32_t>(program.ops.size()));
    const auto count = *rc::gen::inRange<std::uint32_t>(1, static_cast<std::uint32_t>(program.ops.size()) - first + 1);
    Program result;
    without_ops(program, first, count, result);
    const auto valid = validate(result);
    if (!valid) RC_FAIL(valid.error().text());
    RC_ASSERT(result.ops.size() < program.ops.size());
  }));
}

TEST(WithoutRegion, KeepsTheBytesThatAddressesName) {
  const auto profile = rich_profile();
  EXPECT_TRUE(rc::check("addresses of other regions and of the region that went name the same bytes", [&] {
    const Program program = *arbitrary_program(profile, GeneratorSettings{.ops_per_program = 60});
    const auto count = static_cast<std::uint32_t>(program.layouts[0].regions.size());
    RC_PRE(count > 1);
    const auto region = *rc::gen::inRange<std::uint32_t>(0, count);
    const bool keeps_bytes = *rc::gen::arbitrary<bool>();
    Program result;
    without_region(program, 0, region, keeps_bytes, result);
    const AddressMap before(program.layouts[0]);
    const AddressMap after(result.layouts[0]);
    for (std::size_t i = 0; i < program.ops.size(); ++i) {
      const Address& at = program.ops[i].at;
      const bool may_move = !keeps_bytes && (at.anchor == Anchor::kHole || at.anchor == Anchor::kLast);
      if (!may_move) RC_ASSERT(before.resolve(at) == after.resolve(result.ops[i].at));
    }
  }));
}

TEST(Hash, TellsEveryFieldApart) {
  const Program program = draw_program(3, 200);
  std::set<std::uint64_t> seen{hash(program)};
  std::size_t edits = 0;
  const auto note = [&](const Program& edited) {
    ++edits;
    seen.insert(hash(edited));
  };
  for (std::size_t i = 0; i < program.ops.size(); ++i) {
    Program edited = program;
    edited.ops[i].size += 1;
    note(edited);
    edited = program;
    edited.ops[i].at.delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(edited.ops[i].at.delta) - 1);  // deltas wrap
    note(edited);
    edited = program;
    edited.ops[i].at.index ^= 1;
    note(edited);
    edited = program;
    edited.ops[i].space ^= 1;
    note(edited);
    edited = program;
    edited.ops[i].data.byte ^= 1;
    note(edited);
    edited = program;
    edited.ops[i].mode = edited.ops[i].mode == HarvestMode::kBoth ? HarvestMode::kRead : HarvestMode::kBoth;
    note(edited);
  }
  Program edited = program;
  edited.seed += 1;
  note(edited);
  edited = program;
  edited.layouts[0].regions[0].file_offset += 4096;
  note(edited);
  EXPECT_EQ(seen.size(), edits + 1);
}

}  // namespace
}  // namespace gmc
