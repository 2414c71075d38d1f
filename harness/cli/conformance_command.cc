// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck conformance: clause by clause.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/excuse_files.h"
#include "harness/cli/googletest_face.h"
#include "harness/cli/report_files.h"
#include "harness/cli/seed.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/report/folder.h"
#include "properties/clause_test.h"
#include "properties/conformance.h"
#include "properties/selection.h"

namespace gmc {

namespace {

// Where programs of findings go without --report-dir.
constexpr const char* kDefaultFolder = "gmcheck-findings";

struct Options {
  std::string backend;
  std::string profile;
  double budget_seconds = 60;
  std::string seed;
  std::vector<std::string> select;
  std::string waivers;
  std::string baseline;
  int contract_version = kContractVersion;
  bool allows_unreached = false;
  unsigned jobs = 2;
  std::uint64_t programs = 0;
  std::vector<std::string> googletest;  // --gtest_...
  ReportOptions report;
};

// What was asked for, once it is known to make sense.
struct Plan {
  std::uint64_t seed = 0;
  std::string filter;  // of --select; "" without it
  ReportFiles files;
  Excuses excuses;  // of --waivers and --baseline
  std::optional<Profile> profile;
};

Result<Plan> make_plan(const Options& options) {
  Plan plan;
  GMC_TRY(seed, options.seed.empty() ? default_seed() : parse_seed(options.seed));
  plan.seed = seed;
  for (const std::string& flag : options.googletest) {
    if (!flag.starts_with("--gtest_")) return fail(flag, "gmcheck conformance has no such option");
    if (flag.starts_with("--gtest_output") && !options.report.folder.empty())
      return fail(flag, "--report-dir leaves GoogleTest's XML already");
    if (flag.starts_with("--gtest_filter") && !options.select.empty()) return fail(flag, "--select makes a filter already");
  }
  if (options.contract_version != kContractVersion) {
    return fail("--contract-version",
                fmt::format("this gmcheck checks version {} of the contract, not {}", kContractVersion, options.contract_version));
  }
  GMC_TRY_VOID(check_shards());
  GMC_TRY(excuses, load_excuses({.waivers = options.waivers, .baseline = options.baseline, .backend = options.backend}));
  plan.excuses = std::move(excuses);
  if (!options.profile.empty()) {
    GMC_TRY(profile, load_profile(options.profile));
    plan.profile = profile;
  }
  return plan;
}

ExitCode refuse(const Error& error, ExitCode code = ExitCode::kUsage) {
  complain(error);
  return code;
}

ExitCode run_tests(Conformance& conformance, const Options& options, const Plan& plan, bool& could_keep) {
  const XmlCatcher xml;
  start_googletest(options.googletest, plan.filter, plan.files.folder ? &xml : nullptr);
  const std::vector<Clause> selected = clauses_of_filter(testing::GTEST_FLAG(filter), conformance.report().backend);
  if (selected.empty()) return refuse({"--gtest_filter", "selects no clause"}, ExitCode::kNothing);
  register_clause_tests(conformance);
  const bool has_failed = RUN_ALL_TESTS() != 0;
  if (testing::GTEST_FLAG(list_tests)) return ExitCode::kPassed;
  Report report = conformance.report_of(chosen_clauses());
  report.selected = selected;
  report.allows_unreached = options.allows_unreached;
  report.shard = shard();
  print_report(plan.files, report);
  // The report knows more than GoogleTest; but what GoogleTest holds for a failure is none the less one.
  ExitCode code = judge(report);
  if (has_failed) code = worse(code, ExitCode::kFailed);
  if (!could_keep) code = worse(code, ExitCode::kUnusable);
  return leave_reports(plan.files, report, xml, code);
}

ConformanceOptions conformance_options(const Options& options, const Plan& plan, ProgressLine& progress, bool& could_keep) {
  ConformanceOptions result;
  result.seed = plan.seed;
  result.budget_ms = static_cast<std::uint32_t>(options.budget_seconds * 1000);
  result.programs = options.programs;
  result.excuses = plan.excuses;
  result.profile_file = options.profile;
  result.on_progress = [&progress](std::string_view line) { progress.show(line); };
  result.keep = keeper(plan.files.folder, kDefaultFolder, could_keep);
  return result;
}

ExitCode conform(const Options& options) {
  auto plan = make_plan(options);
  if (!plan) return refuse(plan.error());
  say("seed {:#x}\n", plan->seed);
  flush_output();
  if (!options.select.empty()) {
    const auto selected = select_clauses(options.select);
    if (!selected) return refuse(selected.error().error, selected.error().is_empty ? ExitCode::kNothing : ExitCode::kUsage);
    plan->filter = filter_of(*selected);
  }
  auto files = ReportFiles::open(options.report);
  if (!files) return refuse(files.error().error, files.error().code);
  plan->files = *std::move(files);
  ProgressLine progress;
  bool could_keep = true;
  ConformanceOptions how = conformance_options(options, *plan, progress, could_keep);
  const auto spec = BackendSpec::parse(options.backend);
  if (!spec) return refuse(spec.error());
  auto supervisor = start_backend(options.backend, options.jobs, plan->profile ? &*plan->profile : nullptr);
  if (supervisor) {
    Conformance conformance(**supervisor, std::move(how));
    return run_tests(conformance, options, *plan, could_keep);
  }
  const ExitCode code = report_cannot_start(supervisor.error());
  if (!supervisor.error().finding) return code;
  Conformance conformance(*spec, *supervisor.error().finding, std::move(how));
  return run_tests(conformance, options, *plan, could_keep);
}

}  // namespace

void add_conformance(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("conformance", "Checks a backend, clause by clause");
  command->add_option("--backend", options->backend, "The backend to check")->required()->type_name("B");
  command->add_option("--profile", options->profile, "A profile that counts instead of the backend's own; gmcheck profile writes one")
      ->type_name("FILE");
  command->add_option("--budget", options->budget_seconds, "Seconds for generated programs, split over the suites")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  command->add_option("--programs", options->programs, "Programs of each suite instead of a time: the same run on every machine")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
      ->excludes("--budget");
  command->add_option("--seed", options->seed, "A number or a commit's hash; without it GMCHECK_SEED, or a new one");
  command->add_option("--select", options->select, "Clauses: GM-RW-007, RW, GM-XR-*, core, switch:NAME; - or ! before one leaves it out")
      ->delimiter(',');
  add_report_options(*command, options->report);
  command->add_option("--jobs", options->jobs, "Workers at the same time")->check(CLI::Range(1u, 256u))->capture_default_str();
  command->add_option("--waivers", options->waivers, "Findings that are accepted, each until a day (harness/README.md)")->type_name("FILE");
  command->add_option("--baseline", options->baseline, "An earlier report.json: what it has found fails this run no more")
      ->type_name("REPORT");
  command->add_option("--contract-version", options->contract_version, "Refuses to run where this gmcheck checks another one")
      ->type_name("N");
  command->add_flag("--allow-unreached", options->allows_unreached, "Accepts clauses that were not reached");
  command->footer("GoogleTest's flags (--gtest_...) and variables (GTEST_...) work as well.");
  command->allow_extras();
  command->callback([options, command, &action] {
    options->googletest = command->remaining();
    action = [options] { return conform(*options); };
  });
}

}  // namespace gmc
