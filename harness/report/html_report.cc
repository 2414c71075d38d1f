// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "harness/base/counted.h"
#include "harness/program/text.h"
#include "harness/report/clause_text.h"
#include "harness/report/excuses.h"
#include "harness/report/line_up.h"
#include "harness/report/printable.h"

namespace gmc {

namespace {

// The policy forbids every request, so that a page opened from a disk tells nobody that it was.
constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<meta name="viewport" content="width=device-width"/>
)";

constexpr std::string_view kStyle = R"(<style>
body { font: 16px/1.45 sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; color: #222; background: #fff; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .2em .6em; border-bottom: 1px solid #ddd; vertical-align: top; }
td.count { text-align: right; font-variant-numeric: tabular-nums; }
pre { overflow-x: auto; background: #f5f5f5; padding: .6em; }
.pass { color: #17662b; }
.bad { color: #a11; font-weight: bold; }
.open { color: #8a5a00; }
.off { color: #777; }
</style>
)";

std::string_view style_of(State state) {
  switch (state) {
    case State::kPass:
      return "pass";
    case State::kFail:
    case State::kRefused:
      return "bad";
    case State::kNotReached:
    case State::kWaived:
    case State::kKnown:
      return "open";
    case State::kNotApplicable:
    case State::kNotChecked:
      break;
  }
  return "off";
}

std::string row(std::string_view name, std::string_view value) {
  return fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", name, escaped_html(value));
}

std::string summary(const Report& report, int exit_code, std::string_view version) {
  std::uint64_t programs = 0, operations = 0;
  for (const SuiteRun& run : report.suites) {
    programs += run.programs;
    operations += run.operations;
  }
  std::string text = "<table>\n";
  text += row("Backend", report.backend) + row("Implementation", report.implementation);
  text += row("Exit code", std::to_string(exit_code));
  for (std::size_t i = 0; i < kStateCount; ++i) {
    const auto state = static_cast<State>(i);
    if (const std::size_t count = report.count(state); count > 0) text += row(name(state), counted(count, "clause"));
  }
  text += row("Seed", report.seed) + row("Budget", report.budget);
  text += row("Ran", fmt::format("{}, {} in {:.1f} s", counted(programs, "program"), counted(operations, "operation"), report.seconds));
  text += row("Versions", fmt::format("gmcheck {}, contract {}", version, report.contract));
  return text + "</table>\n";
}

// Of one clause, as a list.
std::string planted_list(const std::vector<PlantedFault>& planted) {
  if (planted.empty()) return "";
  std::string text = "<p>Its check finds these planted faults:</p><ul>";
  for (const PlantedFault& fault : planted) {
    text += fmt::format("<li><code>mutant:{}</code>: {}{}</li>", escaped_html(fault.name), escaped_html(fault.what),
                        fault.bug.empty() ? "" : fmt::format("; as in {}", escaped_html(fault.bug)));
  }
  return text + "</ul>";
}

// The clauses, each failed one with a link to its findings.
std::string clause_table(const Report& report, const std::map<Clause, std::vector<PlantedFault>>& planted) {
  std::string text =
      "<h2>Clauses</h2>\n<table>\n<tr><th>Clause</th><th>State</th><th>Decisive checks</th><th>Witness</th><th>Planted faults</th>"
      "<th>What it says</th></tr>\n";
  for (const ClauseResult& result : report.clauses) {
    const ClauseText& clause = clause_text(result.clause);
    const std::string name = id(result.clause);
    const bool has_findings = !report.findings_of(result.clause).empty();
    text += fmt::format("<tr><td>{}</td><td class=\"{}\">{}</td><td class=\"count\">{}</td><td>{}</td>",
                        has_findings ? fmt::format("<a href=\"#{0}\">{0}</a>", name) : name, style_of(result.state),
                        escaped_html(text_of(result)), is_decided(result.state) || result.checks > 0 ? std::to_string(result.checks) : "",
                        escaped_html(result.witness));
    const auto found = planted.find(result.clause);
    const std::vector<PlantedFault> faults = found == planted.end() ? std::vector<PlantedFault>{} : found->second;
    text += fmt::format("<td class=\"count\">{}</td><td><details><summary>{}</summary>{}{}</details></td></tr>\n",
                        faults.empty() ? "" : std::to_string(faults.size()), escaped_html(clause.kind), escaped_html(clause.text),
                        planted_list(faults));
  }
  for (const Clause clause : report.missing)
    text +=
        fmt::format("<tr><td>{}</td><td class=\"open\">no report brought it</td><td></td><td></td><td></td><td></td></tr>\n", id(clause));
  return text + "</table>\n";
}

std::string link_to(const std::string& url) { return fmt::format("<a href=\"{0}\" rel=\"noreferrer\">{0}</a>", escaped_html(url)); }

std::string section_of(const ReportedFinding& finding, const Report& report) {
  const Finding& f = finding.finding;
  std::string text = fmt::format("<h4>{} <span class=\"{}\">{}</span></h4>\n", escaped_html(text_of(key_of(f))),
                                 finding.excuse == Excuse::kNone ? "bad" : "open", escaped_html(word_of(f)));
  if (finding.excuse == Excuse::kBaseline) text += "<p>Known (baseline).</p>\n";
  if (finding.excuse == Excuse::kWaiver) {
    const Waiver& waiver = *finding.waiver;
    text += fmt::format("<p>Waived until {}: {} ({})</p>\n", text_of(waiver.expires), escaped_html(waiver.reason), link_to(waiver.link));
  }
  text += fmt::format("<p>Expected {}, got {}.</p>\n", escaped_html(f.expected), escaped_html(f.got));
  if (!finding.remark.empty()) text += fmt::format("<p>{}</p>\n", escaped_html(finding.remark));
  if (!f.note.empty()) text += fmt::format("<p>The backend says:</p>\n<pre>{}</pre>\n", escaped_html(f.note));
  if (!f.back_trace.empty()) text += fmt::format("<pre>{}</pre>\n", escaped_html(back_trace_text(f)));
  if (!finding.program.layouts.empty()) {
    const Document document{.program = finding.program, .outcomes = {}, .names = {}, .comments = {}};
    text += fmt::format("<pre>{}</pre>\n", escaped_html(line_up(document, finding.trace, f)));
  }
  if (const std::string command = again_command(finding, report); !command.empty())
    text += fmt::format("<pre>{}</pre>\n", escaped_html(command));
  return text;
}

std::string findings(const Report& report) {
  std::string text;
  for (const ClauseResult& result : report.clauses) {
    const auto found = report.findings_of(result.clause);
    if (found.empty()) continue;
    text += fmt::format("<h3 id=\"{0}\">{0}</h3>\n<p>{1}</p>\n", id(result.clause), escaped_html(clause_text(result.clause).text));
    for (const ReportedFinding* finding : found) text += section_of(*finding, report);
  }
  return text.empty() ? text : "<h2>Findings</h2>\n" + text;
}

std::string excuses(const Report& report) {
  std::string text;
  for (const std::string& line : stale_waivers(report)) text += fmt::format("<li>{}</li>\n", escaped_html(line));
  if (report.comparison) {
    for (const FindingKey& key : report.comparison->gone)
      text += fmt::format("<li>Gone since {}: {}</li>\n", escaped_html(report.comparison->file), escaped_html(text_of(key)));
  }
  return text.empty() ? text : "<h2>Waivers and baseline</h2>\n<ul>\n" + text + "</ul>\n";
}

}  // namespace

std::string escaped_html(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string html_report(const Report& report, int exit_code, std::string_view version, std::span<const PlantedFault> planted) {
  std::map<Clause, std::vector<PlantedFault>> by_clause;
  for (const PlantedFault& fault : planted) by_clause[fault.clause].push_back(fault);
  std::string text(kHead);
  text += fmt::format("<title>gmcheck: {}</title>\n", escaped_html(report.backend));
  text += kStyle;
  text += fmt::format("</head>\n<body>\n<h1>gmcheck conformance: {}</h1>\n", escaped_html(report.backend));
  text += summary(report, exit_code, version) + excuses(report) + clause_table(report, by_clause) + findings(report);
  text += fmt::format("<h2>Profile</h2>\n<pre>{}</pre>\n</body>\n</html>\n", escaped_html(report.profile));
  return text;
}

}  // namespace gmc
