// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a worker is asked to do, as values. Their form on the wire is in wire.h.
#ifndef GMCHECK_HARNESS_CAMPAIGN_ORDER_H
#define GMCHECK_HARNESS_CAMPAIGN_ORDER_H

#include <cstdint>
#include <variant>
#include <vector>

#include "harness/base/random.h"
#include "harness/generate/settings.h"
#include "harness/program/program.h"
#include "harness/program/verdict.h"
#include "harness/runner/executor.h"

namespace gmc {

inline constexpr std::uint32_t kProgramsPerBatch = 64;

// The seed of batch number `batch` of a campaign: programs depend on (profile, settings, seed, batch, number in the batch) and on nothing
// else, so not on the number of workers either.
[[nodiscard]] constexpr std::uint64_t batch_seed(std::uint64_t seed, std::uint64_t batch) { return mix(mix(seed) ^ batch); }

// Generate and run batches [first_batch, first_batch + batch_count). The last program of each batch is compared with everything.
struct GenerateOrder {
  GeneratorSettings settings = {};
  std::uint64_t seed = 0;
  std::uint64_t first_batch = 0;
  std::uint64_t batch_count = 1;
  std::uint32_t first_number = 0;  // of the first batch's programs: those before it are left out
  std::uint32_t programs_per_batch = kProgramsPerBatch;
  std::uint32_t budget_ms = 0;  // 0: none
  bool renews_memory = false;   // every program gets a new memory: reset is known not to work
  bool looks_for_leaks = true;
  std::vector<std::uint32_t> avoided = {};  // cells to steer round
  std::vector<Finding> known;               // found again they are counted and steered round, and not reported
};

// Run these, one after the other.
struct ListOrder {
  std::vector<Program> programs = {};
  Compare compare = Compare::kEverything;
  bool keeps_memory = false;      // the memory of one program is reset for the next; false: each one gets its own, and destroys it
  bool blames = true;             // look for the culprit; false: findings stay provisional
  std::uint32_t rounds = 1;       // how often the whole list is run
  std::uint32_t leak_cycles = 0;  // not 0: instead, run each program that often and report what grows with it (Verdict::kLeaked)
  std::vector<std::uint32_t> avoided = {};  // cells to steer round
};

// Make it smaller while it shows the same finding.
struct MinimizeOrder {
  Blamed blamed = {};
  std::uint32_t budget_ms = 5000;
};

// Does the program still show the finding, on a new memory each time?
struct CheckOrder {
  Blamed blamed = {};
  std::uint32_t times = 1;
};

// Run it and tell what was expected and what came, operation by operation.
struct TraceOrder {
  Program program = {};
  bool in_detail = false;  // tell where each operation goes, and of a finding what led to it
  // Not 0: tell of the state before operation `stops_at - 1`, and run what stands before it only.
  std::uint32_t stops_at = 0;
};

// Run each on a memory of its own and tell what was answered.
struct AnswersOrder {
  std::vector<Program> programs = {};
};

// The cell of an operation that never returned: runs what stands before it.
struct CellOrder {
  Program program;
  std::uint32_t op_index = 0;
};

// Close the backend and end; what is then left behind is reported.
struct CloseOrder {};

using Order = std::variant<GenerateOrder, ListOrder, MinimizeOrder, CheckOrder, TraceOrder, AnswersOrder, CellOrder, CloseOrder>;

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_ORDER_H
