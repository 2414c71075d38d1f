// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/diff/diff_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "harness/base/counted.h"
#include "harness/diff/diff_report.h"
#include "harness/generate/generator.h"
#include "harness/generate/shrink.h"

namespace gmc {

namespace {

constexpr std::size_t kDifferencesMax = 64;  // distinct ones that are kept
constexpr std::size_t kLookedCloserMax = 8;  // findings of one backend
constexpr std::uint32_t kConfirmations = 2;
constexpr auto kOthersBudget = std::chrono::seconds(8);  // for minimising all that is no violation

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

Report side_of(const Supervisor& supervisor) {
  Report report;
  report.backend = supervisor.options().worker.backend.text();
  report.implementation = "version " + supervisor.opened().version;
  report.profile = supervisor.profile().print();
  report.sanitizer = supervisor.opened().sanitizer;
  return report;
}

}  // namespace

std::size_t DiffResult::count(Meaning meaning) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(differences, [&](const ReportedDifference& d) { return d.difference.meaning == meaning; }));
}

std::string diff_command(std::string_view file, const DiffResult& result) {
  return fmt::format("gmcheck diff {} --backend {} --backend {}", shell_word(file), shell_word(result.sides[0].backend),
                     shell_word(result.sides[1].backend));
}

DiffRun::DiffRun(Supervisor& a, Supervisor& b, DiffOptions options)
    : supervisors_{&a, &b}, sources_{AnswerSource(a), AnswerSource(b)}, options_(std::move(options)) {
  result_.sides = {side_of(a), side_of(b)};
  result_.switches = switch_differences(a.profile(), b.profile());
  result_.has_one_profile = result_.sides[0].profile == result_.sides[1].profile;
}

void DiffRun::say(std::string_view line) const {
  if (options_.on_progress) options_.on_progress(line);
}

void DiffRun::stop(const Error& error) {
  result_.stopped = error.text();
  result_.is_unusable = true;
}

DiffResult DiffRun::run() {
  result_.seed = fmt::format("{:#x}", options_.seed);
  const Profile shared(shared_switches(supervisors_[0]->profile().root(), supervisors_[1]->profile().root()));
  GeneratorSettings settings;
  settings.adopted = supervisors_[0]->opened().adopted;
  const bool adopts = shared.root().layout == LayoutSource::kOwn;
  if (adopts && supervisors_[1]->opened().adopted != settings.adopted) {
    result_.skip_reason = "each has a memory of its own, and the regions of the two are not the same";
    return std::move(result_);
  }
  if (const std::string why = why_nothing_is_shared(shared.root()); !why.empty()) {
    result_.skip_reason = why;
    return std::move(result_);
  }
  Generator generator(shared, settings);
  const auto is_over = [&](std::uint64_t drawn) {
    return options_.programs > 0 ? drawn >= options_.programs : seconds_since(began_) * 1000 >= options_.budget_ms;
  };
  std::uint64_t drawn = 0;
  for (std::uint64_t batch = 0; !is_over(drawn); ++batch) {
    generator.begin(batch_seed(options_.seed, batch));
    std::uint64_t count = kProgramsPerBatch;
    if (options_.programs > 0) count = std::min(count, options_.programs - drawn);
    std::vector<Program> programs(count);
    for (Program& program : programs) generator.next(program);
    drawn += count;
    if (!take_batch(std::move(programs))) break;
    say(fmt::format("{}, {}, {:.0f} s", counted(result_.programs, "program"), counted(result_.operations, "operation"),
                    seconds_since(began_)));
  }
  look_closer();
  return std::move(result_);
}

DiffResult DiffRun::run(const std::vector<Program>& programs) {
  static_cast<void>(take_batch(programs));
  look_closer();
  return std::move(result_);
}

std::string DiffRun::why_not_taken_by_both(const Program& program) const {
  for (const Supervisor* supervisor : supervisors_) {
    const std::string why = why_not_taken(program, supervisor->profile());
    if (!why.empty()) return fmt::format("{}: {}", supervisor->options().worker.backend.text(), why);
  }
  return "";
}

Result<DiffRun::Both> DiffRun::ask(const std::vector<Program>& programs) {
  std::vector<Program> longer;
  for (const Program& program : programs) longer.push_back(with_final_reads(program));
  // Both run at the same time.
  for (AnswerSource& source : sources_) GMC_TRY_VOID(source.send(longer));
  GMC_TRY(a, sources_[0].collect());
  GMC_TRY(b, sources_[1].collect());
  return Both{std::move(a), std::move(b)};
}

