// SPDX-License-Identifier: Apache-2.0 OR MIT
// The executor over the naive memory, with one entry of its tables replaced by what a test needs.
#include "harness/runner/executor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "harness/backends/naive/naive.h"

namespace gmc {
namespace {

constexpr const char* kProfile = "reset=yes,backing=own+fd";

// The naive memory, whose read or write does what `misbehave` says after it has done its work.
struct Faulty {
  using AfterRead = void (*)(std::uint64_t address, void* buffer, std::uint64_t size);
  // True where the write is to be lost.
  using LosesWrite = bool (*)(std::uint64_t address);

  static inline AfterRead after_read = nullptr;
  static inline LosesWrite loses_write = nullptr;
  static inline const GmcAccessGroup* access = nullptr;

  static GmcOutcome read(GmcLane* lane, GmcSpace* space, std::uint64_t address, void* buffer, std::uint64_t size) {
    const GmcOutcome outcome = access->read(lane, space, address, buffer, size);
    if (after_read != nullptr && outcome.status == GMC_OK) after_read(address, buffer, size);
    return outcome;
  }
  static GmcOutcome write(GmcLane* lane, GmcSpace* space, std::uint64_t address, const void* buffer, std::uint64_t size) {
    if (loses_write != nullptr && loses_write(address)) return gmc_ok();
    return access->write(lane, space, address, buffer, size);
  }
  static const void* group(GmcBackend* backend, std::uint32_t id) {
    static GmcAccessGroup replaced;
    const void* const table = gmc_naive_plugin()->group(backend, id);
    if (id != GMC_GROUP_ACCESS) return table;
    access = static_cast<const GmcAccessGroup*>(table);
    replaced = *access;
    replaced.read = &read;
    replaced.write = &write;
    replaced.submit = nullptr;
    return &replaced;
  }
  static const GmcPlugin* plugin() {
    static GmcPlugin table = *gmc_naive_plugin();
    table.group = &group;
    return &table;
  }
};

class ExecutorTest : public testing::Test {
 protected:
  ExecutorTest() {
    auto opened = Backend::open(BackendSpec{.name = "faulty", .config = kProfile}, Faulty::plugin());
    GMC_CHECK(opened.has_value(), opened.error().text());
    backend_ = std::move(*opened);
  }
  void TearDown() override {
    Faulty::after_read = nullptr;
    Faulty::loses_write = nullptr;
  }

  // `count` writes of eight bytes each, one behind the other from the start of a region of 64 KiB.
  static Program writes(std::uint32_t count, Backing backing = Backing::kOwn) {
    Program program;
    program.seed = 7;
    program.layouts = {Layout{{Region{.base = 0x10000, .size = 0x10000, .backing = backing}}}};
    for (std::uint32_t i = 0; i < count; ++i) {
      Op op{.kind = OpKind::kWrite};
      op.at = {.anchor = Anchor::kRegionStart, .index = 0, .delta = static_cast<std::int64_t>(i) * 8};
      op.size = 8;
      program.ops.push_back(op);
    }
    return program;
  }

