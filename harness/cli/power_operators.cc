// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/power_operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include "harness/backends/operators/operators.h"
#include "harness/base/error.h"
#include "harness/base/random.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/program/clause.h"
#include "harness/program/verdict.h"
#include "properties/power.h"

namespace gmc {

namespace {

struct Row {
  const OperatorFault* fault = nullptr;
  Hunt hunt;
  std::string_view config;  // under which it was found
  std::uint64_t programs = 0;
  double seconds = 0;
  bool ran_nothing = false;  // under one of the configs no program could run, which ends a conformance run with 3 or 4

  [[nodiscard]] bool is_found() const { return hunt.is_killed || ran_nothing; }
  [[nodiscard]] bool is_equivalent() const { return fault->triage == Triage::kEquivalent; }
  // As triage.def says.
  [[nodiscard]] bool is_as_known() const { return is_found() == has_to_be_found(fault->triage); }
  // By the death of its process, which a fuzzer without an oracle sees too.
  [[nodiscard]] bool ended_the_process() const { return hunt.is_killed && hunt.verdict != Verdict::kViolation; }
};

Result<std::vector<const OperatorFault*>> choose(const OperatorHunts& hunts) {
  const auto faults = operator_faults();
  for (const std::string& name : hunts.names) {
    if (std::ranges::find(faults, name, &OperatorFault::name) == faults.end()) {
      return fail("--mutant", fmt::format("'{}' is no operator", name));
    }
  }
  std::vector<const OperatorFault*> chosen;
  for (const OperatorFault& fault : faults) {
    if (hunts.names.empty() || std::ranges::find(hunts.names, fault.name) != hunts.names.end()) chosen.push_back(&fault);
  }
  if (hunts.sample == 0) return chosen;
  // Of what has to be found soon.
  std::erase_if(chosen, [](const OperatorFault* fault) { return fault->triage != Triage::kNone; });
  if (hunts.sample >= chosen.size()) return chosen;
  // By their names, so that a new place elsewhere changes one of the sample at most.
  const auto rank = [&](const OperatorFault* fault) {
    std::uint64_t hash = hunts.seed;
    for (const char c : fault->name) hash = mix(hash ^ static_cast<unsigned char>(c));
    return hash;
  };
  std::ranges::sort(chosen, {}, rank);
  chosen.resize(hunts.sample);
  std::ranges::sort(chosen, {}, &OperatorFault::number);
  return chosen;
}

// Nobody knows which config shows a fault: a little under each of them comes first. What begins with long turns starts fewer workers.
struct Pass {
  double share;  // of the programs or the time
  std::uint64_t first_turn;
};
constexpr Pass kPasses[] = {{.share = 0.02, .first_turn = 2}, {.share = 0.13, .first_turn = 8}, {.share = 0.85, .first_turn = 32}};

std::string backend_of(std::string_view name, std::string_view config) {
  return fmt::format("operator:{}{}{}", name, config.empty() ? "" : ",", config);
}

// One config of a pass.
Result<void> hunt_under(std::string_view config, const Pass& pass, const OperatorHunts& hunts, Row& row) {
  auto supervisor = start_backend(backend_of(row.fault->name, config), 1);
  if (!supervisor) {
    if (!supervisor.error().finding) {
      // The fault's doing, unless the copy without one cannot be used either.
      row.ran_nothing = start_backend(backend_of("none", config), 1).has_value();
      if (row.ran_nothing) return {};
      return std::unexpected(supervisor.error().error);
    }
    row.hunt.is_killed = true;
    row.hunt.verdict = supervisor.error().finding->verdict;
    row.hunt.clause = supervisor.error().finding->clause;
    return {};
  }
  const double share = pass.share / static_cast<double>(operator_configs().size());
  HuntOptions options{.seed = hunts.seed, .first_turn = pass.first_turn};
  options.budget_ms = static_cast<std::uint32_t>(std::max(1.0, hunts.budget_seconds * 1000 * share));
  if (hunts.programs > 0)
    options.programs = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(static_cast<double>(hunts.programs) * share));
  row.hunt = hunt(**supervisor, std::nullopt, options);
  row.programs += row.hunt.programs;
  row.seconds += row.hunt.seconds;
  row.ran_nothing = !row.hunt.is_killed && row.hunt.skipped >= row.hunt.programs;
  return {};
}

// Of what is known not to be found the first pass alone, but where it was asked for by name.
Result<Row> hunt_fault(const OperatorFault& fault, const OperatorHunts& hunts) {
  Row row;
  row.fault = &fault;
  for (const Pass& pass : kPasses) {
    for (const std::string_view config : operator_configs()) {
      GMC_TRY_VOID(hunt_under(config, pass, hunts, row));
      row.config = config;
      if (row.is_found()) return row;
    }
    if (!has_to_be_found(fault.triage) && hunts.names.empty()) break;
  }
  return row;
}

std::string_view outcome_of(const Row& row) {
  if (row.is_found()) return "killed";
  return row.is_equivalent() ? "equivalent" : "survived";
}

void print_row(const Row& row) {
  say("{:52} {:10} {:>8} {:>7.2f}  ", row.fault->name, outcome_of(row), row.programs, row.seconds);
  if (row.hunt.is_killed) {
    say("{} {} {}", id(row.hunt.clause), row.ended_the_process() ? name(row.hunt.verdict) : name(row.hunt.part), row.hunt.suite);
  }
  if (row.ran_nothing) say("no program could run");
  if (row.is_found() && !row.config.empty()) say(" under {}", row.config);
  if (!row.is_found()) say("{}", row.fault->reason.empty() ? "nothing is known of it" : row.fault->reason);
  say("\n");
  flush_output();
}

// Equivalent ones are in no score: nobody could find them.
void print_score(const std::vector<Row>& rows) {
  std::size_t killed = 0, ended = 0, idle = 0, survived = 0;
  for (const Row& row : rows) {
    killed += row.is_found() ? 1 : 0;
    ended += row.ended_the_process() ? 1 : 0;
    idle += row.ran_nothing ? 1 : 0;
    survived += !row.is_found() && !row.is_equivalent() ? 1 : 0;
    if (row.is_as_known()) continue;
    const char* const how = row.is_found() ? "killed, though triage.def says that it is not" : "survived";
    say("{}: {}: {}\n", how, row.fault->name, row.fault->what);
  }
  const std::size_t wanted = killed + survived;
  const double percent = wanted == 0 ? 100.0 : 100.0 * static_cast<double>(killed) / static_cast<double>(wanted);
  say("operators: {} of {} killed ({:.1f} %), {} of them by the end of the process and {} as nothing could run; ", killed, wanted, percent,
      ended, idle);
  say("{} equivalent with a reason, {} survive\n", rows.size() - wanted, survived);
}

}  // namespace

ExitCode power_of_operators(const OperatorHunts& hunts) {
  const auto chosen = choose(hunts);
  if (!chosen) {
    complain(chosen.error());
    return ExitCode::kUsage;
  }
  say("{:52} {:10} {:>8} {:>7}  {}\n", "operator", "outcome", "programs", "seconds", "found under");
  ProgressLine progress;
  std::vector<Row> rows;
  for (const OperatorFault* fault : *chosen) {
    progress.show(fmt::format("{} of {}: {}", rows.size() + 1, chosen->size(), fault->name));
    auto row = hunt_fault(*fault, hunts);
    progress.clear();
    if (!row) {
      complain(row.error());
      return ExitCode::kUnusable;
    }
    print_row(*row);
    rows.push_back(*std::move(row));
  }
  print_score(rows);
  std::string left_alone;
  for (const LeftAlone& group : operators_left_alone())
    left_alone += fmt::format("{}{} {}", left_alone.empty() ? "" : ", ", group.count, group.why);
  say("places left alone: {}\n", left_alone);
  const bool is_clean = std::ranges::all_of(rows, &Row::is_as_known);
  return is_clean ? ExitCode::kPassed : ExitCode::kFailed;
}

}  // namespace gmc
