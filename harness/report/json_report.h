// SPDX-License-Identifier: Apache-2.0 OR MIT
// A report for machines: report.json, whose form report.schema.json describes. It is the whole truth; JUnit has no word for "not reached"
// and shows it as skipped.
#ifndef GMCHECK_HARNESS_REPORT_JSON_REPORT_H
#define GMCHECK_HARNESS_REPORT_JSON_REPORT_H

#include <string>

#include "harness/report/report.h"

namespace gmc {

inline constexpr int kReportVersion = 2;  // "version" in the report; grows when a field changes its meaning

[[nodiscard]] std::string json_report(const Report& report, int exit_code);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_JSON_REPORT_H
