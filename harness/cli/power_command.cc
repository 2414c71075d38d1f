// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck power: the mutants and what finds them. It is the answer to "how do you know that a green run means something?".
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/backends/mutants/mutants.h"
#include "harness/base/counted.h"
#include "harness/cli/commands.h"
#include "harness/cli/power_operators.h"
#include "harness/cli/seed.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/diff/diff_run.h"
#include "harness/report/clause_text.h"
#include "properties/power.h"

namespace gmc {

namespace {

constexpr std::uint64_t kCrashOnlyPrograms = 4096;

struct Options {
  std::vector<std::string> mutants;
  std::uint32_t seeds = 1;
  std::string seed;
  double budget_seconds = 15;
  std::uint64_t programs = 0;
  bool operators = false;
  std::uint32_t sample = 0;
};

// One row of the matrix.
struct Row {
  const Mutant* mutant = nullptr;
  Clause clause = Clause::kADDR1;
  std::vector<Hunt> hunts;  // one a seed
  bool crashes = false;

  [[nodiscard]] std::size_t kills() const { return static_cast<std::size_t>(std::ranges::count(hunts, true, &Hunt::is_killed)); }
  [[nodiscard]] bool survives() const { return kills() < hunts.size(); }
};

template <typename Value>
Value middle(std::vector<Value> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  return values[values.size() / 2];
}

template <typename Value>
std::vector<Value> of_kills(const Row& row, Value Hunt::*field) {
  std::vector<Value> values;
  for (const Hunt& hunt : row.hunts) {
    if (hunt.is_killed) values.push_back(hunt.*field);
  }
  return values;
}

std::string listed(const std::set<std::string>& words) { return fmt::format("{}", fmt::join(words, ",")); }

void print_head() {
  say("{:24} {:13} {:5} {:>6}  {:>15}  {:>13}  {:5}  {}\n", "mutant", "clause", "class", "killed", "programs", "seconds", "crash",
      "by suite and part; by accident under");
}

void print_row(const Row& row) {
  std::set<std::string> by, accidents;
  for (const Hunt& hunt : row.hunts) {
    if (hunt.is_killed) by.insert(fmt::format("{} {}", hunt.suite, name(hunt.part)));
    for (const Clause clause : hunt.by_accident) accidents.insert(id(clause));
  }
  const auto programs = of_kills(row, &Hunt::programs);
  const auto seconds = of_kills(row, &Hunt::seconds);
  say("{:24} {:13} {:5} {:>6}  ", row.mutant->name, row.mutant->clause, row.mutant->fault_class,
      fmt::format("{}/{}", row.kills(), row.hunts.size()));
  if (programs.empty()) {
    say("{:>15}  {:>13}  ", "-", "-");
  } else {
    say("{:>7} {:>7}  {:>6.2f} {:>6.2f}  ", middle(programs), *std::ranges::max_element(programs), middle(seconds),
        *std::ranges::max_element(seconds));
  }
  say("{:5}  {}{}\n", row.crashes ? "yes" : "no", listed(by), accidents.empty() ? "" : "; " + listed(accidents));
  flush_output();
}

constexpr std::uint64_t kFirstTurn = 64;  // programs; every turn begins anew and has four times as many
constexpr std::uint64_t kTurn = 4;

void note_difference(const DiffResult& result, Hunt& hunt) {
  for (const Report& side : result.sides) {
    for (const ReportedFinding& finding : side.findings) hunt.by_accident.insert(finding.finding.clause);
  }
  // Violations come first.
  if (result.count(Meaning::kViolation) == 0) return;
  hunt.is_killed = true;
  hunt.suite = "diff";
  hunt.clause = Clause::kINV3;
  hunt.verdict = Verdict::kViolation;
  // Parts of answers that differ have the names of those that are wrong.
  hunt.part = find_part(name(result.differences.front().difference.part)).value_or(Part::kStatus);
}

// Runs programs on both, which are the same backend, in turns that grow, as hunt() does: until a difference violates GM-INV-003. What
// breaks another clause is by accident.
Hunt hunt_by_comparing(Supervisor& a, Supervisor& b, const HuntOptions& options) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point began = Clock::now();
  const std::uint64_t programs_max = options.programs > 0 ? options.programs : UINT64_MAX;
  Hunt hunt;
  const auto passed_ms = [&] { return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count(); };
  const auto is_spent = [&] { return hunt.programs >= programs_max || (options.programs == 0 && passed_ms() >= options.budget_ms); };
  for (std::uint64_t turn = kFirstTurn; !hunt.is_killed && !is_spent(); turn *= kTurn) {
    DiffOptions how;
    how.seed = options.seed;
    how.programs = std::min(turn, programs_max);
    const DiffResult result = DiffRun(a, b, std::move(how)).run();
    note_difference(result, hunt);
    hunt.programs = std::max(hunt.programs, result.programs);
    hunt.skipped = result.skipped_programs;
    if (result.is_unusable || result.programs == 0) break;
    if (turn >= programs_max) break;
  }
  hunt.seconds = static_cast<double>(passed_ms()) / 1000;
  return hunt;
}

// The error: there is no worker, or the table names a clause that does not exist.
Result<Row> hunt_mutant(const Mutant& mutant, std::uint64_t first_seed, const Options& options, ProgressLine& progress) {
  const auto clause = find_clause(mutant.clause);
  if (!clause) return fail(std::string(mutant.name), fmt::format("breaks {}, which is no clause", mutant.clause));
  Row row{.mutant = &mutant, .clause = *clause, .hunts = {}, .crashes = false};
  const std::string backend = fmt::format("mutant:{}", mutant.name);
  auto supervisor = start_backend(backend, 1);
  if (!supervisor) return std::unexpected(supervisor.error().error);
  // What only two runs show takes two.
  std::expected<std::unique_ptr<Supervisor>, CannotStart> other = nullptr;
  if (info(*clause).state == ClauseState::kCompared) other = start_backend(backend, 1);
  if (!other) return std::unexpected(other.error().error);
  for (std::uint32_t i = 0; i < options.seeds; ++i) {
    progress.show(fmt::format("{}: seed {} of {}", mutant.name, i + 1, options.seeds));
    const HuntOptions how{
        .seed = first_seed + i, .budget_ms = static_cast<std::uint32_t>(options.budget_seconds * 1000), .programs = options.programs};
    row.hunts.push_back(*other != nullptr ? hunt_by_comparing(**supervisor, **other, how) : hunt(**supervisor, *clause, how));
  }
  row.crashes = crashes(**supervisor, first_seed, kCrashOnlyPrograms);
  progress.clear();
  return row;
}

// Clauses that are checked and under which nothing was killed: who knows whether their checks check anything?
std::vector<std::string> idle_checks(const std::vector<Row>& rows) {
  std::vector<std::string> idle;
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const auto clause = static_cast<Clause>(i);
    const bool kills = std::ranges::any_of(rows, [&](const Row& row) { return row.clause == clause && row.kills() > 0; });
    const bool is_checked = info(clause).state == ClauseState::kChecked || info(clause).state == ClauseState::kCompared;
    if (is_checked && !kills) idle.push_back(id(clause));
  }
  return idle;
}

