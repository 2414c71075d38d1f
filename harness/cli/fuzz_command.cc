// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck fuzz: coverage-guided, with the oracle. The engine runs in processes of its own; what it finds is looked at again, made small and
// shown from here.
#include <fmt/format.h>
#include <sys/wait.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "harness/base/counted.h"
#include "harness/cli/commands.h"
#include "harness/cli/fuzz_engine.h"
#include "harness/cli/fuzz_group.h"
#include "harness/cli/reproducer.h"
#include "harness/cli/seed.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/program/byte_form.h"
#include "harness/program/text.h"
#include "harness/reference/reachable_cells.h"
#include "harness/report/coverage_report.h"
#include "harness/report/folder.h"
#include "harness/report/printable.h"
#include "harness/report/report.h"
#include "harness/report/text_report.h"

namespace gmc {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kUnmetTold = 5;  // situations, by name
constexpr unsigned kStartsMax = 20;    // of one job: a backend that dies of everything ends here

struct Options {
  std::string backend;
  std::string profile;
  std::string folder = "gmcheck-fuzz";
  std::vector<std::string> seeds;
  std::string seed;
  double budget_seconds = 60;
  unsigned jobs = 1;
  bool keeps_going = false;
};

ExitCode refuse(const Error& error, ExitCode code = ExitCode::kUsage) {
  complain(error);
  return code;
}

// What a run has come to.
struct Sum {
  std::uint64_t programs = 0;
  std::uint64_t operations = 0;
  std::uint64_t inside = 0;
  std::unordered_set<std::uint32_t> cells{};

  void add(const FuzzStatus& status) {
    programs += status.programs;
    operations += status.operations;
    inside += status.inside;
    cells.insert(status.cells.begin(), status.cells.end());
  }
};

class Fuzzing {
 public:
  Fuzzing(const Options& options, FuzzFolder folder, Supervisor& supervisor, std::string engine, std::uint32_t seed)
      : options_(options), folder_(std::move(folder)), supervisor_(supervisor), engine_(std::move(engine)), seed_(seed) {
    report_.backend = options.backend;
    report_.profile_file = options.profile;
    report_.implementation = supervisor.opened().name + " " + supervisor.opened().version;
  }

  ExitCode run();

 private:
  [[nodiscard]] double seconds() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }
  [[nodiscard]] double seconds_left() const { return options_.budget_seconds - seconds(); }
  [[nodiscard]] Result<std::unique_ptr<FuzzJob>> start(unsigned number) const;
  [[nodiscard]] Result<void> work(std::vector<std::unique_ptr<FuzzJob>>& jobs);
  [[nodiscard]] Result<bool> ended(FuzzJob& job, int status);
  [[nodiscard]] std::uint64_t hits() const;
  [[nodiscard]] Result<void> look_at_new_files();
  [[nodiscard]] Result<void> look_at(const Program& program, const std::string& file, bool is_counted_elsewhere);
  void keep(const FuzzGroup& group, const Blamed& smallest, const Confirmed& confirmed, std::uint64_t ops_before);
  [[nodiscard]] std::string in_c(const FuzzGroup& group, const ReportedFinding& reported, const Trace& trace) const;
  void show_progress(const std::vector<std::unique_ptr<FuzzJob>>& jobs);
  void sum_up() const;
  void tell_coverage() const;

  const Options& options_;
  FuzzFolder folder_;
  Supervisor& supervisor_;
  std::string engine_;
  std::uint32_t seed_;
  Report report_;
  Clock::time_point began_ = Clock::now();
  Sum ended_;  // of processes that are gone
  Sum sum_;    // with those that run
  std::set<std::string> seen_files_;
  std::map<std::string, FuzzGroup> groups_;  // that this run has met
  std::size_t unconfirmed_ = 0;
  ProgressLine progress_;
};