// Runs them on both and compares. False: nothing more can be run.
bool DiffRun::take_batch(std::vector<Program> programs) {
  std::erase_if(programs, [&](const Program& program) {
    const std::string why = why_not_taken_by_both(program);
    if (why.empty()) return false;
    ++result_.skipped_programs;
    if (result_.skip_reason.empty()) result_.skip_reason = why;
    return true;
  });
  const auto both = ask(programs);
  if (!both) {
    stop(both.error());
    return false;
  }
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const std::array<const ProgramAnswers*, 2> answers = {&(*both)[0][i], &(*both)[1][i]};
    for (std::size_t side = 0; side < 2; ++side) {
      if (answers[side]->finding) add_finding(side, *answers[side]->finding);
      if (answers[side]->skip_reason.empty()) continue;
      ++result_.skipped_programs;
      if (result_.skip_reason.empty()) result_.skip_reason = result_.sides[side].backend + ": " + answers[side]->skip_reason;
    }
    if (answers[0]->is_whole() && answers[1]->is_whole()) add_differences(programs[i], *answers[0], *answers[1]);
  }
  for (std::size_t side = 0; side < 2; ++side) {
    if (sources_[side].deaths() < AnswerSource::kDeathsMax) continue;
    result_.stopped = fmt::format("{} of {} died", counted(sources_[side].deaths(), "worker"), result_.sides[side].backend);
    return false;
  }
  return true;
}

void DiffRun::add_differences(const Program& program, const ProgramAnswers& a, const ProgramAnswers& b) {
  ++result_.programs;
  result_.operations += std::min(a.ops.size(), b.ops.size());
  const auto final_index = static_cast<std::uint32_t>(program.ops.size());
  std::vector<Difference> seen;  // each counts once a program
  for (const Difference& difference : compare(with_final_reads(program), final_index, a, b, result_.has_one_profile)) {
    if (std::ranges::any_of(seen, [&](const Difference& other) { return other.same_as(difference); })) continue;
    add(program, difference);
    seen.push_back(difference);
  }
}

void DiffRun::add_finding(std::size_t side, const Blamed& blamed) {
  std::vector<ReportedFinding>& findings = result_.sides[side].findings;
  const auto known = std::ranges::find_if(findings, [&](const ReportedFinding& f) { return f.finding.same_as(blamed.finding); });
  if (known != findings.end()) {
    ++known->count;
    return;
  }
  findings.push_back({.finding = blamed.finding,
                      .program = blamed.program,
                      .suite = "diff",
                      .programs = result_.programs,
                      .seconds = seconds_since(began_),
                      .count = 1,
                      .ops_before = blamed.program.ops.size()});
}

void DiffRun::add(const Program& program, const Difference& difference) {
  const auto known =
      std::ranges::find_if(result_.differences, [&](const ReportedDifference& d) { return d.difference.same_as(difference); });
  if (known != result_.differences.end()) {
    ++known->count;
    return;
  }
  // What violates the contract is kept whatever else there is.
  if (result_.differences.size() >= kDifferencesMax && difference.meaning != Meaning::kViolation) {
    ++result_.unlisted;
    return;
  }
  result_.differences.push_back({.difference = difference, .program = program, .count = 1});
}

// --------------------------------------------------------------------------------------------------------------- Looking again

void DiffRun::look_closer() {
  result_.seconds = seconds_since(began_);
  close_workers();
  for (std::size_t side = 0; side < 2; ++side) {
    std::set<Clause> looked;
    for (ReportedFinding& finding : result_.sides[side].findings) {
      if (looked.size() < kLookedCloserMax && looked.insert(finding.finding.clause).second) look_closer_at(side, finding);
    }
  }
  std::ranges::sort(result_.differences, {}, [](const ReportedDifference& reported) {
    const Difference& d = reported.difference;
    return std::tuple(d.meaning, ~reported.count, d.is_final, d.op, d.part, d.status_a, d.status_b);
  });
  const auto others_until = Clock::now() + kOthersBudget;
  for (ReportedDifference& reported : result_.differences) {
    if (reported.difference.meaning == Meaning::kViolation || Clock::now() < others_until) look_closer_at(reported);
  }
  for (ReportedDifference& reported : result_.differences) {
    if (reported.difference.meaning == Meaning::kExplained) reported.switches = switches_behind(reported.difference);
  }
  close_workers();
  keep_programs();
}

