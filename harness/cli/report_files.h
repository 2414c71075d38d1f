// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a run leaves behind, and how it ends.
#ifndef GMCHECK_HARNESS_CLI_REPORT_FILES_H
#define GMCHECK_HARNESS_CLI_REPORT_FILES_H

#include "harness/cli/exit_code.h"
#include "harness/cli/googletest_face.h"
#include "harness/report/folder.h"
#include "harness/report/report.h"

namespace gmc {

// The exit code of the run that the report is of, or of the runs whose shards it joins.
[[nodiscard]] ExitCode judge(const Report& report);

// Writes what --report-dir leaves but for the programs. `code` is the run's so far; the answer is worse where a file could not be written,
// which is complained of, and report.json, the last one, says so too.
[[nodiscard]] ExitCode leave_reports(const ReportFolder& folder, const Report& report, const XmlCatcher& xml, ExitCode code);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_REPORT_FILES_H
