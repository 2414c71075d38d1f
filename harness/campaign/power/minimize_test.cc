// SPDX-License-Identifier: Apache-2.0 OR MIT
// Failing programs of 300 operations and more, one of each mutant, come down to 8 at most within the default budget.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "harness/backends/mutants/mutants.h"
#include "harness/base/sanitizer.h"
#include "harness/campaign/power/hunt.h"
#include "harness/campaign/supervisor.h"
#include "harness/program/text.h"

namespace gmc {

void PrintTo(const Mutant& mutant, std::ostream* out) { *out << mutant.name; }

namespace {

constexpr std::uint64_t kProgramsMax = 40'000;

// As long as they are asked for: GMC_MINIMIZE_OPS=6500 is what fuzz/README.md speaks of, with more room and time.
std::uint32_t ops_per_program() { return static_cast<std::uint32_t>(number_from_environment("GMC_MINIMIZE_OPS", 10, 400)); }
bool are_very_long() { return ops_per_program() > 1000; }
std::size_t ops_after() { return are_very_long() ? 10 : 8; }
std::chrono::seconds budget() { return std::chrono::seconds(is_sanitized() ? 60 : are_very_long() ? 10 : 5); }

// A long program that fails, with its finding.
std::optional<Blamed> find_long_program(const Mutant& mutant) {
  const auto backend = Backend::open(BackendSpec{.name = "mutant", .config = std::string(mutant.config)}, mutant.table());
  GMC_CHECK(backend.has_value(), backend.error().text());
  Executor executor(**backend);
  Generator generator((*backend)->profile(), with_adopted(**backend, {.ops_per_program = ops_per_program()}));
  Program program;
  for (std::uint64_t number = 0; number < kProgramsMax; ++number) {
    // One seed for all commits: how far a program comes down depends on the program, and a rare one does not come down to eight.
    generator.begin(mix(number_from_environment("GMC_MINIMIZE_SEED", 10, kPowerSeed)) ^ number);
    generator.next(program);
    if (program.ops.size() < ops_per_program() * 3 / 4) continue;
    auto seen = executor.run(program, Compare::kTouched);
    if (!seen) seen = executor.finish();
    if (!seen || seen->verdict != Verdict::kViolation) continue;
    if (seen->clause != Clause::kREG10) seen = executor.decide(program);
    if (seen && seen->verdict == Verdict::kViolation) return Blamed{*seen, program};
  }
  return std::nullopt;
}

class Minimize : public testing::TestWithParam<Mutant> {};

TEST_P(Minimize, LeavesEightOperationsAtMost) {
  const auto found = find_long_program(GetParam());
  ASSERT_TRUE(found.has_value()) << "no program of " << kProgramsMax << " shows it";
  SupervisorOptions options;
  options.worker.worker_path = std::getenv("GMC_TEST_WORKER");
  options.worker.backend = BackendSpec{.name = "mutant", .config = std::string(GetParam().name)};
  options.workers = 1;
  const auto supervisor = Supervisor::start(options);
  ASSERT_TRUE(supervisor.has_value()) << supervisor.error().error.text();
  const auto before = std::chrono::steady_clock::now();
  const auto smallest = (*supervisor)->minimize(*found, budget());
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - before;
  ASSERT_TRUE(smallest.has_value()) << smallest.error().text();
  EXPECT_LE(smallest->program.ops.size(), ops_after()) << print(smallest->program);
  EXPECT_TRUE(smallest->finding.same_as(found->finding));
  fmt::print("{:24} {:13} {} operations down to {} in {:.2f} s\n", GetParam().name, id(found->finding.clause), found->program.ops.size(),
             smallest->program.ops.size(), passed.count());
}

// Those that a program shows: not what only two runs do.
std::vector<Mutant> shown_by_programs() {
  std::vector<Mutant> shown;
  for (const Mutant& mutant : mutant_table()) {
    const auto clause = find_clause(mutant.clause);
    if (!clause || info(*clause).state != ClauseState::kCompared) shown.push_back(mutant);
  }
  return shown;
}

INSTANTIATE_TEST_SUITE_P(, Minimize, testing::ValuesIn(shown_by_programs()), [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace gmc
