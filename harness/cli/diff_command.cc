// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck diff: where two backends answer differently, and which of them is wrong.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/report_files.h"
#include "harness/cli/seed.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/diff/diff_report.h"
#include "harness/diff/diff_run.h"
#include "harness/program/text.h"
#include "harness/report/folder.h"

namespace gmc {

namespace {

// Where programs go without --report-dir.
constexpr const char* kDefaultFolder = "gmcheck-differences";

struct Options {
  std::vector<std::string> files;
  std::vector<std::string> backends;
  std::string seed;
  double budget_seconds = 20;
  std::uint64_t programs = 0;
  std::string folder;
};

ExitCode refuse(const Error& error, ExitCode code) {
  complain(error);
  return code;
}

// All files are read before the first is run.
Result<std::vector<Program>> load(const std::vector<std::string>& files) {
  std::vector<Program> programs;
  for (const std::string& file : files) {
    GMC_TRY(text, read_file(file));
    GMC_TRY(document, read_program(text, file));
    programs.push_back(std::move(document.program));
  }
  return programs;
}

ExitCode judge(const DiffResult& result) {
  ExitCode code = result.programs > 0 ? ExitCode::kPassed : ExitCode::kNothing;
  if (result.findings() > 0 || result.count(Meaning::kViolation) > 0) code = ExitCode::kFailed;
  return result.is_unusable ? worse(code, ExitCode::kUnusable) : code;
}

ExitCode report(const DiffResult& result, const std::optional<ReportFolder>& folder, bool could_keep) {
  ExitCode code = judge(result);
  if (!could_keep) code = worse(code, ExitCode::kUnusable);
  say_text(text_of(result));
  if (!folder) return code;
  const auto written = folder->write("diff.json", json_of(result, static_cast<int>(code)));
  return written ? code : worse(code, refuse(written.error(), ExitCode::kUnusable));
}

ExitCode diff(const Options& options) {
  if (options.backends.size() != 2)
    return refuse({"--backend", fmt::format("diff compares two backends, and {} given",
                                            options.backends.size() == 1 ? "one is" : fmt::format("{} are", options.backends.size()))},
                  ExitCode::kUsage);
  const auto programs = load(options.files);
  if (!programs) return refuse(programs.error(), ExitCode::kUsage);
  const auto seed = options.seed.empty() ? default_seed() : parse_seed(options.seed);
  if (!seed) return refuse(seed.error(), ExitCode::kUsage);
  std::optional<ReportFolder> folder;
  if (!options.folder.empty()) {
    auto opened = ReportFolder::open(options.folder);
    if (!opened) return refuse(opened.error(), ExitCode::kUnusable);
    folder = *std::move(opened);
  }
  auto a = start_backend(options.backends[0], 1);
  if (!a) return report_cannot_start(a.error());
  auto b = start_backend(options.backends[1], 1);
  if (!b) return report_cannot_start(b.error());
  ProgressLine progress;
  bool could_keep = true;
  DiffOptions how;
  how.seed = *seed;
  how.budget_ms = static_cast<std::uint32_t>(options.budget_seconds * 1000);
  how.programs = options.programs;
  how.on_progress = [&progress](std::string_view line) { progress.show(line); };
  how.keep = keeper(folder, kDefaultFolder, could_keep);
  if (options.files.empty()) {
    say("seed {:#x}\n", *seed);
    flush_output();
  }
  DiffRun run(**a, **b, std::move(how));
  const DiffResult result = options.files.empty() ? run.run() : run.run(*programs);
  progress.clear();
  return report(result, folder, could_keep);
}

}  // namespace

void add_diff(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("diff", "Where two backends answer differently, and which of them is wrong");
  CLI::Option* files = command->add_option("FILE", options->files, "Programs (.gmp) instead of generated ones");
  command->add_option("--backend", options->backends, "The backends to compare: twice")
      ->required()
      ->type_name("B")
      ->allow_extra_args(false);
  command->add_option("--seed", options->seed, "A number or a commit's hash; without it GMCHECK_SEED, or a new one")->excludes(files);
  CLI::Option* budget = command->add_option("--budget", options->budget_seconds, "Seconds for generated programs")
                            ->check(CLI::Range(0.1, 1e6))
                            ->capture_default_str()
                            ->excludes(files);
  command->add_option("--programs", options->programs, "Programs instead of a time: the same run on every machine")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
      ->excludes(budget)
      ->excludes(files);
  command->add_option("--report-dir", options->folder, "A folder for diff.json and the program of each difference")->type_name("DIR");
  command->callback([options, &action] { action = [options] { return diff(*options); }; });
}

}  // namespace gmc
