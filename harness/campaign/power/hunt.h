// SPDX-License-Identifier: Apache-2.0 OR MIT
// Generated programs against one backend, in this process: how many it takes until a fault shows, and under which clause.
//
// GMCHECK_SEED chooses another seed, hexadecimal, as ci/matrix and ci/nightly derive it from the commit. GMC_POWER_SCALE multiplies the
// numbers of programs: for longer runs than a change can wait for.
#ifndef GMCHECK_HARNESS_CAMPAIGN_POWER_HUNT_H
#define GMCHECK_HARNESS_CAMPAIGN_POWER_HUNT_H

#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <utility>

#include "harness/base/random.h"
#include "harness/generate/generator.h"
#include "harness/program/clause.h"
#include "harness/runner/backend.h"
#include "harness/runner/executor.h"
#include "harness/runner/memory.h"

namespace gmc {

// Without it 1: a test that is run again says the same.
inline constexpr std::uint64_t kPowerSeed = 1;

// `otherwise` where the variable is not set, or empty.
inline std::uint64_t number_from_environment(const char* variable, int base, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, base);
}
inline std::uint64_t power_seed() { return number_from_environment("GMCHECK_SEED", 16, kPowerSeed); }
inline std::uint64_t power_scale() { return number_from_environment("GMC_POWER_SCALE", 10, 1); }

struct Hunted {
  std::uint64_t programs = 0;
  std::uint64_t failing = 0;                  // programs in which something was wrong
  std::uint64_t skipped = 0;                  // programs that could not run
  std::optional<std::uint64_t> killed_after;  // programs up to the first finding under the clause that was looked for
  std::map<Clause, std::uint64_t> blamed;     // findings by clause, of those that were looked into
  std::optional<Finding> first;               // that was looked into
  std::map<Clause, Blamed> examples;          // the first finding under each clause
  RunStatistics statistics;
  Evidence evidence;
};

struct HuntSettings {
  std::uint64_t seed = power_seed();
  GeneratorSettings generator{};
  std::uint64_t programs_max = 100'000;
  std::uint64_t programs_min = 0;   // go on so long after the kill, for the rate
  std::uint64_t programs_rare = 0;  // and so long where at most 10 programs in 1000 have failed until then
  std::uint64_t blames_max = 200;   // findings that are looked into: each costs some hundred times what running costs
};

// With the layout of a backend that has one.
[[nodiscard]] inline GeneratorSettings with_adopted(const Backend& backend, GeneratorSettings settings) {
  if (backend.profile().root().layout == LayoutSource::kOwn) {
    if (auto adopted = adopted_layout(backend)) settings.adopted = std::move(*adopted);
  }
  return settings;
}

// `wanted`: the clause under which a finding ends the hunt; none: nothing is expected, and the first finding ends it.
[[nodiscard]] inline Hunted hunt(const Backend& backend, std::optional<Clause> wanted, const HuntSettings& settings) {
  constexpr std::uint64_t kBatch = 64;
  Hunted hunted;
  Executor executor(backend);
  Generator generator(backend.profile(), with_adopted(backend, settings.generator));
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
    if (!hunted.killed_after) return hunted.programs >= settings.programs_max;
    const bool is_rare = hunted.failing * 100 <= hunted.programs;
    return hunted.programs >= settings.programs_min && !(is_rare && hunted.programs < settings.programs_rare);
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
  hunted.evidence = executor.evidence();
  return hunted;
}

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_POWER_HUNT_H
