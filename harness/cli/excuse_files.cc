// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/excuse_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>
#include <vector>

#include "harness/cli/built_ins.h"
#include "harness/program/suggestion.h"
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

// A backend that there is: this run's, whatever its config, a built-in one, or one that the file says it is shared with. Another name is
// misspelt, or of a backend that is gone, and its waiver would never be heard of again.
Result<void> check_backend(const Waiver& waiver, const WaiverFile& file, const std::string& backend) {
  if (waiver.backend == "*") return {};
  std::vector<std::string> known = file.backends;
  known.push_back(backend);
  for (const BuiltIn& built_in : built_ins()) known.emplace_back(built_in.name);
  if (std::ranges::any_of(known, [&](const std::string& name) { return is_same_backend(waiver.backend, name); })) return {};
  for (std::string& name : known) {
    if (const auto spec = BackendSpec::parse(name)) name = spec->name.substr(spec->name.rfind('/') + 1);
  }
  return fail(waiver.place, fmt::format("the waiver of {} is for '{}'{}, which is neither this run's backend, nor built in, nor in a line "
                                        "'backends = ...' before the first waiver",
                                        text_of(waiver.key), waiver.backend, suggestion(waiver.backend, {known.begin(), known.end()})));
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
    GMC_TRY(file, parse_waivers(text, files.waivers));
    for (Waiver& waiver : file.waivers) {
      GMC_TRY_VOID(check_backend(waiver, file, files.backend));
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