Result<std::unique_ptr<FuzzJob>> Fuzzing::start(unsigned number) const {
  auto job = std::make_unique<FuzzJob>(folder_, number,
                                       FuzzJobOptions{.engine = engine_,
                                                      .backend = options_.backend,
                                                      .profile_file = options_.profile,
                                                      .keeps_going = options_.keeps_going,
                                                      .seed = seed_,
                                                      .seconds = static_cast<std::uint64_t>(std::ceil(std::max(seconds_left(), 1.0)))});
  GMC_TRY_VOID(job->start());
  return job;
}

// A process is gone: false where it is not to be started again.
Result<bool> Fuzzing::ended(FuzzJob& job, int status) {
  if (const auto last = job.status()) ended_.add(*last);
  const std::uint64_t before = hits() + unconfirmed_;
  GMC_TRY_VOID(look_at_new_files());
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return false;
  if (hits() + unconfirmed_ > before) return true;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) return true;  // a finding that is known
  return fail(options_.backend,
              fmt::format("the engine ended with {}: {}",
                          WIFEXITED(status) ? fmt::format("exit code {}", WEXITSTATUS(status)) : fmt::format("signal {}", WTERMSIG(status)),
                          printable_line(job.last_words())));
}

void Fuzzing::show_progress(const std::vector<std::unique_ptr<FuzzJob>>& jobs) {
  sum_ = ended_;
  for (const auto& job : jobs) {
    if (!job->is_running()) continue;
    if (const auto status = job->status()) sum_.add(*status);
  }
  progress_.show(fmt::format("{:.0f} s of {:.0f}: {} programs, {:.0f} a second, {} cells, {} in the corpus, {} findings", seconds(),
                             options_.budget_seconds, sum_.programs, static_cast<double>(sum_.programs) / std::max(seconds(), 0.001),
                             sum_.cells.size(), names_in(folder_.corpus()).size(), groups_.size()));
}

Result<void> Fuzzing::work(std::vector<std::unique_ptr<FuzzJob>>& jobs) {
  for (unsigned number = 0; number < options_.jobs; ++number) {
    GMC_TRY(job, start(number));
    jobs.push_back(std::move(job));
  }
  auto next_look = Clock::now();
  while (std::ranges::any_of(jobs, [](const auto& job) { return job->is_running(); })) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    for (const auto& job : jobs) {
      const auto status = job->poll();
      if (!status) continue;
      GMC_TRY(goes_on, ended(*job, *status));
      if (!options_.keeps_going && !groups_.empty()) return {};
      if (goes_on && seconds_left() > 1 && job->starts() < kStartsMax) GMC_TRY_VOID(job->start());
    }
    if (Clock::now() < next_look) continue;
    next_look = Clock::now() + std::chrono::seconds(1);
    GMC_TRY_VOID(look_at_new_files());
    show_progress(jobs);
  }
  return {};
}

// Programs that the engine saved, and bytes on which it died.
Result<void> Fuzzing::look_at_new_files() {
  for (const std::string& name : names_in(folder_.seen())) {
    if (!name.ends_with(".gmp") || !seen_files_.insert(name).second) continue;
    const std::string file = folder_.seen() + "/" + name;
    GMC_TRY(text, read_file(file));
    GMC_TRY(document, read_program(text, file));
    GMC_TRY_VOID(look_at(document.program, file, false));
  }
  for (const std::string& name : names_in(folder_.artifacts())) {
    if (name.starts_with("slow-unit-") || !seen_files_.insert("artifact " + name).second) continue;
    const std::string file = folder_.artifacts() + "/" + name;
    GMC_TRY(text, read_file(file));
    Program program;
    decode_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, program);
    program.adopts = supervisor_.profile().root().layout == LayoutSource::kOwn;
    if (program.adopts) program.layouts.front() = {};
    // Of a process that could still save what it found there are bytes as well.
    GMC_TRY_VOID(look_at(program, file, true));
  }
  return {};
}

std::uint64_t Fuzzing::hits() const {
  std::uint64_t sum = 0;
  for (const auto& [name, group] : groups_) sum += group.hits;
  return sum;
}

