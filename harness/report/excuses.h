// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which findings do not fail a run, and what is to be said of the waivers and the baseline that say so.
#ifndef GMCHECK_HARNESS_REPORT_EXCUSES_H
#define GMCHECK_HARNESS_REPORT_EXCUSES_H

#include <set>
#include <string>
#include <vector>

#include "harness/report/report.h"
#include "harness/report/waiver.h"

namespace gmc {

struct Baseline {
  std::string file{};
  std::set<FindingKey> findings{};
};

struct Excuses {
  std::vector<Waiver> waivers{};  // of this backend; expired ones too
  Date today{};
  std::optional<Baseline> baseline{};
};

// Gives the finding its excuse. A waiver comes before the baseline, and an expired one still counts: the run ends with a code of its own
// for that, so that a day that has passed does not look like a new mistake.
void excuse(ReportedFinding& finding, const Excuses& excuses);

// Fills in what the report says of waivers and baseline. Its findings have their excuses, its clauses their states.
void settle(Report& report, const Excuses& excuses);

// True where the state was found out: a pass, or any kind of failure.
[[nodiscard]] bool is_decided(State state);

// One line for each waiver that has to go or be renewed: "waivers.txt:12: the waiver of GM-RW-001 read bytes has expired on 2026-01-31".
[[nodiscard]] std::vector<std::string> stale_waivers(const Report& report);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_EXCUSES_H
