// SPDX-License-Identifier: Apache-2.0 OR MIT
// How long generated programs take to find a fault under the clause that it breaks.
#ifndef GMCHECK_PROPERTIES_POWER_H
#define GMCHECK_PROPERTIES_POWER_H

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "harness/campaign/supervisor.h"
#include "properties/suite.h"

namespace gmc {

struct HuntOptions {
  std::uint64_t seed = 0;
  std::uint32_t budget_ms = 15000;  // wall clock
  std::uint64_t programs = 0;       // of all suites together; not 0: instead of the budget
  std::uint64_t first_turn = 1;     // batches of each suite in the first turn; every turn is twice as long as the one before
};

struct Hunt {
  bool is_killed = false;  // found under the clause that was looked for
  std::string suite;       // that found it
  Clause clause = Clause::kINV1;
  Verdict verdict = Verdict::kAgree;
  Part part = Part::kStatus;     // of the answer that gave it away
  std::uint64_t programs = 0;    // up to the finding, or all
  std::uint64_t skipped = 0;     // of them, those that could not run
  double seconds = 0;            // likewise
  std::set<Clause> by_accident;  // other clauses that it was found under before
};

// Runs all suites that apply in turns that grow, as nobody who checks a backend knows which of them will find something, until one finds a
// violation of `wanted`; without one, of any clause.
[[nodiscard]] Hunt hunt(Supervisor& supervisor, std::optional<Clause> wanted, const HuntOptions& options);

// Whether the worker would have died of `programs` programs of the default mix, or the backend said that it broke: what a fuzzer without an
// oracle sees.
[[nodiscard]] bool crashes(Supervisor& supervisor, std::uint64_t seed, std::uint64_t programs);

}  // namespace gmc

#endif  // GMCHECK_PROPERTIES_POWER_H
