// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/coverage_report.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gmc {
namespace {

std::uint32_t number(OpKind kind, std::uint8_t width, std::uint8_t outcome) {
  CoverageCell cell;
  cell.at[static_cast<std::size_t>(Axis::kOperation)] = static_cast<std::uint8_t>(kind);
  cell.at[static_cast<std::size_t>(Axis::kWidth)] = width;
  cell.at[static_cast<std::size_t>(Axis::kOutcome)] = outcome;
  return number_of(cell);
}

const std::vector<std::uint32_t> kReachable = {number(OpKind::kRead, 1, 0), number(OpKind::kRead, 2, 0), number(OpKind::kRead, 1, 3),
                                               number(OpKind::kWrite, 1, 0), number(OpKind::kWrite, 1, 4)};

TEST(CoverageReport, CountsCellsAndSituations) {
  const std::vector<std::uint32_t> met = {number(OpKind::kRead, 2, 0), number(OpKind::kWrite, 1, 0)};
  const CoverageReport report = coverage_report(kReachable, met);
  EXPECT_EQ(report.met, 2u);
  EXPECT_EQ(report.reachable, 5u);
  EXPECT_EQ(report.beyond, 0u);
  EXPECT_EQ(report.situations.size(), 4u);
  EXPECT_EQ(report.situations_met(), 2u);
  EXPECT_EQ(text_of(report, 1),
            "coverage: 2 of 5 reachable cells (40.0 %), in 2 of 4 situations (50.0 %)\n"
            "  not met: read space=root region_edge=inside permission=writable outcome=out_of_range\n"
            "  not met: 1 more\n");
  EXPECT_EQ(text_of(report, 0).find("not met"), std::string::npos);
}

TEST(CoverageReport, SaysWhereGmcheckIsMistaken) {
  const std::vector<std::uint32_t> met = {number(OpKind::kRead, 8, 0)};
  const CoverageReport report = coverage_report(kReachable, met);
  EXPECT_EQ(report.met, 0u);
  EXPECT_EQ(report.beyond, 1u);
  EXPECT_NE(text_of(report, 0).find("1 more cells were met that gmcheck takes for unreachable"), std::string::npos);
  EXPECT_NE(json_of(report).find("\"beyond\": 1"), std::string::npos);
}

}  // namespace
}  // namespace gmc
