// SPDX-License-Identifier: Apache-2.0 OR MIT
// Programs that no text can hold; what a text can hold wrong is in corpora/malformed.
#include <gtest/gtest.h>

#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "harness/program/arbitrary_program.h"
#include "harness/program/program.h"

namespace gmc {
namespace {

Program program_of(std::vector<Op> ops) {
  Program program;
  program.layouts.push_back(Layout{{Region{.base = 0x1000, .size = 0x1000}}});
  program.ops = std::move(ops);
  return program;
}

std::string error_of(const Program& program) {
  const auto result = validate(program);
  return result ? "valid" : result.error().text();
}

TEST(Validate, FieldsThatAnOperationDoesNotUseKeepTheirInitialValues) {
  // Every field, set in an operation that uses none of them.
  const std::function<void(Op&)> kTouches[] = {
      [](Op& op) { op.space = 1; },
      [](Op& op) { op.other = 1; },
      [](Op& op) { op.opens = 1; },
      [](Op& op) { op.on = true; },
      [](Op& op) { op.form = HarvestForm::kSparse; },
      [](Op& op) { op.mode = HarvestMode::kRead; },
      [](Op& op) { op.layout = 1; },
      [](Op& op) { op.rights = 1; },
      [](Op& op) { op.order = 1; },
      [](Op& op) { op.failure_order = 1; },
      [](Op& op) { op.lane_kind = 1; },
      [](Op& op) { op.fault = 1; },
      [](Op& op) { op.data.kind = PatternKind::kSame; },
      [](Op& op) { op.expected.byte = 1; },
      [](Op& op) { op.at.delta = 1; },
      [](Op& op) { op.at2.anchor = Anchor::kTop; },
      [](Op& op) { op.size = 1; },
      [](Op& op) { op.count = 1; },
  };
  EXPECT_EQ(error_of(program_of({Op{.kind = OpKind::kReset}})), "valid");
  for (std::size_t i = 0; i < std::size(kTouches); ++i) {
    Op op{.kind = OpKind::kReset};
    kTouches[i](op);
    EXPECT_EQ(error_of(program_of({op})), "op 0: a field that 'reset' does not use is set") << "field " << i;
  }
}

TEST(Validate, PatternsUseTheirFieldsAlone) {
  Op op{.kind = OpKind::kWrite};
  op.data.byte = 1;
  EXPECT_EQ(error_of(program_of({op})), "op 0: a field that its pattern does not use is set");
  op.data = Pattern{.kind = PatternKind::kImmediate};
  EXPECT_EQ(error_of(program_of({op})), "op 0: an immediate has 1 to 16 bytes, not 0");
  op.data.immediate_size = 17;
  EXPECT_EQ(error_of(program_of({op})), "op 0: an immediate has 1 to 16 bytes, not 17");
  op.data.immediate_size = 1;
  op.data.immediate[1] = 1;
  EXPECT_EQ(error_of(program_of({op})), "op 0: a field that its pattern does not use is set");
  op.data = Pattern{.kind = static_cast<PatternKind>(9)};
  EXPECT_EQ(error_of(program_of({op})), "op 0: a pattern of an unknown kind");
}

TEST(Validate, TheByteOfAFillIsAPatternOfThatByte) {
  Op op{.kind = OpKind::kFill};
  op.data.byte = 7;
  EXPECT_EQ(error_of(program_of({op})), "op 0: a field that 'fill' does not use is set") << "kind is kUnique";
  op.data.kind = PatternKind::kByte;
  EXPECT_EQ(error_of(program_of({op})), "valid");
}

TEST(Validate, EnumeratorsAndIndicesAreInRange) {
  Op read{.kind = OpKind::kRead};
  read.at = Address{.anchor = Anchor::kTop, .index = 1};
  EXPECT_EQ(error_of(program_of({read})), "op 0: an index with an anchor that has none");
  read.at = Address{.anchor = static_cast<Anchor>(9)};
  EXPECT_EQ(error_of(program_of({read})), "op 0: an address with an unknown anchor");
  read = Op{.kind = OpKind::kRead, .space = 16};
  EXPECT_EQ(error_of(program_of({read})), "op 0: slot s16; the slots are s1 to s15");
  EXPECT_EQ(error_of(program_of({Op{.kind = static_cast<OpKind>(200)}})), "op 0: an operation of an unknown kind");
  EXPECT_EQ(error_of(program_of({Op{.kind = OpKind::kOpenRegion}})), "op 0: slot s0; the slots are s1 to s15");
  EXPECT_EQ(error_of(program_of({Op{.kind = OpKind::kHarvest, .form = static_cast<HarvestForm>(2)}})), "op 0: an unknown form of harvest");
  EXPECT_EQ(error_of(program_of({Op{.kind = OpKind::kHarvest, .mode = static_cast<HarvestMode>(0)}})), "op 0: an unknown mode of harvest");
  EXPECT_EQ(error_of(program_of({Op{.kind = OpKind::kCheckRange, .rights = 4}})), "op 0: rights 4; they are r, w or rw");
}

TEST(Validate, ScopesAreClosed) {
  EXPECT_EQ(error_of(program_of({Op{.kind = OpKind::kReset}, Op{.kind = OpKind::kSubmitBegin}})),
            "op 1: the scope 'submit {' is not closed");
  EXPECT_EQ(error_of(program_of({Op{.kind = OpKind::kSubmitEnd}})), "op 0: '}' without a scope");
}

TEST(Validate, CountsAreLimited) {
  EXPECT_EQ(error_of(Program{}), "program: it has no memory: layouts[0] is missing");
  Program program = program_of(std::vector<Op>(kOpsMax, Op{.kind = OpKind::kReset}));
  EXPECT_EQ(error_of(program), "valid");
  program.ops.push_back(Op{.kind = OpKind::kReset});
  EXPECT_EQ(error_of(program), "op 8192: one of 8193 operations; at most 8192 are allowed");
  program = program_of({});
  program.layouts.resize(kLayoutsMax);
  EXPECT_EQ(error_of(program), "valid");
  program.layouts.resize(kLayoutsMax + 1);
  EXPECT_EQ(error_of(program), "layout 8: one of 9 layouts; at most 8 are allowed");
  program.layouts.resize(2);
  program.layouts[1].regions.resize(kRegionsMax + 1);
  EXPECT_EQ(error_of(program), "layout 1: 65 entries; at most 64 are allowed");
}

TEST(Validate, RegionsUseTheirFieldsAlone) {
  const struct {
    Region region;
    const char* error;
  } kCases[] = {
      {{.base = 0, .size = 1, .backing = static_cast<Backing>(7)}, "layout 0: entry 0: an unknown backing"},
      {{.base = 0, .size = 1, .backing = Backing::kHost, .is_window = true}, "layout 0: entry 0: a window has neither backing nor rights"},
      {{.base = 0, .size = 1, .is_window = true, .is_read_only = true}, "layout 0: entry 0: a window has neither backing nor rights"},
      {{.base = 0, .size = 1, .file = 1}, "layout 0: entry 0: a file with a backing that is none"},
      {{.base = 0, .size = 1, .file_offset = 1}, "layout 0: entry 0: a file with a backing that is none"},
      {{.base = 0, .size = 1, .backing = Backing::kFile, .file = 4}, "layout 0: entry 0: file f4; the files are f0 to f3"},
  };
  for (const auto& [region, error] : kCases) {
    Program program;
    program.layouts = {Layout{{region}}};
    EXPECT_EQ(error_of(program), error);
  }
}

TEST(Validate, AnAdoptedMemoryHasNoEntries) {
  Program program = program_of({});
  program.adopts = true;
  EXPECT_EQ(error_of(program), "layout 0: an adopted memory has no entries of its own");
  program.layouts[0].regions.clear();
  EXPECT_EQ(error_of(program), "valid");
}

TEST(Validate, OnlyTheMemoryHasToBeLegal) {
  Program program = program_of({});
  const Region region{.base = UINT64_MAX, .size = 2};
  program.layouts.push_back(Layout{{region, region}});
  EXPECT_EQ(error_of(program), "valid");
  // A region may lie in a window, and one may end at 2^64.
  program.layouts[0].regions.push_back(Region{.base = 0, .size = 0x10000, .is_window = true});
  program.layouts[0].regions.push_back(Region{.base = UINT64_MAX, .size = 1});
  EXPECT_EQ(error_of(program), "valid");
  program.layouts[0].regions.push_back(Region{.base = 0xffff, .size = 1, .is_window = true});
  EXPECT_EQ(error_of(program), "layout 0: entries 1 and 3 overlap");
}

TEST(Validate, NoRegionLiesAcrossTheEdgeOfAWindow) {
  const Region window{.base = 0x1000, .size = 0x2000, .is_window = true};
  for (const Region& region : {Region{.base = 0xfff, .size = 2}, Region{.base = 0x2fff, .size = 2}, Region{.base = 0, .size = 0x4000}}) {
    Program program = program_of({});
    program.layouts[0].regions = {region, window};
    EXPECT_EQ(error_of(program), "layout 0: entries 0 and 1: a region across a window's edge") << region.base;
  }
  for (const Region& region :
       {Region{.base = 0xfff, .size = 1}, Region{.base = 0x3000, .size = 2}, Region{.base = 0x1000, .size = 0x2000}}) {
    Program program = program_of({});
    program.layouts[0].regions = {window, region};
    EXPECT_EQ(error_of(program), "valid") << region.base;
  }
}

TEST(Validate, ASlotThatAResetClosedCanBeOpenedAgain) {
  const Op open{.kind = OpKind::kOpenRegion, .opens = 1};
  EXPECT_EQ(error_of(program_of({open, Op{.kind = OpKind::kReset}, open, Op{.kind = OpKind::kRead, .space = 1}})), "valid");
  EXPECT_EQ(error_of(program_of({open, Op{.kind = OpKind::kClose, .space = 1}, open})), "valid");
}

RC_GTEST_PROP(Validate, AcceptsArbitraryPrograms, ()) {
  const Program program = *arbitrary_program();
  const auto result = validate(program);
  if (!result) RC_LOG() << result.error().text();
  RC_ASSERT(result.has_value());
}

}  // namespace
}  // namespace gmc
