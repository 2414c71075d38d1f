// SPDX-License-Identifier: Apache-2.0 OR MIT
// One report of many shards.
#ifndef GMCHECK_HARNESS_REPORT_MERGE_H
#define GMCHECK_HARNESS_REPORT_MERGE_H

#include <string>
#include <vector>

#include "harness/report/report.h"

namespace gmc {

struct PartialReport {
  std::string file{};
  Report report{};
};

// The report that one run would have given that had decided all of it; `parts` is not empty. A clause that several parts brought has all of
// their findings, and the state that follows. Reports on different backends, profiles, versions, seeds, budgets or baselines are refused,
// and what would be counted twice: one file or one shard twice, or reports of the same clauses that are no shards. The error names the
// first file that does not fit, and why.
[[nodiscard]] Result<Report> merge(const std::vector<PartialReport>& parts);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_MERGE_H
