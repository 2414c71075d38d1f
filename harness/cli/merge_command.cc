// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck merge: one report of many shards.
#include "harness/report/merge.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/googletest_face.h"
#include "harness/cli/report_files.h"
#include "harness/cli/session.h"
#include "harness/report/folder.h"
#include "harness/report/report_reader.h"
#include "properties/clause_test.h"

namespace gmc {

namespace {

struct Options {
  std::vector<std::string> reports;
  ReportOptions report;
};

// `path` is a report, or the folder of a run that has one.
Result<PartialReport> load(const std::string& path) {
  std::error_code error;
  const std::string file = std::filesystem::is_directory(path, error) ? path + "/report.json" : path;
  GMC_TRY(text, read_file(file, kReportSizeMax));
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
  [[maybe_unused]] const int failed = RUN_ALL_TESTS();  // what failed stands in the reports that are joined
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
  const auto files = ReportFiles::open(options.report);
  if (!files) return refuse(files.error().error, files.error().code);
  const bool could_keep = !files->folder || keep_programs(*report, *files->folder);
  print_report(*files, *report);
  ExitCode code = could_keep ? judge(*report) : worse(judge(*report), ExitCode::kUnusable);
  // What the reports do not show: a run that could not write all of its files.
  for (const PartialReport& part : *parts) {
    if (part.report.exit_code == static_cast<int>(ExitCode::kUnusable)) code = worse(code, ExitCode::kUnusable);
  }
  const XmlCatcher xml;
  FinishedRun source(*report);
  if (files->folder) run_tests(source, xml);
  return leave_reports(*files, *report, xml, code);
}

}  // namespace

void add_merge(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("merge", "Joins the reports of shards into one");
  command->add_option("REPORT", options->reports, "Reports (report.json), or the folders that have them")->required();
  add_report_options(*command, options->report);
  command->callback([options, &action] { action = [options] { return join(*options); }; });
}

}  // namespace gmc
