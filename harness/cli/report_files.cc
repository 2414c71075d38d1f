// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/report_files.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <utility>

#include "harness/backends/mutants/mutants.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/cli/version.h"
#include "harness/program/suggestion.h"
#include "harness/report/excuses.h"
#include "harness/report/github_report.h"
#include "harness/report/html_report.h"
#include "harness/report/json_report.h"
#include "harness/report/printable.h"
#include "harness/report/sarif_report.h"
#include "harness/report/tap_report.h"
#include "harness/report/text_report.h"

namespace gmc {

namespace {

struct FormatRow {
  ReportFormat format;
  std::string_view name;
  std::string_view file;
};

constexpr std::array kFormats = {
    FormatRow{ReportFormat::kTap, "tap", "report.tap"},
    FormatRow{ReportFormat::kSarif, "sarif", "report.sarif"},
    FormatRow{ReportFormat::kHtml, "html", "report.html"},
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<std::set<ReportFormat>> parse_formats(const ReportOptions& options) {
  if (!options.formats.empty() && options.folder.empty()) return fail("--format", "there is no --report-dir to leave it in");
  std::set<ReportFormat> formats;
  for (const std::string& wanted : options.formats) {
    const auto row = std::ranges::find(kFormats, wanted, &FormatRow::name);
    if (row == kFormats.end() && wanted != "all") {
      return fail("--format", fmt::format("'{}' is no format{}; there are tap, sarif, html and all", printable_line(wanted),
                                          suggestion(wanted, {"tap", "sarif", "html", "all"})));
    }
    for (const FormatRow& format : kFormats) {
      if (wanted == format.name || wanted == "all") formats.insert(format.format);
    }
  }
  return formats;
}

// The mutants by policy and interposition, for the reader of a page who asks what a pass is worth.
std::vector<PlantedFault> planted_faults() {
  std::vector<PlantedFault> planted;
  for (const Mutant& mutant : mutant_table()) {
    if (const auto clause = find_clause(mutant.clause))
      planted.push_back({.clause = *clause, .name = mutant.name, .what = mutant.what, .bug = mutant.bug});
  }
  return planted;
}

std::string text_in(ReportFormat format, const Report& report, ExitCode code) {
  switch (format) {
    case ReportFormat::kTap:
      return tap_report(report);
    case ReportFormat::kSarif:
      return sarif_report(report, static_cast<int>(code), program_version());
    case ReportFormat::kHtml:
      return html_report(report, static_cast<int>(code), program_version(), planted_faults());
  }
  return "";
}

// The step may have written to it before. What is there is taken over whole, and the new file takes the place of the old one.
Result<void> add_to_summary(const std::string& file, const std::string& text) {
  std::error_code error;
  std::string before;
  if (std::filesystem::exists(file, error)) {
    GMC_TRY(there, read_file(file, kReportSizeMax));
    before = there;
  }
  return write_file(file, before + text);
}

ExitCode after(const Result<void>& written, ExitCode code) {
  if (written) return code;
  complain(written.error());
  return worse(code, ExitCode::kUnusable);
}

}  // namespace

void add_report_options(CLI::App& command, ReportOptions& options) {
  command.add_option("--report-dir", options.folder, "Leaves junit.xml, report.json and the programs of findings there")->type_name("DIR");
  command.add_option("--format", options.formats, "Leaves report.tap, report.sarif or report.html there too: tap, sarif, html, all")
      ->delimiter(',')
      ->type_name("NAME");
  options.github = environment("GITHUB_ACTIONS") == "true";
  command.add_flag("--github,!--no-github", options.github, "Annotations and step summary for GitHub Actions; on by itself there");
}

std::expected<ReportFiles, ReportFiles::Refusal> ReportFiles::open(const ReportOptions& options) {
  const auto formats = parse_formats(options);
  if (!formats) return std::unexpected(Refusal{formats.error(), ExitCode::kUsage});
  ReportFiles files{.formats = *formats, .github = options.github};
  if (!options.folder.empty()) {
    const auto folder = ReportFolder::open(options.folder);
    if (!folder) return std::unexpected(Refusal{folder.error(), ExitCode::kUnusable});
    files.folder = *folder;
  }
  if (files.github) files.step_summary = environment("GITHUB_STEP_SUMMARY");
  if (!files.step_summary.empty()) {
    // Nothing is added yet; but whether something can be is better known now.
    const auto written = add_to_summary(files.step_summary, "");
    if (!written) return std::unexpected(Refusal{written.error(), ExitCode::kUnusable});
  }
  return files;
}

std::function<std::string(const std::string&, const std::string&)> keeper(std::optional<ReportFolder> folder, const char* default_folder,
                                                                          bool& could_keep) {
  return [folder = std::move(folder), default_folder, &could_keep](const std::string& name, const std::string& text) -> std::string {
    auto opened = folder ? Result<ReportFolder>(*folder) : ReportFolder::open(default_folder);
    const auto written = opened ? opened->write(name, text) : std::unexpected(opened.error());
    if (written) return opened->file(name);
    complain(written.error());
    could_keep = false;
    return "";
  };
}

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

void print_report(const ReportFiles& files, const Report& report) {
  say_text(text_report(report, wants_colours()));
  if (files.github) say_text(github_annotations(report));
  flush_output();
  for (const std::string& line : stale_waivers(report)) complain(line);
}

ExitCode leave_reports(const ReportFiles& files, const Report& report, const XmlCatcher& xml, ExitCode code) {
  if (files.folder) {
    auto junit = read_file(xml.path(), kReportSizeMax);
    code = after(junit ? files.folder->write("junit.xml", *junit) : std::unexpected(junit.error()), code);
    for (const FormatRow& row : kFormats) {
      if (files.formats.contains(row.format)) code = after(files.folder->write(row.file, text_in(row.format, report, code)), code);
    }
  }
  if (!files.step_summary.empty()) code = after(add_to_summary(files.step_summary, github_summary(report, static_cast<int>(code))), code);
  if (files.folder) code = after(files.folder->write("report.json", json_report(report, static_cast<int>(code))), code);
  return code;
}

}  // namespace gmc
