// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "properties/conformance.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <utility>

#include "harness/base/counted.h"
#include "harness/report/printable.h"

namespace gmc {

namespace {

// A clause has many findings where one mistake shows in many operations. So many of them are confirmed and minimised for each clause.
constexpr std::size_t kLookedCloserMax = 1;
// One that says that the backend hung or left something behind may have met a machine with other work: each operation's is confirmed, up to
// so many, as that takes as long as the limits do.
constexpr std::size_t kConfirmedMax = 6;

// When it is noted how many clauses have been decided, in seconds.
constexpr double kReachMarks[] = {5, 20, 60};

std::string remark_of(const CampaignResult& result) {
  std::string remark = result.stopped;
  const auto also = [&](const std::string& text) { remark += remark.empty() ? text : "; " + text; };
  if (result.skipped_programs > 0)
    also(fmt::format("{} could not run here: {}", counted(result.skipped_programs, "program"), result.skip_reason));
  if (!result.muted.empty()) {
    std::string muted;
    for (const OpKind kind : result.muted) muted += fmt::format("{}{}", muted.empty() ? "" : ", ", info(kind).text);
    also("after its findings, not generated any more: " + muted);
  }
  return remark;
}

}  // namespace

Conformance::Conformance(Supervisor& supervisor, ConformanceOptions options)
    : supervisor_(&supervisor), options_(std::move(options)), profile_(supervisor.profile()) {
  report_.backend = supervisor.options().worker.backend.text();
  report_.implementation = "version " + supervisor.opened().version;
  report_.seed = fmt::format("{:#x}", options_.seed);
  report_.profile_file = options_.profile_file;
  report_.budget = options_.programs > 0 ? fmt::format("{} a suite", counted(options_.programs, "program"))
                                         : fmt::format("{} s", static_cast<double>(options_.budget_ms) / 1000);
  report_.profile = profile_.print();
  report_.sanitizer = supervisor.opened().sanitizer;
}

Conformance::Conformance(const BackendSpec& backend, const Finding& death, ConformanceOptions options)
    : supervisor_(nullptr), options_(std::move(options)) {
  report_.backend = backend.text();
  report_.implementation = "did not open";
  report_.seed = fmt::format("{:#x}", options_.seed);
  report_.profile_file = options_.profile_file;
  report_.findings.push_back({.finding = death, .suite = "(open)", .count = 1});
  excuse(report_.findings.back(), options_.excuses);
  raw_.emplace_back();
}

void Conformance::say(std::string_view line) const {
  if (options_.on_progress) options_.on_progress(line);
}

bool Conformance::needs_campaign(Clause clause) const {
  const ClauseInfo& row = info(clause);
  if (row.state != ClauseState::kChecked && row.state != ClauseState::kDeclaration) return false;
  const Suite* suite = suite_of(clause);
  return suite != nullptr && supervisor_ != nullptr && !why_not(*suite, profile_, clause, supervisor_->opened().offers);
}

void Conformance::run(const std::vector<Clause>& selected) {
  if (std::exchange(has_run_, true) || supervisor_ == nullptr) return;
  std::ranges::copy_if(selected, std::back_inserter(wanted_), [&](Clause clause) { return needs_campaign(clause); });
  std::vector<const Suite*> needed;
  for (const Suite& suite : suites()) {
    if (std::ranges::any_of(wanted_, [&](Clause clause) { return suite_of(clause) == &suite; })) needed.push_back(&suite);
  }
  began_ = std::chrono::steady_clock::now();
  const auto passed_ms = [&] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_).count();
  };
  for (std::size_t i = 0; i < needed.size(); ++i) {
    // What one suite leaves of its share is for those that follow.
    const auto left = std::max<std::int64_t>(1, options_.budget_ms - passed_ms());
    run_suite(*needed[i], static_cast<std::uint32_t>(std::max<std::int64_t>(1, left / static_cast<std::int64_t>(needed.size() - i))));
  }
  report_.seconds = static_cast<double>(passed_ms()) / 1000;
  note_reach({}, report_.seconds);
  look_closer_at_all();
}

