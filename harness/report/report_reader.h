// SPDX-License-Identifier: Apache-2.0 OR MIT
// The way back from report.json to the report: for baselines, and for joining shards.
#ifndef GMCHECK_HARNESS_REPORT_REPORT_READER_H
#define GMCHECK_HARNESS_REPORT_REPORT_READER_H

#include <string>
#include <string_view>

#include "harness/report/report.h"

namespace gmc {

// The report that `text` holds, of kReportVersion and whatever version of the contract. The error is one line: where JSON itself is wrong
// its line and column, else `place` and the pointer of the value: "old.json: /findings/0/clause: 'GM-XX-001' is no clause".
[[nodiscard]] Result<Report> read_report(std::string_view text, std::string_view place);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_REPORT_READER_H