  std::unique_ptr<Backend> backend_;
};

TEST_F(ExecutorTest, AgreesWithWhatIsRight) {
  Executor executor(*backend_);
  EXPECT_FALSE(executor.run(writes(100), Compare::kEverything).has_value());
  EXPECT_FALSE(executor.run(writes(100), Compare::kAfterEach).has_value());
  EXPECT_FALSE(executor.finish().has_value());
  EXPECT_EQ(executor.statistics().operations, 200u);
}

// The program reads nothing: only the comparison does, and its buffer is as well guarded as those of the program.
TEST_F(ExecutorTest, ComparisonsReadBeyondItsBufferIsAViolation) {
  Faulty::after_read = [](std::uint64_t, void* buffer, std::uint64_t size) { static_cast<std::uint8_t*>(buffer)[size] = 0; };
  Executor executor(*backend_);
  const auto finding = executor.run(writes(1), Compare::kEverything);
  ASSERT_TRUE(finding.has_value());
  EXPECT_EQ(finding->clause, Clause::kRW3);
  EXPECT_EQ(finding->divergence.part, Part::kBeyondBuffer);
}

// What was written for another profile is nobody's fault, and is not put to the backend.
TEST_F(ExecutorTest, MemoryThatTheProfileForbidsIsSkippedWithTheReason) {
  Executor executor(*backend_);
  Program program = writes(1);
  program.layouts.front().regions.push_back(program.layouts.front().regions.front());  // overlaps
  const auto forbidden = executor.run(program, Compare::kTouched);
  ASSERT_TRUE(forbidden.has_value());
  EXPECT_EQ(forbidden->verdict, Verdict::kSkipped);
  EXPECT_EQ(forbidden->note, "under the backend's profile there is no such memory (GM-REG-001)");
  program = writes(1);
  program.adopts = true;
  const auto adopting = executor.run(program, Compare::kTouched);
  ASSERT_TRUE(adopting.has_value());
  EXPECT_EQ(adopting->verdict, Verdict::kSkipped);
  EXPECT_EQ(adopting->note, "it takes `memory adopt`, and the backend has no layout of its own");
}

TEST_F(ExecutorTest, OfALongProgramTheFirstWrongOperationIsBlamed) {
  Faulty::loses_write = [](std::uint64_t address) { return address >= 0x10000 + 8 * 237; };
  for (const Backing backing : {Backing::kOwn, Backing::kFile}) {
    Executor executor(*backend_);
    const Program program = writes(400, backing);
    const auto seen = executor.run(program, Compare::kEverything);
    ASSERT_TRUE(seen.has_value());
    const Blamed blamed = executor.blame(program, *seen);
    EXPECT_EQ(blamed.finding.op_index, 237u);
    EXPECT_EQ(blamed.finding.clause, Clause::kRW1);
    const auto decided = executor.decide(program);
    ASSERT_TRUE(decided.has_value());
    EXPECT_EQ(decided->op_index, 237u);
  }
}

Program list_of(Program program) {
  program.ops.insert(program.ops.begin(), {.kind = OpKind::kSubmitBegin});
  program.ops.push_back({.kind = OpKind::kSubmitEnd});
  return program;
}

// What one call of a list leaves behind is not the fault of the last one.
TEST_F(ExecutorTest, OfAListTheCallThatIsWrongIsBlamed) {
  Faulty::loses_write = [](std::uint64_t address) { return address == 0x10000 + 8 * 3; };
  Executor executor(*backend_);
  const Program program = list_of(writes(6));
  const auto seen = executor.run(program, Compare::kAfterEach);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->op_index, 4u);
  EXPECT_EQ(seen->clause, Clause::kRW1);
  const Blamed blamed = executor.blame(program, *seen);
  EXPECT_EQ(blamed.finding.op_index, 4u);
  EXPECT_TRUE(std::ranges::none_of(blamed.program.ops, [](const Op& op) { return op.kind == OpKind::kSubmitBegin; }));
}

// That another region shows the bytes as well makes them no others.
TEST_F(ExecutorTest, BytesThatTwoRegionsShowBelongToTheWriteThroughEither) {
  Faulty::loses_write = [](std::uint64_t address) { return address == 0x20000; };
  Program program = writes(1, Backing::kFile);
  program.layouts[0].regions.push_back({.base = 0x20000, .size = 0x10000, .backing = Backing::kFile});
  program.ops[0].at.index = 1;
  Executor executor(*backend_);
  const auto finding = executor.run(program, Compare::kAfterEach);
  ASSERT_TRUE(finding.has_value());
  EXPECT_EQ(finding->clause, Clause::kRW1);
}

// Wrong after operation 20 alone: the next one writes the same bytes, and the whole program leaves nothing to be seen.
TEST_F(ExecutorTest, WhatALaterOperationWipesOutIsSeenByComparingAfterEach) {
  static int calls = 0;
  calls = 0;
  Faulty::loses_write = [](std::uint64_t) { return ++calls == 21; };
  Program program = writes(60);
  program.ops[21] = program.ops[20];
  Executor executor(*backend_);
  EXPECT_FALSE(executor.run(program, Compare::kEverything).has_value());
  calls = 0;
  const auto finding = executor.run(program, Compare::kAfterEach);
  ASSERT_TRUE(finding.has_value());
  EXPECT_EQ(finding->op_index, 20u);
}

TEST_F(ExecutorTest, ResetThatIsNotOfferedChangesNothing) {
  const auto opened = Backend::open(BackendSpec{.name = "naive", .config = "backing=fd"}, gmc_naive_plugin());
  ASSERT_TRUE(opened.has_value()) << opened.error().text();
  Executor executor(**opened);
  Program program = writes(3, Backing::kFile);
  program.ops.push_back(Op{.kind = OpKind::kReset});
  const auto finding = executor.run(program, Compare::kEverything);
  EXPECT_FALSE(finding.has_value()) << finding->expected << " / " << finding->got;
}

TEST_F(ExecutorTest, AMemoryIsUsedAgainAsIfItWereNew) {
  Executor executor(*backend_);
  for (const Backing backing : {Backing::kOwn, Backing::kFile}) {
    const Program program = writes(50, backing);
    for (int time = 0; time < 3; ++time) EXPECT_FALSE(executor.run(program, Compare::kEverything).has_value());
  }
}

// The naive memory, which declines from a certain call on what it has to take.
struct Declining {
  static constexpr GmcOutcome kDeclined{.status = GMC_UNSUPPORTED, .flags = 0, .native = 0, .count = 0, .address = 0, .value = 0};
  static inline unsigned arms_left = 0;
  static inline unsigned closes_left = 0;
  static inline unsigned destroys_left = 0;
  static inline GmcControlGroup control;
  static inline GmcSpaceGroup space;
  static inline GmcMemoryGroup memory;