void print_sum(const std::vector<Row>& rows, bool is_whole) {
  std::vector<double> seconds;
  std::vector<std::uint64_t> programs;
  std::size_t crashing = 0;
  std::map<std::string, std::size_t> by_class;
  for (const Row& row : rows) {
    for (const Hunt& hunt : row.hunts) {
      if (!hunt.is_killed) continue;
      seconds.push_back(hunt.seconds);
      programs.push_back(hunt.programs);
    }
    crashing += row.crashes ? 1 : 0;
    ++by_class[std::string(row.mutant->fault_class)];
  }
  const auto survivors = std::ranges::count_if(rows, &Row::survives);
  say("{} of {}, {} survived", counted(rows.size(), "mutant"), counted(by_class.size(), "class", "classes"), survivors);
  if (!seconds.empty()) {
    say("; killed after {:.2f} s and {} in the middle, {:.2f} s and {} at worst", middle(seconds), counted(middle(programs), "program"),
        *std::ranges::max_element(seconds), *std::ranges::max_element(programs));
  }
  say("; without an oracle {} would have been noticed\n", crashing);
  for (const Row& row : rows) {
    if (row.survives()) say("survived: {}: {}\n", row.mutant->name, row.mutant->what);
  }
  if (!is_whole) return;
  const auto idle = idle_checks(rows);
  say("checks that killed nothing: {}\n", idle.empty() ? "none" : fmt::format("{}", fmt::join(idle, " ")));
}

