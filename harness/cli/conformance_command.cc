// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck conformance: clause by clause.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/seed.h"
#include "harness/cli/session.h"
#include "harness/report/folder.h"
#include "harness/report/json_report.h"
#include "harness/report/text_report.h"
#include "properties/clause_test.h"

namespace gmc {

namespace {

// Where programs of findings go without --report-dir.
constexpr const char* kDefaultFolder = "gmcheck-findings";

struct Options {
  std::string backend;
  double budget_seconds = 60;
  std::string seed;
  std::vector<std::string> select;
  bool allows_unreached = false;
  std::string report_dir;
  unsigned jobs = 2;
  std::uint64_t programs = 0;
  std::vector<std::string> googletest;  // --gtest_...
};

// What was asked for, once it is known to make sense.
struct Plan {
  std::uint64_t seed = 0;
  std::string filter;                  // of --select; "" without it
  std::optional<ReportFolder> folder;  // of --report-dir
};

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// GoogleTest would end the process with a code of its own.
Result<void> check_shards() {
  const auto number = [](std::string_view text) -> std::optional<long> {
    long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && !text.empty() ? std::optional(value) : std::nullopt;
  };
  const std::string_view total = environment("GTEST_TOTAL_SHARDS"), index = environment("GTEST_SHARD_INDEX");
  if (total.empty() && index.empty()) return {};
  const auto total_number = number(total), index_number = number(index);
  if (!total_number || !index_number || *index_number < 0 || *index_number >= *total_number) {
    return fail("GTEST_SHARD_INDEX", fmt::format("shard '{}' of GTEST_TOTAL_SHARDS '{}' does not exist", index, total));
  }
  return {};
}

bool is_sharded() { return !environment("GTEST_TOTAL_SHARDS").empty() && environment("GTEST_TOTAL_SHARDS") != "1"; }

Result<Plan> make_plan(const Options& options) {
  Plan plan;
  GMC_TRY(seed, options.seed.empty() ? default_seed() : parse_seed(options.seed));
  plan.seed = seed;
  for (const std::string& flag : options.googletest) {
    if (!flag.starts_with("--gtest_")) return fail(flag, "gmcheck conformance has no such option");
    if (flag.starts_with("--gtest_output") && !options.report_dir.empty())
      return fail(flag, "--report-dir leaves GoogleTest's XML already");
    if (flag.starts_with("--gtest_filter") && !options.select.empty()) return fail(flag, "--select makes a filter already");
  }
  GMC_TRY_VOID(check_shards());
  return plan;
}

ExitCode refuse(const Error& error, ExitCode code = ExitCode::kUsage) {
  complain(error);
  return code;
}

// GoogleTest's own XML, taken from memory: so it cannot be left behind half-written.
class XmlCatcher {
 public:
  XmlCatcher() : file_(::memfd_create("junit", MFD_CLOEXEC)) {}
  ~XmlCatcher() {
    if (file_ >= 0) ::close(file_);
  }
  XmlCatcher(const XmlCatcher&) = delete;
  XmlCatcher& operator=(const XmlCatcher&) = delete;

  [[nodiscard]] std::string path() const { return fmt::format("/proc/self/fd/{}", file_); }

