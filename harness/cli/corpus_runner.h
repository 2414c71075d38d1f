// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the programs of a corpus come to on a backend: which cells and clauses each of them reaches by itself.
#ifndef GMCHECK_HARNESS_CLI_CORPUS_RUNNER_H
#define GMCHECK_HARNESS_CLI_CORPUS_RUNNER_H

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/error.h"
#include "harness/program/clause.h"
#include "harness/program/program.h"
#include "harness/runner/executor.h"

namespace gmc {

struct InputReach {
  std::vector<std::uint32_t> cells;  // of coverage (reference/coverage_cell.h), ascending
  std::vector<Clause> clauses;       // that it decides, in their order
  RunStatistics statistics{};
  bool goes_wrong = false;  // a clause is violated, or the process died of it or hung
  std::string trouble;      // one line: what went wrong, or why it could not run here; "" where all is well
};

// Each program on a memory of its own, in a process that is forked from this one, which loads no plugin: what a backend does to it is said
// of the program that it was busy with, and the rest runs in another one. A program adopts the memory where the backend has its own. The
// error: the backend cannot be opened, or no process can be had. To be called while no other thread runs.
[[nodiscard]] Result<std::vector<InputReach>> reach(const std::string& backend, const std::vector<const Program*>& programs);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_CORPUS_RUNNER_H
