// SPDX-License-Identifier: Apache-2.0 OR MIT
// A report as TAP 14: one test point a clause.
#ifndef GMCHECK_HARNESS_REPORT_TAP_REPORT_H
#define GMCHECK_HARNESS_REPORT_TAP_REPORT_H

#include <string>

#include "harness/report/report.h"

namespace gmc {

// A waived or known clause is `not ok` with TAP's directive for a failure that is expected, which a consumer does not count; what does not
// apply is skipped; what was not reached is `not ok`, and skipped where that was allowed.
[[nodiscard]] std::string tap_report(const Report& report);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_TAP_REPORT_H
