// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck minimize: the smallest program that shows the same.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "harness/base/counted.h"
#include "harness/cli/commands.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/program/text.h"
#include "harness/report/folder.h"
#include "harness/report/report.h"

namespace gmc {

namespace {

struct Options {
  std::string file;
  std::string backend;
  std::string output;
  double budget_seconds = 5;
};

ExitCode refuse(const Error& error, ExitCode code) {
  complain(error);
  return code;
}

ExitCode minimize(const Options& options) {
  const auto text = read_file(options.file);
  if (!text) return refuse(text.error(), ExitCode::kUsage);
  const auto document = read_program(*text, options.file);
  if (!document) return refuse(document.error(), ExitCode::kUsage);
  auto supervisor = start_backend(options.backend, 1);
  if (!supervisor) return report_cannot_start(supervisor.error());
  const auto trace = (*supervisor)->replay(document->program);
  if (!trace) return refuse(trace.error(), ExitCode::kUnusable);
  if (!trace->finding) {
    return refuse(
        {options.file, trace->skip_reason.empty() ? "backend and reference agree, so there is nothing to minimise" : trace->skip_reason},
        ExitCode::kNothing);
  }
  const auto budget = std::chrono::milliseconds(static_cast<std::int64_t>(options.budget_seconds * 1000));
  const auto smallest = (*supervisor)->minimize({*trace->finding, document->program}, budget);
  if (!smallest) return refuse(smallest.error(), ExitCode::kUnusable);
  Report report;
  report.backend = options.backend;
  report.implementation = (*supervisor)->opened().name + " " + (*supervisor)->opened().version;
  const std::string small = document_of({.finding = smallest->finding, .program = smallest->program}, report);
  if (options.output.empty()) {
    say_text(small);
  } else if (const auto written = write_file(options.output, small); !written) {
    return refuse(written.error(), ExitCode::kUnusable);
  }
  std::fputs(fmt::format("{}: {}, {} before\n", id(smallest->finding.clause), counted(smallest->program.ops.size(), "operation"),
                         document->program.ops.size())
                 .c_str(),
             stderr);
  return ExitCode::kPassed;
}

}  // namespace

void add_minimize(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("minimize", "Makes a program smaller while it shows the same finding");
  command->add_option("FILE", options->file, "A program (.gmp) that shows one")->required();
  command->add_option("--backend", options->backend, "The backend that it shows it on")->required()->type_name("B");
  command->add_option("-o,--output", options->output, "Where the smaller one goes; without it to standard output")->type_name("OUT");
  command->add_option("--budget", options->budget_seconds, "Seconds")->check(CLI::Range(0.1, 1e6))->capture_default_str();
  command->callback([options, &action] { action = [options] { return minimize(*options); }; });
}

}  // namespace gmc