// The share of clauses that have their floor of checks, at the marks and at the end.
void Conformance::note_reach(const Evidence& so_far, double seconds) {
  const bool is_end = seconds == report_.seconds;
  const std::size_t noted = report_.reached.size();
  if (!is_end && (noted >= std::size(kReachMarks) || seconds < kReachMarks[noted])) return;
  const auto is_reached = [&](Clause clause) {
    return evidence_.of(clause) + so_far.of(clause) >= std::max(info(clause).floor, 1u) || !findings(clause).empty();
  };
  report_.reached.push_back({.seconds = is_end ? seconds : kReachMarks[noted],
                             .decided = static_cast<std::size_t>(std::ranges::count_if(wanted_, is_reached)),
                             .wanted = wanted_.size()});
}

void Conformance::run_suite(const Suite& suite, std::uint32_t budget_ms) {
  CampaignOrder order;
  order.settings = suite.settings(profile_);
  order.settings.adopted = supervisor_->opened().adopted;
  order.seed = options_.seed;
  if (options_.programs > 0) {
    order.batch_count = (options_.programs + kProgramsPerBatch - 1) / kProgramsPerBatch;
  } else {
    order.budget_ms = budget_ms;
  }
  const ProgressSink sink = [&](const CampaignProgress& now) {
    note_reach(now.evidence, std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count());
    say(fmt::format("{}: {}, {}, {:.0f} s{}", suite.name, counted(now.statistics.programs, "program"),
                    counted(now.statistics.operations, "operation"), now.seconds,
                    now.findings == 0 ? "" : ", " + counted(now.findings, "finding")));
    return true;
  };
  add(suite, order, supervisor_->run(order, sink));
}

void Conformance::add(const Suite& suite, const CampaignOrder& order, CampaignResult result) {
  evidence_.add(result.evidence);
  // At the end of each batch the memory is destroyed, and what the process holds is counted.
  evidence_.add(Clause::kREG10, result.batches);
  report_.suites.push_back({.suite = std::string(suite.name),
                            .programs = result.statistics.programs,
                            .operations = result.statistics.operations,
                            .inside = result.statistics.inside,
                            .by_kind = result.statistics.by_kind,
                            .skipped_programs = result.skipped_programs,
                            .seconds = result.seconds,
                            .remark = remark_of(result)});
  for (CampaignFinding& finding : result.findings) {
    const Blamed& blamed = finding.found.blamed;
    const auto known = std::ranges::find_if(report_.findings, [&](const ReportedFinding& f) { return f.finding.same_as(blamed.finding); });
    if (known != report_.findings.end()) {
      known->count += finding.found.count;
      continue;
    }
    report_.findings.push_back({.finding = blamed.finding,
                                .program = blamed.program,
                                .suite = std::string(suite.name),
                                .programs = finding.programs_before(order),
                                .seconds = finding.seconds,
                                .count = finding.found.count,
                                .ops_before = blamed.program.ops.size()});
    report_.findings.back().remark = denial_in(blamed.finding);
    excuse(report_.findings.back(), options_.excuses);
    raw_.push_back(std::move(finding));
  }
}

// To deny what works is a finding under a clause that does not apply, which would puzzle whoever reads it.
std::string Conformance::denial_in(const Finding& finding) const {
  const Suite* suite = suite_of(finding.clause);
  if (suite == nullptr || finding.divergence.part != Part::kStatus || finding.divergence.expected_status != GMC_UNSUPPORTED) return "";
  const auto reason = why_not(*suite, profile_, finding.clause, supervisor_->opened().offers);
  return reason ? fmt::format("the profile denies it ({}), and it is there", *reason) : "the profile denies it, and it is there";
}

void Conformance::look_closer_at_all() {
  // What has no excuse comes first: that is what somebody will look at.
  look_closer(true);
  look_closer(false);
  for (ReportedFinding& finding : report_.findings) keep_program(finding);
}

