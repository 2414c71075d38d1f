// SPDX-License-Identifier: Apache-2.0 OR MIT
// What of the cells that a profile lets be reached a run has met, and what it has not.
//
// There are up to two million cells, so that the ones not met are told in situations: all cells with one operation, space, relation to the
// edges of regions, permission and outcome. What is left to vary in one is width, alignment, edges of pages, backing and what was dirty.
#ifndef GMCHECK_HARNESS_REPORT_COVERAGE_REPORT_H
#define GMCHECK_HARNESS_REPORT_COVERAGE_REPORT_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/reference/coverage_cell.h"

namespace gmc {

struct Situation {
  CoverageCell cell;  // of the other axes 0
  std::size_t met = 0;
  std::size_t reachable = 0;  // cells; at least 1

  // "write space=range region_edge=across permission=read_only outcome=denied"
  [[nodiscard]] std::string name() const;
};

struct CoverageReport {
  std::size_t met = 0;        // cells, of those that are reachable
  std::size_t reachable = 0;  // cells
  std::size_t beyond = 0;     // cells that were met and are not known as reachable: a mistake of gmcheck's
  std::vector<Situation> situations;

  [[nodiscard]] std::size_t situations_met() const;
};

// Numbers of cells, in any order, each once.
[[nodiscard]] CoverageReport coverage_report(std::span<const std::uint32_t> reachable, std::span<const std::uint32_t> met);

// "1.2 % of 1653279 reachable cells met; 812 of 4410 situations, among those not met: ..." with `names_max` names, and newline-ended.
[[nodiscard]] std::string text_of(const CoverageReport& report, std::size_t names_max);
// coverage.schema.json has the form: every situation by name.
[[nodiscard]] std::string json_of(const CoverageReport& report);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_COVERAGE_REPORT_H
