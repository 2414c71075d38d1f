// SPDX-License-Identifier: Apache-2.0 OR MIT
// A report as SARIF 2.1.0, for code scanning: rules are clauses, results are findings.
#ifndef GMCHECK_HARNESS_REPORT_SARIF_REPORT_H
#define GMCHECK_HARNESS_REPORT_SARIF_REPORT_H

#include <string>
#include <string_view>

#include "harness/report/report.h"

namespace gmc {

// `version` is gmcheck's. A result's place is its program, at the operation that went wrong; its partial fingerprint is made of backend,
// clause, operation and part, so that it stays the same from run to run though the program does not. Waived ones are suppressed.
[[nodiscard]] std::string sarif_report(const Report& report, int exit_code, std::string_view version);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_SARIF_REPORT_H
