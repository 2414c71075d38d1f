// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/report_files.h"

#include <algorithm>

#include "harness/cli/session.h"
#include "harness/report/excuses.h"
#include "harness/report/json_report.h"

namespace gmc {

ExitCode judge(const Report& report) {
  ExitCode code = stale_waivers(report).empty() ? ExitCode::kPassed : ExitCode::kStale;
  if (std::ranges::any_of(report.findings, [](const ReportedFinding& f) { return f.excuse == Excuse::kNone; }))
    code = worse(code, ExitCode::kFailed);
  const bool has_unreached = report.count(State::kNotReached) > 0;
  if (has_unreached && !report.allows_unreached) code = worse(code, ExitCode::kNothing);
  if (!report.missing.empty()) code = worse(code, ExitCode::kNothing);
  const bool decided_any = std::ranges::any_of(report.clauses, [](const ClauseResult& result) { return is_decided(result.state); });
  // A shard may be left with clauses that do not apply; the whole run may not.
  if (!decided_any && !has_unreached && report.shard.total == 1) code = worse(code, ExitCode::kNothing);
  return code;
}

ExitCode leave_reports(const ReportFolder& folder, const Report& report, const XmlCatcher& xml, ExitCode code) {
  auto junit = read_file(xml.path());
  const auto wrote_junit = junit ? folder.write("junit.xml", *junit) : std::unexpected(junit.error());
  if (!wrote_junit) complain(wrote_junit.error());
  const ExitCode final = wrote_junit ? code : worse(code, ExitCode::kUnusable);
  const auto wrote_json = folder.write("report.json", json_report(report, static_cast<int>(final)));
  if (!wrote_json) complain(wrote_json.error());
  return wrote_json ? final : worse(final, ExitCode::kUnusable);
}

}  // namespace gmc
