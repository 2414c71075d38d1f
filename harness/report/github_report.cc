// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/report/github_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/counted.h"
#include "harness/report/excuses.h"
#include "harness/report/html_report.h"
#include "harness/report/line_up.h"
#include "harness/report/printable.h"

namespace gmc {

namespace {

// In the message of a workflow command a line's end and the escape itself are escaped, in a property the separators too.
std::string escaped_command(std::string_view text, std::string_view also = "") {
  std::string result;
  for (const char c : printable(text)) {
    const bool is_special = c == '%' || c == '\r' || c == '\n' || also.contains(c);
    result += is_special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return result;
}

std::string property(std::string_view text) { return escaped_command(text, ":,"); }

std::string annotation(const ReportedFinding& finding, const Report& report) {
  const Finding& f = finding.finding;
  std::string message = fmt::format("{}: expected {}, got {}", keyword(f.op), f.expected, f.got);
  if (const std::string command = again_command(finding, report); !command.empty()) message += "\nreplay: " + command;
  const std::string file = finding.file.empty() ? "" : fmt::format("file={},", property(finding.file));
  return fmt::format("::error {}title={}::{}\n", file, property(fmt::format("{} {} by {}", id(f.clause), word_of(f), report.backend)),
                     escaped_command(message));
}

const ReportedFinding* first_unexcused(const Report& report, Clause clause) {
  for (const ReportedFinding* finding : report.findings_of(clause)) {
    if (finding->excuse == Excuse::kNone) return finding;
  }
  return nullptr;
}

std::string table(const Report& report) {
  std::string text = "| Clauses | |\n|---|---|\n";
  for (std::size_t i = 0; i < kStateCount; ++i) {
    const auto state = static_cast<State>(i);
    if (const std::size_t count = report.count(state); count > 0) text += fmt::format("| {} | {} |\n", name(state), count);
  }
  return text + "\n";
}

// HTML inside of Markdown: so nothing that a backend says is Markdown.
std::string section_of(const ReportedFinding& finding, const Report& report) {
  const Finding& f = finding.finding;
  std::string text = fmt::format("<details><summary>{} {}: expected {}, got {}{}</summary>\n", escaped_html(text_of(key_of(f))),
                                 escaped_html(word_of(f)), escaped_html(printable_line(f.expected)), escaped_html(printable_line(f.got)),
                                 finding.excuse == Excuse::kNone ? "" : " (" + escaped_html(excuse_of(finding)) + ")");
  std::string program;
  if (!finding.program.layouts.empty())
    program = line_up({.program = finding.program, .outcomes = {}, .names = {}, .comments = {}}, finding.trace, f);
  program += again_command(finding, report);
  text += fmt::format("<pre>{}</pre>\n</details>\n", escaped_html(program));
  return text;
}

}  // namespace

std::string github_annotations(const Report& report) {
  std::string text;
  for (const ClauseResult& result : report.clauses) {
    if (const ReportedFinding* finding = first_unexcused(report, result.clause); finding != nullptr) text += annotation(*finding, report);
  }
  for (const std::string& line : stale_waivers(report)) text += fmt::format("::warning title=Stale waiver::{}\n", escaped_command(line));
  return text;
}

std::string github_summary(const Report& report, int exit_code) {
  std::string text =
      fmt::format("## gmcheck conformance: <code>{}</code>\n\nExit code {}, seed {}, contract {}.\n\n",
                  escaped_html(printable_line(report.backend)), exit_code, escaped_html(printable_line(report.seed)), report.contract);
  text += table(report);
  for (const std::string& line : stale_waivers(report)) text += fmt::format("<p>{}</p>\n", escaped_html(printable_line(line)));
  std::size_t left_out = 0;
  // Those without an excuse first.
  for (const bool excused : {false, true}) {
    for (const ReportedFinding& finding : report.findings) {
      if ((finding.excuse != Excuse::kNone) != excused) continue;
      const std::string section = section_of(finding, report);
      if (text.size() + section.size() > kGithubSummaryMax - 100) {
        ++left_out;
      } else {
        text += section;
      }
    }
  }
  if (left_out > 0) text += fmt::format("<p>{} in report.json.</p>\n", counted(left_out, "more finding is", "more findings are"));
  return text + "\n";
}

}  // namespace gmc
