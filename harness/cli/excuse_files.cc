// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/excuse_files.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <utility>

#include "harness/report/folder.h"
#include "harness/report/printable.h"
#include "harness/report/report_reader.h"

namespace gmc {

namespace {

Result<Date> today() {
  const char* said = std::getenv("GMCHECK_TODAY");
  if (said == nullptr || *said == '\0') return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  auto date = parse_date(said);
  if (!date) return fail("GMCHECK_TODAY", date.error().cause);
  return *date;
}

Result<Baseline> load_baseline(const std::string& file, const std::string& backend) {
  GMC_TRY(text, read_file(file, kReportSizeMax));
  GMC_TRY(report, read_report(text, file));
  if (report.contract != kContractVersion)
    return fail(file,
                fmt::format("a report on version {} of the contract is no baseline for version {}", report.contract, kContractVersion));
  if (report.backend != printable_line(backend))
    return fail(file, fmt::format("a report on {} is no baseline for {}", report.backend, backend));
  Baseline baseline{.file = file};
  for (const ReportedFinding& finding : report.findings) baseline.findings.insert(key_of(finding.finding));
  return baseline;
}

}  // namespace

Result<Excuses> load_excuses(const ExcuseFiles& files) {
  Excuses excuses;
  GMC_TRY(date, today());
  excuses.today = date;
  if (!files.waivers.empty()) {
    GMC_TRY(text, read_file(files.waivers));
    GMC_TRY(waivers, parse_waivers(text, files.waivers));
    for (Waiver& waiver : waivers) {
      if (waiver.is_for(files.backend)) excuses.waivers.push_back(std::move(waiver));
    }
  }
  if (!files.baseline.empty()) {
    GMC_TRY(baseline, load_baseline(files.baseline, files.backend));
    excuses.baseline = std::move(baseline);
  }
  return excuses;
}

}  // namespace gmc
