// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/coverage_cell.h"

#include <gtest/gtest.h>

#include <ostream>
#include <set>
#include <string>

#include "harness/base/check.h"
#include "harness/base/random.h"
#include "harness/program/text.h"

namespace gmc {
namespace {

// Two regions that touch, a hole, and one that is read-only.
constexpr std::string_view kMemory =
    "gmp 1\nmemory {\n  region 0x1000 0x2000 own\n  region 0x3000 0x1000 host\n  region 0x8000 0x1000 own ro\n}\n";

// The cell of the last operation of `ops`, each of which is answered as the first alternative says.
std::string cell_after(const std::string& ops) {
  const auto document = read_program(std::string(kMemory) + ops, "test");
  GMC_CHECK(document.has_value(), document.error().text());
  const Program& program = document->program;
  const auto profile = Profile::parse(
      "backing = own host_pointer\npermissions = region_ro\ncross_region = span\nrange_fail_effect = prefix\nreports_count = yes\npartial "
      "= yes\n"
      "dirty_source = host_api\ndirty_enable = explicit\nharvest = both\ndirty_bitmap_api = yes\n",
      "test");
  GMC_CHECK(profile.has_value(), profile.error().text());
  Reference reference(*profile);
  reference.create(program.layouts.front());
  Expectation expectation;
  std::string text;
  for (const Op& op : program.ops) {
    reference.predict(program, op, expectation);
    Answer answer;
    std::uint16_t status = 0;
    while ((expectation.alternatives[0].statuses >> status & 1) == 0) ++status;
    answer.outcome.status = status;
    answer.outcome.flags = GMC_HAS_COUNT;
    answer.outcome.count = expectation.alternatives[0].count;
    std::vector<std::uint8_t> bytes(op.size);
    fill_pattern(op.data, program.seed, 0, {}, bytes);
    answer.bytes = bytes;
    text = text_of(coverage_cell_of(reference, expectation, answer.outcome));
    Evidence evidence;
    if (&op != &program.ops.back()) reference.commit(program, expectation, Judgement{}, answer, evidence);
  }
  return text;
}

struct Lie {
  const char* op;
  const char* cell;
};

void PrintTo(const Lie& lie, std::ostream* out) { *out << lie.op; }

class CoverageCellOf : public testing::TestWithParam<Lie> {};

TEST_P(CoverageCellOf, Access) { EXPECT_EQ(cell_after(GetParam().op + std::string("\n")), GetParam().cell); }

INSTANTIATE_TEST_SUITE_P(
    , CoverageCellOf,
    testing::Values(
        Lie{"read m 0x1800 8",
            "read width=8 alignment=8 page_edge=inside region_edge=inside backing=own space=root permission=writable outcome=ok "
            "dirty=not_written"},
        Lie{"read m 0x1001 3",
            "read width=other_to_8 alignment=1 page_edge=inside region_edge=inside backing=own space=root permission=writable outcome=ok "
            "dirty=not_written"},
        Lie{"read m 0x2ffe 4",
            "read width=4 alignment=2 page_edge=across region_edge=across backing=own space=root permission=writable outcome=ok "
            "dirty=not_written"},
        Lie{"read m 0x3000 0x1000",
            "read width=page alignment=8 page_edge=from_start region_edge=whole backing=host space=root permission=writable outcome=ok "
            "dirty=not_written"},
        Lie{"read m 0x3ffc 4",
            "read width=4 alignment=4 page_edge=to_end region_edge=to_end backing=host space=root permission=writable outcome=ok "
            "dirty=not_written"},
        Lie{"read m 0x3ffe 4",
            "read width=4 alignment=2 page_edge=across region_edge=out_of backing=host space=root permission=writable "
            "outcome=in_part dirty=not_written"},
        Lie{"read_partial m 0x3ffe 4",
            "read_partial width=4 alignment=2 page_edge=across region_edge=out_of backing=host space=root permission=writable "
            "outcome=in_part dirty=not_written"},
        Lie{"read m 0x7000 4",
            "read width=4 alignment=8 page_edge=from_start region_edge=outside backing=none space=root permission=writable "
            "outcome=out_of_range dirty=not_written"},
        Lie{"write m 0x8000 4 byte 0",
            "write width=4 alignment=8 page_edge=from_start region_edge=from_start backing=own space=root permission=read_only "
            "outcome=denied dirty=untracked"}));

TEST(CoverageCell, SaysWhetherWhatIsWrittenWasDirty) {
  EXPECT_NE(cell_after("write m 0x1000 4 byte 0\n").find("dirty=untracked"), std::string::npos);
  EXPECT_NE(cell_after("track m on\nwrite m 0x1000 4 byte 0\n").find("dirty=clean"), std::string::npos);
  EXPECT_NE(cell_after("track m on\nwrite m 0x1000 4 byte 0\nwrite m 0x1008 4 byte 0\n").find("dirty=dirty"), std::string::npos);
}

TEST(CoverageCell, MapChangesLieNowhere) {
  EXPECT_EQ(cell_after("reset\n"),
            "reset width=0 alignment=8 page_edge=inside region_edge=inside backing=none space=root permission=writable outcome=unsupported "
            "dirty=not_written");
}

TEST(CoverageCell, NumbersAreOneForEachCell) {
  Random random(3);
  for (int i = 0; i < 1000; ++i) {
    CoverageCell cell;
    for (std::size_t axis = 0; axis < kAxisCount; ++axis) cell.at[axis] = static_cast<std::uint8_t>(random.below(kAxisSizes[axis]));
    EXPECT_EQ(cell_of_number(number_of(cell)), cell);
  }
}

TEST(CoverageCell, PairsHaveNumbersOfTheirOwn) {
  CoverageCell lowest, highest;
  for (std::size_t axis = 0; axis < kAxisCount; ++axis) highest.at[axis] = static_cast<std::uint8_t>(kAxisSizes[axis] - 1);
  std::set<std::uint32_t> of_lowest, of_highest;
  for_each_pair(lowest, [&](std::uint32_t pair) { of_lowest.insert(pair); });
  for_each_pair(highest, [&](std::uint32_t pair) { of_highest.insert(pair); });
  EXPECT_EQ(of_lowest.size(), kAxisCount * (kAxisCount - 1) / 2);
  EXPECT_EQ(of_highest.size(), of_lowest.size());
  EXPECT_EQ(*of_lowest.begin(), 0u);
  EXPECT_EQ(*of_highest.rbegin(), kAxisPairs - 1);
  for (const std::uint32_t pair : of_highest) EXPECT_FALSE(of_lowest.contains(pair));
}

}  // namespace
}  // namespace gmc
