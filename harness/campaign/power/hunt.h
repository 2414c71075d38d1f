// SPDX-License-Identifier: Apache-2.0 OR MIT
// Generated programs against one backend, in this process: how many it takes until a fault shows, and under which clause.
#ifndef GMCHECK_HARNESS_CAMPAIGN_POWER_HUNT_H
#define GMCHECK_HARNESS_CAMPAIGN_POWER_HUNT_H

#include <cstdint>
#include <map>
#include <optional>

#include "harness/base/random.h"
#include "harness/generate/generator.h"
#include "harness/program/clause.h"
#include "harness/runner/backend.h"
#include "harness/runner/executor.h"

namespace gmc {

struct Hunted {
  std::uint64_t programs = 0;
  std::uint64_t failing = 0;                  // programs in which something was wrong
  std::uint64_t skipped = 0;                  // programs that could not run
  std::optional<std::uint64_t> killed_after;  // programs up to the first finding under the clause that was looked for
  std::map<Clause, std::uint64_t> blamed;     // findings by clause, of those that were looked into
  std::optional<Finding> first;               // that was looked into
  std::map<Clause, Blamed> examples;          // the first finding under each clause
  RunStatistics statistics;
};

struct HuntSettings {
  std::uint64_t seed = 1;
  std::uint64_t programs_max = 100'000;
  std::uint64_t programs_min = 0;  // go on so long after the kill, for the rate
  std::uint64_t blames_max = 200;  // findings that are looked into: each costs some hundred times what running costs
};

// `wanted`: the clause under which a finding ends the hunt; none: nothing is expected, and the first finding ends it.
[[nodiscard]] inline Hunted hunt(const Backend& backend, std::optional<Clause> wanted, const HuntSettings& settings) {
  constexpr std::uint64_t kBatch = 64;
  Hunted hunted;
  Executor executor(backend);
  Generator generator(backend.profile(), GeneratorSettings{});
  Program program;
  std::uint64_t looked_into = 0;
  const auto note = [&](const Finding& seen) {
    if (seen.verdict == Verdict::kSkipped) {
      ++hunted.skipped;
      return;
    }
    ++hunted.failing;
    if (looked_into >= settings.blames_max || hunted.killed_after) return;
    ++looked_into;
    // What destroy does wrong shows when it has been called, and is no operation's.
    const Blamed blamed = seen.clause == Clause::kREG10 ? Blamed{seen, program} : executor.blame(program, seen);
    ++hunted.blamed[blamed.finding.clause];
    hunted.examples.emplace(blamed.finding.clause, blamed);
    if (!hunted.first) hunted.first = blamed.finding;
    if (wanted && blamed.finding.clause == *wanted && blamed.finding.verdict == Verdict::kViolation) hunted.killed_after = hunted.programs;
  };
  const auto is_over = [&] {
    if (!wanted) return hunted.failing > 0 || hunted.programs >= settings.programs_max;
    return hunted.programs >= (hunted.killed_after ? settings.programs_min : settings.programs_max);
  };
  for (std::uint64_t batch = 0; !is_over(); ++batch) {
    generator.begin(mix(mix(settings.seed) ^ batch));
    for (std::uint64_t i = 0; i < kBatch && !is_over(); ++i) {
      generator.next(program);
      ++hunted.programs;
      if (const auto seen = executor.run(program, i + 1 == kBatch ? Compare::kEverything : Compare::kTouched)) note(*seen);
    }
    if (const auto seen = executor.finish()) note(*seen);
  }
  hunted.statistics = executor.statistics();
  return hunted;
}

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_POWER_HUNT_H
