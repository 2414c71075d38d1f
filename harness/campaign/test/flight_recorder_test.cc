// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/flight_recorder.h"

#include <gtest/gtest.h>

#include <cstring>

#include "harness/base/random.h"
#include "harness/generate/generator.h"

namespace gmc {
namespace {

std::unique_ptr<FlightRecorder> recorder() { return *FlightRecorder::make(); }

Program some_program(std::uint64_t seed) {
  Generator generator(Profile{}, GeneratorSettings{});
  generator.begin(seed);
  Program program;
  generator.next(program);
  return program;
}

TEST(FlightRecorder, ReadsWhatWasWritten) {
  const auto written = recorder();
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Program program = some_program(seed);
    written->write(program, 3, seed, true);
    const auto read = written->program();
    ASSERT_TRUE(read.has_value()) << seed;
    EXPECT_EQ(*read, program);
    EXPECT_EQ(written->record().number.load(), seed);
  }
}

TEST(FlightRecorder, TheOtherSideSeesIt) {
  const auto worker = recorder();
  const auto supervisor = *FlightRecorder::map(worker->descriptor());
  const Program program = some_program(1);
  worker->write(program, 0, 0, true);
  worker->enter(Phase::kDestroy);
  EXPECT_EQ(supervisor->program(), program);
  EXPECT_EQ(supervisor->phase(), Phase::kDestroy);
}

TEST(FlightRecorder, KeepsLayoutsThatDidNotChange) {
  const auto written = recorder();
  Program program = some_program(1);
  written->write(program, 0, 0, true);
  program.ops.pop_back();
  program.seed = 77;
  written->write(program, 0, 1, false);
  if (validate(program)) {
    EXPECT_EQ(written->program(), program);
  } else {
    EXPECT_FALSE(written->program().has_value());
  }
}

TEST(FlightRecorder, ABackTraceIsReadWhateverItHolds) {
  const auto written = recorder();
  EXPECT_TRUE(written->back_trace().empty());
  FlightRecord& record = written->record();
  std::strcpy(record.frames[0].module.data(), "libx.so");
  record.frames[0].offset = 0x12ab;
  std::strcpy(record.frames[0].symbol.data(), "a_function");
  record.frames[0].symbol_offset = 0x1b;
  record.frames[1].offset = 0x10;
  record.frame_count = 2;
  EXPECT_EQ(written->back_trace(), (std::vector<std::string>{"libx.so+0x12ab  a_function+0x1b", "0x10"}));
  // A plugin may have written over it.
  std::memset(record.frames.data(), 0x1b, sizeof record.frames);
  record.frame_count = UINT32_MAX;
  const auto lines = written->back_trace();
  ASSERT_EQ(lines.size(), FlightRecord::kFramesMax);
  EXPECT_EQ(lines[3].find_first_not_of("?"), record.frames[0].module.size()) << lines[3];
}

TEST(FlightRecorder, AProgramHalfWrittenIsNone) {
  const auto written = recorder();
  written->write(some_program(1), 0, 0, true);
  written->record().is_torn.store(1);
  EXPECT_FALSE(written->program().has_value());
}

TEST(FlightRecorder, CountsArriveAndNonsenseDoesNot) {
  const auto written = recorder();
  RunStatistics statistics{.programs = 7, .operations = 90, .inside = 50, .skipped = 1, .by_kind = {}};
  Evidence evidence;
  evidence.add(Clause::kRW1, 5);
  written->write_counts(statistics, evidence);
  RunStatistics read;
  Evidence checked;
  written->read_counts(read, checked);
  EXPECT_EQ(read.programs, 7u);
  EXPECT_EQ(read.operations, 90u);
  EXPECT_EQ(checked.of(Clause::kRW1), 5u);
  written->record().counters[5].store(UINT64_MAX);
  written->read_counts(read, checked);
  EXPECT_EQ(read.programs, 0u);
  EXPECT_EQ(checked.of(Clause::kRW1), 0u);
}

TEST(FlightRecorder, ProgressChangesWithEachProgramAndOperation) {
  const auto written = recorder();
  const auto before = written->progress();
  written->write(some_program(1), 0, 0, true);
  const auto between = written->progress();
  EXPECT_NE(before, between);
  written->record().op_index.store(3);
  EXPECT_NE(between, written->progress());
}

// A plugin that writes anywhere may write here. What is then read is none, or a valid program.
TEST(FlightRecorder, OutlivesArbitraryBytes) {
  const auto written = recorder();
  Random random(1);
  std::uint64_t read_count = 0;
  for (int round = 0; round < 20000; ++round) {
    written->write(some_program(1), 0, 0, true);
    auto* bytes = reinterpret_cast<unsigned char*>(&written->record());
    const std::uint32_t hits = 1 + random.below(8);
    for (std::uint32_t i = 0; i < hits; ++i) {
      // Mostly where something stands: the header, the first regions, the first operations.
      const std::uint32_t starts[] = {0, offsetof(FlightRecord, seed), offsetof(FlightRecord, regions), offsetof(FlightRecord, ops)};
      bytes[starts[random.below(4)] + random.below(4096)] = static_cast<unsigned char>(random.next());
    }
    EXPECT_LT(static_cast<std::uint32_t>(written->phase()), kPhaseCount);
    if (const auto program = written->program()) {
      ++read_count;
      ASSERT_TRUE(validate(*program).has_value());
    }
  }
  EXPECT_GT(read_count, 0u);
  EXPECT_LT(read_count, 20000u);
}

}  // namespace
}  // namespace gmc