  static GmcOutcome arm(GmcLane* lane, GmcSpace* root, std::uint32_t fault, std::uint64_t nth) {
    const auto* const real = static_cast<const GmcControlGroup*>(gmc_naive_plugin()->group(nullptr, GMC_GROUP_CONTROL));
    return arms_left-- == 0 ? kDeclined : real->arm(lane, root, fault, nth);
  }
  static GmcOutcome close(GmcLane* lane, GmcSpace* closed) {
    const auto* const real = static_cast<const GmcSpaceGroup*>(gmc_naive_plugin()->group(nullptr, GMC_GROUP_SPACE));
    const GmcOutcome outcome = real->close(lane, closed);
    return closes_left-- == 0 ? kDeclined : outcome;
  }
  static GmcOutcome destroy(GmcLane* lane, GmcSpace* root) {
    const auto* const real = static_cast<const GmcMemoryGroup*>(gmc_naive_plugin()->group(nullptr, GMC_GROUP_MEMORY));
    const GmcOutcome outcome = real->destroy(lane, root);
    return destroys_left-- == 0 ? kDeclined : outcome;
  }
  static const void* group(GmcBackend* backend, std::uint32_t id) {
    const void* const table = gmc_naive_plugin()->group(backend, id);
    if (id == GMC_GROUP_CONTROL) {
      control = *static_cast<const GmcControlGroup*>(table);
      control.arm = &arm;
      return &control;
    }
    if (id == GMC_GROUP_SPACE) {
      space = *static_cast<const GmcSpaceGroup*>(table);
      space.close = &close;
      return &space;
    }
    if (id != GMC_GROUP_MEMORY) return table;
    memory = *static_cast<const GmcMemoryGroup*>(table);
    memory.destroy = &destroy;
    return &memory;
  }
};

class WhereCallsAreDeclined : public ExecutorTest {
 protected:
  WhereCallsAreDeclined() {
    static GmcPlugin table = *gmc_naive_plugin();
    table.group = &Declining::group;
    auto opened = Backend::open(
        BackendSpec{.name = "declining", .config = "reset=yes,backing=own+space,fault_sites=access,map_mutation=in_place"}, &table);
    GMC_CHECK(opened.has_value(), opened.error().text());
    backend_ = std::move(*opened);
    Declining::arms_left = Declining::closes_left = Declining::destroys_left = 100;
  }
  static Op open_region(std::uint8_t slot) {
    Op op{.kind = OpKind::kOpenRegion, .opens = slot};
    op.at = {.anchor = Anchor::kRegionStart, .index = 0, .delta = 0};
    return op;
  }
};

TEST_F(WhereCallsAreDeclined, ArmingWhatIsOfferedIsNot) {
  Program program = writes(1);
  program.ops[0].fail_nth = 2;
  for (const unsigned armed : {0u, 1u}) {  // arming, and disarming
    Executor executor(*backend_);
    Declining::arms_left = armed;
    const auto finding = executor.run(program, Compare::kEverything);
    ASSERT_TRUE(finding.has_value()) << armed;
    EXPECT_EQ(finding->clause, Clause::kINV5);
    EXPECT_EQ(finding->op, OpKind::kArm);
  }
  Declining::arms_left = 100;
  Executor executor(*backend_);
  EXPECT_FALSE(executor.run(program, Compare::kEverything).has_value());
}

TEST_F(WhereCallsAreDeclined, ClosingWhatAProgramLeftOpenIsNot) {
  Program program = writes(1);
  program.ops.push_back(open_region(1));
  for (const unsigned closed : {0u, 100u}) {
    Executor executor(*backend_);
    Declining::closes_left = closed;
    ASSERT_FALSE(executor.run(program, Compare::kEverything).has_value());
    const auto finding = executor.finish();
    ASSERT_EQ(finding.has_value(), closed == 0);
    if (finding) {
      EXPECT_EQ(finding->op, OpKind::kClose);
    }
  }
}

TEST_F(WhereCallsAreDeclined, DestroyingTheMemoryThatIsLeftIsNot) {
  Program program = writes(1);
  program.ops.push_back(open_region(1));
  Op other{.kind = OpKind::kOpenMemory, .other = 1, .opens = 2};
  other.at = {.anchor = Anchor::kRegionStart, .index = 0, .delta = 0};
  other.size = 0x10000;
  program.ops.push_back(other);
  program.ops.push_back(Op{.kind = OpKind::kDestroy});
  for (const unsigned destroyed : {1u, 100u}) {  // the first one is the program's own
    Executor executor(*backend_);
    Declining::destroys_left = destroyed;
    ASSERT_FALSE(executor.run(program, Compare::kEverything).has_value());
    const auto finding = executor.finish();
    ASSERT_EQ(finding.has_value(), destroyed == 1);
    if (finding) {
      EXPECT_EQ(finding->clause, Clause::kMAP10);
    }
  }
}

// The naive memory, whose lists and harvests write into an array that is too small before they decline it.
struct Scribbling {
  static inline GmcMemoryGroup memory;
  static inline GmcDirtyGroup dirty;
  static inline bool scribbles = true;