Result<std::vector<const Mutant*>> choose(const Options& options) {
  std::vector<const Mutant*> chosen;
  const auto table = mutant_table();
  for (const Mutant& mutant : table) {
    if (options.mutants.empty() || std::ranges::find(options.mutants, mutant.name) != options.mutants.end()) chosen.push_back(&mutant);
  }
  for (const std::string& wanted : options.mutants) {
    if (std::ranges::find(table, wanted, &Mutant::name) == table.end()) return fail("--mutant", fmt::format("'{}' is no mutant", wanted));
  }
  return chosen;
}

ExitCode refuse(const Error& error, ExitCode code) {
  complain(error);
  return code;
}

ExitCode operators(const Options& options) {
  const auto seed = options.seed.empty() ? default_seed() : parse_seed(options.seed);
  if (!seed) return refuse(seed.error(), ExitCode::kUsage);
  say("seed {:#x}\n", *seed);
  return power_of_operators({.names = options.mutants,
                             .sample = options.sample,
                             .seed = *seed,
                             .budget_seconds = options.budget_seconds,
                             .programs = options.programs});
}

ExitCode power(const Options& options) {
  if (options.operators) return operators(options);
  const auto chosen = choose(options);
  if (!chosen) return refuse(chosen.error(), ExitCode::kUsage);
  const auto seed = options.seed.empty() ? default_seed() : parse_seed(options.seed);
  if (!seed) return refuse(seed.error(), ExitCode::kUsage);
  say("seed {:#x}\n", *seed);
  print_head();
  ProgressLine progress;
  std::vector<Row> rows;
  for (const Mutant* mutant : *chosen) {
    auto row = hunt_mutant(*mutant, *seed, options, progress);
    if (!row) return refuse(row.error(), ExitCode::kUnusable);
    print_row(*row);
    rows.push_back(*std::move(row));
  }
  print_sum(rows, options.mutants.empty());
  const bool is_clean = std::ranges::none_of(rows, &Row::survives) && (!options.mutants.empty() || idle_checks(rows).empty());
  return is_clean ? ExitCode::kPassed : ExitCode::kFailed;
}

}  // namespace

void add_power(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("power", "The mutants and what finds them");
  command->add_option("--mutant", options->mutants, "Some of them alone")->delimiter(',')->type_name("NAME");
  command->add_option("--seeds", options->seeds, "How many seeds, one after the other")
      ->check(CLI::Range(1u, 10000u))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "The first one: a number or a commit's hash; without it GMCHECK_SEED, or a new one");
  command->add_option("--budget", options->budget_seconds, "Seconds for each mutant and seed")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  command->add_option("--programs", options->programs, "Programs for each mutant and seed instead of a time")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
      ->excludes("--budget");
  CLI::Option* whole = command->add_flag("--operators", options->operators, "Instead of them, a fault at every operator of mmap");
  command->add_option("--sample", options->sample, "So many operators, chosen by the seed; without it all")
      ->check(CLI::Range(1u, 1000000u))
      ->needs(whole);
  command->callback([options, &action] { action = [options] { return power(*options); }; });
}

}  // namespace gmc
