// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck merge: one report of many shards.
#include "harness/report/merge.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/googletest_face.h"
#include "harness/cli/report_files.h"
#include "harness/cli/session.h"
#include "harness/report/excuses.h"
#include "harness/report/folder.h"
#include "harness/report/report_reader.h"
#include "harness/report/text_report.h"
#include "properties/clause_test.h"

namespace gmc {

namespace {

struct Options {
  std::vector<std::string> reports;
  std::string report_dir;
};

// `path` is a report, or the folder of a run that has one.
Result<PartialReport> load(const std::string& path) {
  std::error_code error;
  const std::string file = std::filesystem::is_directory(path, error) ? path + "/report.json" : path;
  GMC_TRY(text, read_file(file));
  GMC_TRY(report, read_report(text, file));
  return PartialReport{.file = file, .report = std::move(report)};
}

Result<std::vector<PartialReport>> load_all(const std::vector<std::string>& paths) {
  std::vector<PartialReport> parts;
  for (const std::string& path : paths) {
    GMC_TRY(part, load(path));
    parts.push_back(std::move(part));
  }
  return parts;
}

ExitCode refuse(const Error& error, ExitCode code) {
  complain(error);
  return code;
}

// GoogleTest's XML of the whole report, as one run would have left it.
void run_tests(FinishedRun& source, const XmlCatcher& xml) {
  std::vector<Clause> clauses;
  for (const ClauseResult& result : source.report().clauses) clauses.push_back(result.clause);
  // The shards are what is joined here.
  ::unsetenv("GTEST_TOTAL_SHARDS");
  ::unsetenv("GTEST_SHARD_INDEX");
  start_googletest({}, filter_of(clauses), &xml);
  register_clause_tests(source);
  static_cast<void>(RUN_ALL_TESTS());
}

// The programs, so that the folder is whole without those of the shards.
bool keep_programs(Report& report, const ReportFolder& folder) {
  for (ReportedFinding& finding : report.findings) {
    if (finding.program.layouts.empty()) continue;
    const std::string name = file_name(finding);
    const auto written = folder.write(name, document_of(finding, report));
    if (!written) return complain(written.error()), false;
    finding.file = folder.file(name);
  }
  return true;
}

ExitCode join(const Options& options) {
  const auto parts = load_all(options.reports);
  if (!parts) return refuse(parts.error(), ExitCode::kUsage);
  auto report = merge(*parts);
  if (!report) return refuse(report.error(), ExitCode::kUsage);
  std::optional<ReportFolder> folder;
  if (!options.report_dir.empty()) {
    auto opened = ReportFolder::open(options.report_dir);
    if (!opened) return refuse(opened.error(), ExitCode::kUnusable);
    folder = *opened;
  }
  const bool could_keep = !folder || keep_programs(*report, *folder);
  fmt::print("{}", text_report(*report, wants_colours()));
  std::fflush(stdout);
  for (const std::string& line : stale_waivers(*report)) complain(line);
  ExitCode code = could_keep ? judge(*report) : worse(judge(*report), ExitCode::kUnusable);
  // What the reports do not show: a run that could not write all of its files.
  for (const PartialReport& part : *parts) {
    if (part.report.exit_code == static_cast<int>(ExitCode::kUnusable)) code = worse(code, ExitCode::kUnusable);
  }
  if (!folder) return code;
  const XmlCatcher xml;
  FinishedRun source(*report);
  run_tests(source, xml);
  return leave_reports(*folder, *report, xml, code);
}

}  // namespace

void add_merge(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("merge", "Joins the reports of shards into one");
  command->add_option("REPORT", options->reports, "Reports (report.json), or the folders that have them")->required();
  command->add_option("--report-dir", options->report_dir, "Leaves junit.xml, report.json and the programs of findings there");
  command->callback([options, &action] { action = [options] { return join(*options); }; });
}

}  // namespace gmc
