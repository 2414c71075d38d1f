// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/tap_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "harness/report/printable.h"

namespace gmc {

namespace {

// TAP's directive; in two pieces, since the lint takes the word for a mark of unfinished work.
constexpr std::string_view kExpectedFailure =
    "TO"
    "DO";

// In a description and in a directive, `#` begins a directive and `\` the escape of either.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : printable_line(text)) {
    if (c == '#' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

// A string as JSON writes it is one in YAML too, whatever it holds.
std::string yaml_text(std::string_view text) {
  return nlohmann::json(printable(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Of each of the clause's findings, once where they agree.
std::string excuses_of(const ClauseResult& result, const Report& report) {
  std::set<std::string> excuses;
  for (const ReportedFinding* finding : report.findings_of(result.clause)) excuses.insert(excuse_of(*finding));
  return fmt::format("{}", fmt::join(excuses, "; "));
}

std::string directive(const ClauseResult& result, const Report& report) {
  switch (result.state) {
    case State::kPass:
    case State::kFail:
    case State::kRefused:
      return "";
    case State::kWaived:
    case State::kKnown:
      return fmt::format(" # {} {}", kExpectedFailure, escaped(excuses_of(result, report)));
    case State::kNotReached:
      return report.allows_unreached ? " # SKIP " + escaped(text_of(result)) : "";
    case State::kNotApplicable:
    case State::kNotChecked:
      return " # SKIP " + escaped(text_of(result));
  }
  return "";
}

bool is_ok(const ClauseResult& result, const Report& report) {
  switch (result.state) {
    case State::kPass:
    case State::kNotApplicable:
    case State::kNotChecked:
      return true;
    case State::kNotReached:
      return report.allows_unreached;
    case State::kFail:
    case State::kRefused:
    case State::kWaived:
    case State::kKnown:
      break;
  }
  return false;
}

std::string diagnostic(const ReportedFinding& finding, const Report& report) {
  const Finding& f = finding.finding;
  std::string text = fmt::format("    - operation: {}\n      part: {}\n      expected: {}\n      got: {}\n", yaml_text(keyword(f.op)),
                                 yaml_text(name(f.divergence.part)), yaml_text(f.expected), yaml_text(f.got));
  if (const std::string excuse = excuse_of(finding); !excuse.empty()) text += fmt::format("      excuse: {}\n", yaml_text(excuse));
  if (const std::string command = again_command(finding, report); !command.empty())
    text += fmt::format("      replay: {}\n", yaml_text(command));
  return text;
}

// The YAML block below a test point that is not ok.
std::string diagnostics(const ClauseResult& result, const Report& report) {
  const auto findings = report.findings_of(result.clause);
  std::string text = fmt::format("  ---\n  state: {}\n", yaml_text(text_of(result)));
  if (!findings.empty()) text += "  findings:\n";
  for (const ReportedFinding* finding : findings) text += diagnostic(*finding, report);
  return text + "  ...\n";
}

}  // namespace

std::string tap_report(const Report& report) {
  std::string text = fmt::format("TAP version 14\n1..{}\n# {}, seed {}, contract {}\n", report.clauses.size() + report.missing.size(),
                                 escaped(report.backend), escaped(report.seed), report.contract);
  std::size_t number = 0;
  for (const ClauseResult& result : report.clauses) {
    const bool ok = is_ok(result, report);
    text += fmt::format("{} {} - {}{}\n", ok ? "ok" : "not ok", ++number, id(result.clause), directive(result, report));
    if (!ok) text += diagnostics(result, report);
  }
  for (const Clause clause : report.missing)
    text += fmt::format("not ok {} - {}\n  ---\n  state: \"no report brought it\"\n  ...\n", ++number, id(clause));
  return text;
}

}  // namespace gmc
