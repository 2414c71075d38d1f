// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/text_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "harness/base/counted.h"
#include "harness/report/clause_text.h"
#include "harness/report/line_up.h"
#include "harness/report/printable.h"

namespace gmc {

namespace {

constexpr std::size_t kWidth = 120;

std::string_view colour_of(State state) {
  switch (state) {
    case State::kPass:
      return "\033[32m";
    case State::kFail:
    case State::kRefused:
      return "\033[31m";
    case State::kNotReached:
    case State::kWaived:
    case State::kKnown:
      return "\033[33m";
    default:
      return "\033[2m";
  }
}

// "GM-KVM-001..009" for clauses that follow each other, and ids alone for others.
std::string ranges(const std::vector<Clause>& clauses) {
  std::string text;
  for (std::size_t i = 0; i < clauses.size();) {
    const ClauseInfo& first = info(clauses[i]);
    std::size_t end = i + 1;
    while (end < clauses.size() && info(clauses[end]).group == first.group && info(clauses[end]).number == first.number + (end - i)) ++end;
    text += " " + id(clauses[i]);
    if (end - i > 1) text += fmt::format("..{:03}", info(clauses[end - 1]).number);
    i = end;
  }
  return text;
}

std::string not_checked_lines(const Report& report) {
  std::map<std::string, std::vector<Clause>> by_reason;
  for (const ClauseResult& result : report.clauses) {
    if (result.state == State::kNotChecked) by_reason[result.reason].push_back(result.clause);
  }
  std::string text;
  for (const auto& [reason, clauses] : by_reason) {
    std::string lines = wrapped(reason + ":" + ranges(clauses), kWidth, 4);
    lines.replace(0, 4, "  - ");
    text += lines;
  }
  return text;
}

std::string reached_line(const Report& report) {
  std::string line;
  for (const Reached& reached : report.reached) {
    line += fmt::format("{}{} of {} after {:.3g} s", line.empty() ? "  decided " : ", ", reached.decided, reached.wanted, reached.seconds);
  }
  return line.empty() ? line : line + "\n";
}

std::string table(const Report& report, bool colours) {
  std::size_t width = 0;
  for (const ClauseResult& result : report.clauses) {
    if (result.state != State::kNotChecked) width = std::max(width, text_of(result).size());
  }
  std::string text;
  for (const ClauseResult& result : report.clauses) {
    if (result.state == State::kNotChecked) continue;
    const std::string state = text_of(result);
    std::string line =
        fmt::format("  {:13} {}{}{}", id(result.clause), colours ? colour_of(result.state) : "", state, colours ? "\033[0m" : "");
    if (!result.witness.empty()) line += fmt::format("{:{}}  {}", "", width - state.size(), result.witness);
    text += line + "\n";
  }
  return text;
}

std::string sum(const Report& report) {
  std::string line;
  const auto add = [&](State state, std::string_view what) {
    if (const std::size_t count = report.count(state); count > 0) line += fmt::format("{}{} {}", line.empty() ? "" : ", ", count, what);
  };
  add(State::kPass, "pass");
  add(State::kFail, "fail");
  add(State::kRefused, "refused");
  add(State::kWaived, "waived");
  add(State::kKnown, "known (baseline)");
  add(State::kNotReached, "not reached");
  add(State::kNotApplicable, "n/a");
  add(State::kNotChecked, "not checked by this version");
  std::uint64_t programs = 0, operations = 0;
  for (const SuiteRun& run : report.suites) {
    programs += run.programs;
    operations += run.operations;
  }
  return fmt::format("{}: {}; {}, {} in {:.1f} s\n", printable_line(report.backend), line.empty() ? "nothing was selected" : line,
                     counted(programs, "program"), counted(operations, "operation"), report.seconds);
}

std::string how_it_was_met(const ReportedFinding& finding) {
  std::string text =
      fmt::format("  met by suite {} after {} and {:.1f} s", finding.suite, counted(finding.programs, "program"), finding.seconds);
  if (finding.runs > 0) text += fmt::format("; again in {} of {}", finding.shown, counted(finding.runs, "new worker"));
  if (finding.is_minimised && finding.ops_before > finding.program.ops.size()) {
    text += fmt::format("; {} before it was minimised", counted(finding.ops_before, "operation"));
  }
  return text + "\n";
}

std::string excused_lines(const Report& report) {
  std::string text;
  for (const ReportedFinding& finding : report.findings) {
    if (finding.excuse == Excuse::kNone) continue;
    const Finding& f = finding.finding;
    text += fmt::format("  {}: {}: expected {}, got {}{}\n", text_of(key_of(f)), excuse_of(finding), printable_line(f.expected),
                        printable_line(f.got), finding.file.empty() ? "" : " (" + finding.file + ")");
  }
  return text;
}

std::string compared_lines(const Report& report) {
  if (!report.comparison) return "";
  std::string text;
  for (const FindingKey& key : report.comparison->gone)
    text += fmt::format("  gone since {}: {}\n", printable_line(report.comparison->file), text_of(key));
  return text;
}

// Of the findings without an excuse, one of each clause is shown whole; more of them are mostly the same mistake met in another operation.
std::string whole_findings(const Report& report) {
  std::map<Clause, std::vector<const ReportedFinding*>> by_clause;
  for (const ReportedFinding& finding : report.findings) {
    if (finding.excuse == Excuse::kNone) by_clause[finding.finding.clause].push_back(&finding);
  }
  std::string text;
  for (const auto& [clause, findings] : by_clause) {
    text += "\n" + text_of(*findings.front(), report);
    for (std::size_t i = 1; i < findings.size(); ++i) {
      const Finding& f = findings[i]->finding;
      text += fmt::format("  also {}: expected {}, got {}{}\n", info(f.op).text, printable_line(f.expected), printable_line(f.got),
                          findings[i]->file.empty() ? "" : " (" + findings[i]->file + ")");
    }
  }
  return text.empty() ? "" : text + "\n";
}

}  // namespace

std::string text_of(const ReportedFinding& finding, const Report& report) {
  const Finding& f = finding.finding;
  const ClauseText& clause = clause_text(f.clause);
  std::string text = fmt::format("{} {} ({})\n", id(f.clause), word_of(f), clause.kind);
  text += wrapped(clause.text, kWidth, 2);
  text += fmt::format("  expected {}, got {}\n", printable_line(f.expected), printable_line(f.got));
  if (!finding.remark.empty()) text += "  " + printable_line(finding.remark) + "\n";
  for (std::string_view note = f.note; !note.empty();) {
    const std::size_t end = std::min(note.find('\n'), note.size());
    if (end > 0) text += "  backend: " + printable_line(note.substr(0, end)) + "\n";
    note.remove_prefix(std::min(end + 1, note.size()));
  }
  text += back_trace_text(f);
  if (!finding.program.layouts.empty()) {
    text += line_up({.program = finding.program, .outcomes = {}, .names = {}, .comments = {}}, finding.trace, f);
  }
  if (!finding.before.empty()) text += fmt::format("  only after {} on the same memory\n", counted(finding.before.size(), "other program"));
  text += how_it_was_met(finding);
  if (const std::string command = again_command(finding, report); !command.empty()) text += fmt::format("  replay: {}\n", command);
  return text;
}

std::string text_report(const Report& report, bool colours) {
  std::string text = fmt::format("{} ({})\n", printable_line(report.backend), printable_line(report.implementation));
  text += table(report, colours);
  if (const std::string later = not_checked_lines(report); !later.empty()) text += "  not checked by this version, for want of\n" + later;
  if (!report.missing.empty()) {
    std::string lines = wrapped("no report brought" + ranges(report.missing), kWidth, 4);
    text += lines.replace(0, 4, "  ");
  }
  for (const SuiteRun& run : report.suites) {
    if (!run.remark.empty()) text += fmt::format("  suite {}: {}\n", run.suite, printable_line(run.remark));
  }
  text += reached_line(report);
  return text + excused_lines(report) + compared_lines(report) + whole_findings(report) + sum(report);
}

}  // namespace gmc
