// SPDX-License-Identifier: Apache-2.0 OR MIT
// A report for GitHub Actions: annotations as workflow commands, and the summary of a step in Markdown.
#ifndef GMCHECK_HARNESS_REPORT_GITHUB_REPORT_H
#define GMCHECK_HARNESS_REPORT_GITHUB_REPORT_H

#include <string>

#include "harness/report/report.h"

namespace gmc {

// One error for each clause that fails, one warning for each waiver that is stale: lines for standard output. GitHub shows ten of a kind.
[[nodiscard]] std::string github_annotations(const Report& report);

// At most kGithubSummaryMax bytes, since GitHub drops a longer one whole; what is left out is said.
[[nodiscard]] std::string github_summary(const Report& report, int exit_code);

inline constexpr std::size_t kGithubSummaryMax = 512 * 1024;  // half of what GitHub takes: a step may say more

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_GITHUB_REPORT_H