  template <typename T>
  static void scribble(const GmcOutcome& outcome, T* array, std::uint64_t room) {
    if (scribbles && outcome.status == GMC_INVALID_ARGUMENT && room > 0) std::memset(array, 0, sizeof *array);
  }
  static GmcOutcome regions(GmcLane* lane, GmcSpace* root, GmcRegionInfo* regions, std::uint64_t room) {
    const auto* const real = static_cast<const GmcMemoryGroup*>(gmc_naive_plugin()->group(nullptr, GMC_GROUP_MEMORY));
    const GmcOutcome outcome = real->regions(lane, root, regions, room);
    scribble(outcome, regions, room);
    return outcome;
  }
  static GmcOutcome harvest(GmcLane* lane, GmcSpace* space, std::uint32_t flags, GmcDirtyWord* words, std::uint64_t room) {
    const auto* const real = static_cast<const GmcDirtyGroup*>(gmc_naive_plugin()->group(nullptr, GMC_GROUP_DIRTY));
    const GmcOutcome outcome = real->harvest_sparse(lane, space, flags, words, room);
    scribble(outcome, words, room);
    return outcome;
  }
  static const void* group(GmcBackend* backend, std::uint32_t id) {
    const void* const table = gmc_naive_plugin()->group(backend, id);
    if (id == GMC_GROUP_MEMORY) {
      memory = *static_cast<const GmcMemoryGroup*>(table);
      memory.regions = &regions;
      return &memory;
    }
    if (id != GMC_GROUP_DIRTY) return table;
    dirty = *static_cast<const GmcDirtyGroup*>(table);
    dirty.harvest_sparse = &harvest;
    return &dirty;
  }
};

TEST(WhereThereIsTooLittleRoom, WhatIsDeclinedWritesNothing) {
  static GmcPlugin table = *gmc_naive_plugin();
  table.group = &Scribbling::group;
  auto backend = Backend::open(
      BackendSpec{.name = "scribbling", .config = "region_api=list,dirty_source=host_api,harvest=read+clear+both,dirty_granule=4096"},
      &table);
  ASSERT_TRUE(backend.has_value()) << backend.error().text();
  Program program;
  program.layouts = {Layout{{Region{.base = 0, .size = 0x100000}, Region{.base = 0x200000, .size = 0x100000}}}};
  for (const std::uint8_t region : {std::uint8_t{0}, std::uint8_t{1}}) {  // a word of each is dirty
    Op write{.kind = OpKind::kWrite};
    write.at = {.anchor = Anchor::kRegionStart, .index = region, .delta = 0};
    write.size = 8;
    program.ops.push_back(write);
  }
  for (const auto& [kind, clause] : {std::pair{OpKind::kRegions, Clause::kREG8}, {OpKind::kHarvest, Clause::kDIRTY11}}) {
    program.ops.resize(2);
    program.ops.push_back(Op{.kind = kind, .form = HarvestForm::kSparse});
    for (const bool scribbles : {true, false}) {
      Scribbling::scribbles = scribbles;
      unsigned found = 0;
      // One program of four tries it, by its seed.
      for (program.seed = 1; program.seed <= 32; ++program.seed) {
        Executor executor(**backend);
        const auto finding = executor.run(program, Compare::kTouched);
        if (!finding) continue;
        ++found;
        EXPECT_EQ(finding->clause, clause);
        EXPECT_EQ(finding->divergence.part, Part::kBeyondBuffer);
        EXPECT_EQ(finding->got, "invalid_argument, and wrote");
      }
      EXPECT_EQ(found > 0, scribbles) << info(kind).text;
    }
  }
}

}  // namespace
}  // namespace gmc
