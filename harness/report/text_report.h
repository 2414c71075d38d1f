// SPDX-License-Identifier: Apache-2.0 OR MIT
// A report for people, on terminals and in logs.
#ifndef GMCHECK_HARNESS_REPORT_TEXT_REPORT_H
#define GMCHECK_HARNESS_REPORT_TEXT_REPORT_H

#include <string>

#include "harness/report/report.h"

namespace gmc {

// The table of clauses, the findings behind those that failed, and one line that sums up. `colours`: for terminals that have them.
[[nodiscard]] std::string text_report(const Report& report, bool colours);

// One finding: the clause with its text, the program with expected beside got, and how to see it again.
[[nodiscard]] std::string text_of(const ReportedFinding& finding, const Report& report);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_TEXT_REPORT_H