// Confirms in a worker, makes it small and shows it, unless one of its group was shown.
Result<void> Fuzzing::look_at(const Program& program, const std::string& file, bool is_counted_elsewhere) {
  GMC_TRY(trace, supervisor_.replay(program));
  if (!trace.finding) {
    ++unconfirmed_;
    progress_.clear();
    say("{}: the engine saw a finding here that does not show alone{}\n", file, trace.skip_reason.empty() ? "" : ": " + trace.skip_reason);
    return {};
  }
  const std::string name = group_name(*trace.finding);
  const bool is_known = groups_.contains(name);
  if (!is_known) {
    GMC_TRY(opened, FuzzGroup::open(folder_.findings(), name));
    groups_.emplace(name, opened);
  }
  FuzzGroup& group = groups_.at(name);
  if (!is_known || !is_counted_elsewhere) GMC_TRY_VOID(group.count_hit());
  if (is_known) return {};
  const Blamed blamed{.finding = *trace.finding, .program = program};
  GMC_TRY(confirmed, supervisor_.confirm({.found = {.blamed = blamed}, .seconds = 0, .origin = nullptr}));
  if (confirmed.blamed.finding.verdict == Verdict::kFlaky) {
    keep(group, confirmed.blamed, confirmed, program.ops.size());
    return {};
  }
  GMC_TRY(smallest, supervisor_.minimize(blamed));
  keep(group, smallest, confirmed, program.ops.size());
  return {};
}

// The C source of what is shown, which has been tried before it is told of.
std::string Fuzzing::in_c(const FuzzGroup& group, const ReportedFinding& reported, const Trace& trace) const {
  const auto parsed = parse_text(document_of(reported, report_), group.program());
  if (!parsed) return "in C: " + parsed.error().text();
  const auto source = reproducer_of(group.program(), *parsed, options_.backend, supervisor_, trace);
  if (!source) return "in C: " + source.error().text();
  if (const auto written = write_file(group.source(), *source); !written) return "in C: " + written.error().text();
  return try_reproducer(group.source(), options_.backend);
}

void Fuzzing::keep(const FuzzGroup& group, const Blamed& smallest, const Confirmed& confirmed, std::uint64_t ops_before) {
  ReportedFinding reported{.finding = smallest.finding, .program = smallest.program};
  reported.finding.verdict = confirmed.blamed.finding.verdict;
  reported.shown = confirmed.shown;
  reported.runs = confirmed.runs;
  reported.suite = "fuzz";
  reported.programs = sum_.programs;
  reported.seconds = seconds();
  reported.count = group.hits;
  reported.ops_before = ops_before;
  if (const auto written = write_file(group.program(), document_of(reported, report_)); written) {
    reported.file = group.program();
  } else {
    complain(written.error());
  }
  std::string source;
  if (const auto trace = supervisor_.replay(smallest.program)) {
    reported.trace = trace->lines;
    source = "  " + in_c(group, reported, *trace) + "\n";
  }
  progress_.clear();
  say_text("\n" + text_of(reported, report_) + source);
  flush_output();
}

void Fuzzing::sum_up() const {
  const double share = sum_.operations == 0 ? 0 : 100 * static_cast<double>(sum_.inside) / static_cast<double>(sum_.operations);
  say("\n{}: {} findings; {} programs in {:.1f} s ({:.0f} a second), {} operations, {:.0f} % inside memory; {} cells met; {} in {}\n",
      printable_line(options_.backend), groups_.size(), sum_.programs, seconds(),
      static_cast<double>(sum_.programs) / std::max(seconds(), 0.001), sum_.operations, share, sum_.cells.size(),
      names_in(folder_.corpus()).size(), folder_.corpus());
  for (const auto& [name, group] : groups_) say("  {}: {}\n", name, counted(group.hits, "hit"));
  tell_coverage();
}

// What was met of what there is: a few names here, all in a file.
void Fuzzing::tell_coverage() const {
  const Opened& opened = supervisor_.opened();
  const bool is_adopted = supervisor_.profile().root().layout == LayoutSource::kOwn;
  const auto reachable =
      reachable_cells(supervisor_.profile(), opened.offers, is_adopted ? std::optional<Layout>(opened.adopted) : std::nullopt);
  const std::vector<std::uint32_t> met(sum_.cells.begin(), sum_.cells.end());
  const CoverageReport coverage = coverage_report(reachable, met);
  say_text(text_of(coverage, kUnmetTold));
  if (const auto written = write_file(folder_.coverage(), json_of(coverage)); !written) return complain(written.error());
  say("  all situations: {}\n", folder_.coverage());
}