void Conformance::look_closer(bool unexcused) {
  for (std::size_t i = 0; i < report_.findings.size(); ++i) {
    if (!raw_[i] || (report_.findings[i].excuse == Excuse::kNone) != unexcused) continue;
    const Finding& finding = report_.findings[i].finding;
    const bool is_first = looked_[static_cast<std::size_t>(finding.clause)]++ < kLookedCloserMax;
    const bool depends_on_load = finding.verdict == Verdict::kHung || finding.verdict == Verdict::kLeaked;
    if (is_first) {
      confirm_and_minimise(i);
    } else if (depends_on_load && confirmed_++ < kConfirmedMax) {
      confirm(i);
    } else {
      continue;
    }
    excuse(report_.findings[i], options_.excuses);  // a new worker may show it as another one
  }
}

// Runs the program of a finding again in a new worker. Where none can be had for that, the finding stays as the campaign saw it.
std::optional<Confirmed> Conformance::confirm(std::size_t index) {
  ReportedFinding& reported = report_.findings[index];
  say(fmt::format("{}: looking again", id(reported.finding.clause)));
  auto confirmed = supervisor_->confirm(*raw_[index]);
  if (!confirmed) return std::nullopt;
  reported.finding = confirmed->blamed.finding;
  reported.before = confirmed->before;
  reported.shown = confirmed->shown;
  reported.runs = confirmed->runs;
  return *std::move(confirmed);
}

void Conformance::confirm_and_minimise(std::size_t index) {
  const auto confirmed = confirm(index);
  if (!confirmed || confirmed->blamed.program.layouts.empty()) return;
  ReportedFinding& reported = report_.findings[index];
  say(fmt::format("{}: minimising", id(reported.finding.clause)));
  const auto smallest = supervisor_->minimize(confirmed->blamed, std::chrono::milliseconds(options_.minimise_ms));
  if (smallest) {
    reported.finding = smallest->finding;
    reported.program = smallest->program;
    reported.is_minimised = true;
  }
  if (auto trace = supervisor_->replay(reported.program)) reported.trace = std::move(trace->lines);
}

void Conformance::keep_program(ReportedFinding& finding) {
  if (!options_.keep || finding.program.layouts.empty()) return;
  finding.file = options_.keep(file_name(finding), document_of(finding, report_));
}

// What lies behind a check that rests on more than the backend's own answers: about half of all memories stand on files of gmcheck's where
// the profile takes them, and where it does not, on host memory.
std::string Conformance::witness_of(Clause clause) const {
  if (!info(clause).needs_witness) return "";
  if (profile_.root().backing.has(Backings::kFd)) return "witness file";
  if (profile_.root().backing.has(Backings::kHostPointer)) return "host memory";
  return "the API";
}

ClauseResult Conformance::result(Clause clause) const {
  const ClauseInfo& row = info(clause);
  const Suite* suite = suite_of(clause);
  ClauseResult result{.clause = clause, .checks = evidence_.of(clause)};
  if (suite != nullptr) result.suite = suite->name;
  // A finding counts whatever the profile says: to deny what works falls on a clause that does not apply.
  if (const auto found = findings(clause); !found.empty()) {
    result.state = state_of(found);
    result.witness = witness_of(clause);
    return result;
  }
  if (row.state == ClauseState::kUnspecified) {
    result.state = State::kNotApplicable;
    result.reason = "every answer that it lists is accepted";
    return result;
  }
  if (row.state == ClauseState::kCompared) {
    result.state = State::kNotApplicable;
    result.reason = "checked by gmcheck diff, for it takes two backends";
    return result;
  }
  if (row.state == ClauseState::kLater || suite == nullptr) {
    result.reason = row.why;
    return result;
  }
  if (supervisor_ == nullptr) {
    result.state = State::kNotReached;
    return result;
  }
  if (const auto reason = why_not(*suite, profile_, clause, supervisor_->opened().offers)) {
    result.state = State::kNotApplicable;
    result.reason = *reason;
    return result;
  }
  result.state = result.checks >= std::max(row.floor, 1u) ? State::kPass : State::kNotReached;
  if (result.checks > 0) result.witness = witness_of(clause);
  return result;
}

Report Conformance::report_of(const std::vector<Clause>& clauses) const {
  Report report = report_;
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const auto clause = static_cast<Clause>(i);
    const bool is_selected = std::ranges::find(clauses, clause) != clauses.end();
    if (is_selected || !findings(clause).empty()) report.clauses.push_back(result(clause));
  }
  settle(report, options_.excuses);
  return report;
}

}  // namespace gmc