 private:
  int file_;
};

void start_googletest(const Options& options, const std::string& filter, const XmlCatcher* xml) {
  std::vector<std::string> arguments = {"gmcheck"};
  if (!filter.empty()) arguments.push_back("--gtest_filter=" + filter);
  if (xml != nullptr) arguments.push_back("--gtest_output=xml:" + xml->path());
  arguments.insert(arguments.end(), options.googletest.begin(), options.googletest.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int argc = static_cast<int>(arguments.size());
  testing::InitGoogleTest(&argc, argv.data());
  // The report is what people read.
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
}

ExitCode judge(const Report& report, bool allows_unreached) {
  if (!report.findings.empty()) return ExitCode::kFailed;
  if (report.count(State::kNotReached) > 0 && !allows_unreached) return ExitCode::kNothing;
  const bool decided_any = report.count(State::kPass) + report.count(State::kNotReached) > 0;
  return decided_any || is_sharded() ? ExitCode::kPassed : ExitCode::kNothing;
}

// What --report-dir leaves; the programs are there already.
ExitCode leave_reports(const ReportFolder& folder, const Report& report, const XmlCatcher& xml, ExitCode code) {
  auto junit = read_file(xml.path());
  const auto wrote_junit = junit ? folder.write("junit.xml", *junit) : std::unexpected(junit.error());
  if (!wrote_junit) complain(wrote_junit.error());
  const ExitCode final = wrote_junit ? code : worse(code, ExitCode::kUnusable);
  const auto wrote_json = folder.write("report.json", json_report(report, static_cast<int>(final)));
  if (!wrote_json) complain(wrote_json.error());
  return wrote_json ? final : worse(final, ExitCode::kUnusable);
}

ExitCode run_tests(Conformance& conformance, const Options& options, const Plan& plan, bool& could_keep) {
  const XmlCatcher xml;
  start_googletest(options, plan.filter, plan.folder ? &xml : nullptr);
  if (!selects_any(testing::GTEST_FLAG(filter), conformance.report().backend)) {
    return refuse({"--gtest_filter", "selects no clause"}, ExitCode::kNothing);
  }
  register_clause_tests(conformance);
  const bool has_failed = RUN_ALL_TESTS() != 0;
  if (testing::GTEST_FLAG(list_tests)) return ExitCode::kPassed;
  const Report report = conformance.report_of(chosen_clauses());
  fmt::print("{}", text_report(report, wants_colours()));
  std::fflush(stdout);
  // The report knows more than GoogleTest; but what GoogleTest holds for a failure is none the less one.
  ExitCode code = judge(report, options.allows_unreached);
  if (has_failed) code = worse(code, ExitCode::kFailed);
  if (!could_keep) code = worse(code, ExitCode::kUnusable);
  return plan.folder ? leave_reports(*plan.folder, report, xml, code) : code;
}

ConformanceOptions conformance_options(const Options& options, const Plan& plan, ProgressLine& progress, bool& could_keep) {
  ConformanceOptions result;
  result.seed = plan.seed;
  result.budget_ms = static_cast<std::uint32_t>(options.budget_seconds * 1000);
  result.programs = options.programs;
  result.on_progress = [&progress](std::string_view line) { progress.show(line); };
  const std::optional<ReportFolder> folder = plan.folder;
  result.keep = [folder, &could_keep](const std::string& name, const std::string& text) -> std::string {
    auto opened = folder ? Result<ReportFolder>(*folder) : ReportFolder::open(kDefaultFolder);
    const auto written = opened ? opened->write(name, text) : std::unexpected(opened.error());
    if (written) return opened->file(name);
    complain(written.error());
    could_keep = false;
    return "";
  };
  return result;
}

ExitCode conform(const Options& options) {
  auto plan = make_plan(options);
  if (!plan) return refuse(plan.error());
  fmt::print("seed {:#x}\n", plan->seed);
  std::fflush(stdout);
  if (!options.select.empty()) {
    const auto selected = select_clauses(options.select);
    if (!selected) return refuse(selected.error(), ExitCode::kNothing);
    plan->filter = filter_of(*selected);
  }
  if (!options.report_dir.empty()) {
    auto folder = ReportFolder::open(options.report_dir);
    if (!folder) return refuse(folder.error(), ExitCode::kUnusable);
    plan->folder = *folder;
  }
  ProgressLine progress;
  bool could_keep = true;
  ConformanceOptions how = conformance_options(options, *plan, progress, could_keep);
  const auto spec = BackendSpec::parse(options.backend);
  if (!spec) return refuse(spec.error());
  auto supervisor = start_backend(options.backend, options.jobs);
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
  command->add_option("--budget", options->budget_seconds, "Seconds for generated programs, split over the suites")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  command->add_option("--programs", options->programs, "Programs of each suite instead of a time: the same run on every machine")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
      ->excludes("--budget");
  command->add_option("--seed", options->seed, "A number or a commit's hash; without it GMCHECK_SEED, or a new one");
  command->add_option("--select", options->select, "Clauses: GM-RW-007, RW, GM-XR-*")->delimiter(',');
  command->add_option("--report-dir", options->report_dir, "Leaves junit.xml, report.json and the programs of findings there");
  command->add_option("--jobs", options->jobs, "Workers at the same time")->check(CLI::Range(1u, 256u))->capture_default_str();
  command->add_flag("--allow-unreached", options->allows_unreached, "Accepts clauses that were not reached");
  command->footer("GoogleTest's flags (--gtest_...) and variables (GTEST_...) work as well.");
  command->allow_extras();
  command->callback([options, command, &action] {
    options->googletest = command->remaining();
    action = [options] { return conform(*options); };
  });
}

}  // namespace gmc