ExitCode Fuzzing::run() {
  // What lies there from earlier runs is known.
  for (const std::string& name : names_in(folder_.seen())) seen_files_.insert(name);
  for (const std::string& name : names_in(folder_.artifacts())) seen_files_.insert("artifact " + name);
  std::vector<std::unique_ptr<FuzzJob>> jobs;
  const auto worked = work(jobs);
  for (const auto& job : jobs) {
    if (!job->is_running()) continue;
    job->stop();
    if (const auto status = job->status()) ended_.add(*status);
  }
  sum_ = ended_;
  progress_.clear();
  if (!worked) return refuse(worked.error(), ExitCode::kUnusable);
  sum_up();
  return groups_.empty() && unconfirmed_ == 0 ? ExitCode::kPassed : ExitCode::kFailed;
}

// Programs in text, as bytes in the corpus.
Result<void> plant_seeds(const std::vector<std::string>& folders, const FuzzFolder& folder) {
  std::vector<std::uint8_t> bytes;
  for (const std::string& seeds : folders) {
    std::error_code error;
    if (!std::filesystem::is_directory(seeds, error)) return fail(seeds, "is no folder that can be read");
    for (const std::string& name : names_in(seeds)) {
      if (!name.ends_with(".gmp")) continue;
      GMC_TRY(text, read_file(seeds + "/" + name));
      GMC_TRY(document, read_program(text, seeds + "/" + name));
      encode_bytes(document.program, bytes);
      GMC_TRY_VOID(write_file(folder.corpus() + "/" + name + ".bytes", {reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    }
  }
  return {};
}

ExitCode fuzz(const Options& options) {
  const auto seed = options.seed.empty() ? default_seed() : parse_seed(options.seed);
  if (!seed) return refuse(seed.error());
  std::optional<Profile> profile;
  if (!options.profile.empty()) {
    const auto loaded = load_profile(options.profile);
    if (!loaded) return refuse(loaded.error());
    profile = *loaded;
  }
  const auto engine = find_engine();
  if (!engine) return refuse(engine.error(), ExitCode::kUnusable);
  auto supervisor = start_backend(options.backend, 1, profile ? &*profile : nullptr);
  if (!supervisor) return report_cannot_start(supervisor.error());
  auto folder = open_fuzz_folder(options.folder);
  if (!folder) return refuse(folder.error(), ExitCode::kUnusable);
  if (const auto planted = plant_seeds(options.seeds, *folder); !planted) return refuse(planted.error());
  say("seed {:#x}\n", *seed);
  flush_output();
  return Fuzzing(options, *std::move(folder), **supervisor, *engine, static_cast<std::uint32_t>(*seed >> 33)).run();
}

}  // namespace

void add_fuzz(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("fuzz", "Fuzzes a backend, guided by coverage, and holds every answer against the reference");
  command->add_option("--backend", options->backend, "The backend to fuzz")->required()->type_name("B");
  command->add_option("--profile", options->profile, "A profile that counts instead of the backend's own")->type_name("FILE");
  command->add_option("--folder", options->folder, "Corpus and findings; a folder that is there is taken up again")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_option("--seeds", options->seeds, "Programs (.gmp) of this folder go into the corpus first")->type_name("DIR");
  command->add_option("--budget", options->budget_seconds, "Seconds")->check(CLI::Range(1.0, 1e7))->capture_default_str();
  command->add_option("--jobs", options->jobs, "Processes at the same time")->check(CLI::Range(1u, 256u))->capture_default_str();
  command->add_option("--seed", options->seed, "A number or a commit's hash; without it GMCHECK_SEED, or a new one");
  command->add_flag("--keep-going", options->keeps_going, "Goes on after a finding, and steers round what is known");
  command->callback([options, &action] { action = [options] { return fuzz(*options); }; });
}

}  // namespace gmc