// Of the switches that differ those that the clauses of the two answers are about.
std::vector<std::string> DiffRun::switches_behind(const Difference& difference) const {
  std::vector<std::string> switches;
  for (const SwitchDifference& differing : result_.switches) {
    const std::string_view bare = std::string_view(differing.name).substr(differing.name.rfind('.') + 1);
    const auto is_about = [&](Clause clause) { return info(clause).switch_name == bare; };
    if (std::ranges::any_of(difference.clauses, is_about)) switches.push_back(differing.name);
  }
  return switches;
}

// What a worker leaves behind when it closes is a finding of no program's.
void DiffRun::close_workers() {
  for (std::size_t side = 0; side < 2; ++side) {
    if (const auto finding = sources_[side].close()) add_finding(side, Blamed{*finding, {}});
  }
}

// As conformance does it. Where no worker can be had for that, the finding stays as it was seen.
void DiffRun::look_closer_at(std::size_t side, ReportedFinding& finding) {
  if (finding.program.layouts.empty()) return;
  Supervisor& supervisor = *supervisors_[side];
  say(fmt::format("{}: looking again and minimising", id(finding.finding.clause)));
  CampaignFinding seen;
  seen.found.blamed = {finding.finding, finding.program};
  const auto confirmed = supervisor.confirm(seen);
  if (!confirmed) return;
  finding.finding = confirmed->blamed.finding;
  finding.shown = confirmed->shown;
  finding.runs = confirmed->runs;
  const auto smallest = supervisor.minimize(confirmed->blamed, std::chrono::milliseconds(options_.minimise_ms));
  if (smallest) {
    finding.finding = smallest->finding;
    finding.program = smallest->program;
    finding.is_minimised = true;
  }
  if (auto trace = supervisor.replay(finding.program)) finding.trace = std::move(trace->lines);
}

void DiffRun::look_closer_at(ReportedDifference& reported) {
  say(fmt::format("{}: {}: minimising", name(reported.difference.meaning), name(reported.difference.part)));
  if (!validate(reported.program)) return;
  reported.program = minimise(reported.program, reported.difference);
  if (reported.difference.meaning == Meaning::kViolation) confirm(reported);
  if (const auto smallest = shows(reported.program, reported.difference)) reported.difference = *smallest;
}

// The difference as this program shows it, if it does.
std::optional<Difference> DiffRun::shows(const Program& program, const Difference& wanted) {
  if (!why_not_taken_by_both(program).empty()) return std::nullopt;
  const auto both = ask({program});
  if (!both || !(*both)[0][0].is_whole() || !(*both)[1][0].is_whole()) return std::nullopt;
  const auto final_index = static_cast<std::uint32_t>(program.ops.size());
  for (Difference& difference : compare(with_final_reads(program), final_index, (*both)[0][0], (*both)[1][0], result_.has_one_profile)) {
    if (difference.same_as(wanted)) return std::move(difference);
  }
  return std::nullopt;
}

Program DiffRun::minimise(const Program& program, const Difference& wanted) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(options_.minimise_ms);
  Shrinker shrinker(program, wanted.op_index);
  Program candidate;
  while (Clock::now() < deadline && shrinker.next(candidate)) {
    if (shows(candidate, wanted)) shrinker.accept();
  }
  return shrinker.current();
}

// In new workers each time.
void DiffRun::confirm(ReportedDifference& reported) {
  for (; reported.runs < kConfirmations; ++reported.runs) {
    close_workers();
    if (shows(reported.program, reported.difference)) ++reported.shown;
  }
}

void DiffRun::keep_programs() {
  if (!options_.keep) return;
  for (Report& side : result_.sides) {
    for (ReportedFinding& finding : side.findings) {
      if (!finding.program.layouts.empty()) finding.file = options_.keep(file_name(finding), document_of(finding, side));
    }
  }
  for (ReportedDifference& reported : result_.differences) {
    reported.file = options_.keep(file_name(reported), document_of(reported, result_));
  }
}

}  // namespace gmc
