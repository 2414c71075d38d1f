// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/excuses.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/runner/plugin.h"

namespace gmc {

namespace {

const ClauseResult* result_of(const Report& report, Clause clause) {
  const auto result = std::ranges::find(report.clauses, clause, &ClauseResult::clause);
  return result == report.clauses.end() ? nullptr : &*result;
}

bool is_decided(const Report& report, Clause clause) {
  const ClauseResult* result = result_of(report, clause);
  return result != nullptr && is_decided(result->state);
}

// What names no config is meant for every config, and `*` for every backend: it may be needed by another one.
bool is_for_this_alone(const Waiver& waiver, const Report& report) {
  if (waiver.backend == "*") return false;
  const auto config_of = [](std::string_view text) {
    const auto spec = BackendSpec::parse(text);
    return spec ? spec->config : std::string();
  };
  return config_of(waiver.backend) == config_of(report.backend);
}

// Of a waiver that no finding met: why none will, or "" where that is not known, as where its clause was not selected or not reached.
std::string why_needless(const Waiver& waiver, const Report& report) {
  const ClauseResult* result = result_of(report, waiver.key.clause);
  if (result == nullptr || result->state == State::kNotReached) return "";
  if (is_decided(result->state)) return "its clause was decided without such a finding";
  const ClauseState state = info(waiver.key.clause).state;
  const bool is_for_some = state == ClauseState::kChecked || state == ClauseState::kDeclaration;  // it applies where the profile says so
  return is_for_some && !is_for_this_alone(waiver, report) ? "" : "its clause is " + text_of(*result);
}

bool has_finding(const Report& report, const FindingKey& key) {
  return std::ranges::any_of(report.findings, [&](const ReportedFinding& f) { return key_of(f.finding) == key; });
}

}  // namespace

bool is_decided(State state) {
  switch (state) {
    case State::kPass:
    case State::kFail:
    case State::kRefused:
    case State::kWaived:
    case State::kKnown:
      return true;
    case State::kNotApplicable:
    case State::kNotReached:
    case State::kNotChecked:
      break;
  }
  return false;
}

void excuse(ReportedFinding& finding, const Excuses& excuses) {
  const FindingKey key = key_of(finding.finding);
  finding.excuse = excuses.baseline && excuses.baseline->findings.contains(key) ? Excuse::kBaseline : Excuse::kNone;
  finding.waiver.reset();
  const auto waiver = std::ranges::find(excuses.waivers, key, &Waiver::key);
  if (waiver == excuses.waivers.end()) return;
  finding.excuse = Excuse::kWaiver;
  finding.waiver = *waiver;
}

void settle(Report& report, const Excuses& excuses) {
  for (const Waiver& waiver : excuses.waivers) {
    const bool was_met = has_finding(report, waiver.key);
    report.waivers.push_back({.waiver = waiver,
                              .was_met = was_met,
                              .is_needless = !was_met && !why_needless(waiver, report).empty(),
                              .is_expired = excuses.today > waiver.expires});
  }
  if (!excuses.baseline) return;
  report.comparison = Comparison{.file = excuses.baseline->file};
  for (const FindingKey& key : excuses.baseline->findings) {
    if (is_decided(report, key.clause) && !has_finding(report, key)) report.comparison->gone.push_back(key);
  }
}

std::vector<std::string> stale_waivers(const Report& report) {
  std::vector<std::string> lines;
  for (const WaiverUse& use : report.waivers) {
    if (!use.is_expired && !use.is_needless) continue;
    std::string line = fmt::format("{}: the waiver of {}", use.waiver.place, text_of(use.waiver.key));
    if (use.is_expired) line += fmt::format(" has expired on {}", text_of(use.waiver.expires));
    if (use.is_needless) line += fmt::format("{} is needless: {}", use.is_expired ? " and" : "", why_needless(use.waiver, report));
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace gmc
