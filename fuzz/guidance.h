// SPDX-License-Identifier: Apache-2.0 OR MIT
// What an engine is told beside the coverage of code: which cells of the contract a run met. So a backend that is not instrumented is
// fuzzed with guidance too.
#ifndef GMCHECK_FUZZ_GUIDANCE_H
#define GMCHECK_FUZZ_GUIDANCE_H

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "harness/reference/coverage_cell.h"
#include "harness/runner/executor.h"

namespace gmc {

// Counts every pair of axes of every operation in the counters that libFuzzer and AFL++ look at, and keeps the set of whole cells for
// reports. One for a process.
class Guidance : public Observer {
 public:
  explicit Guidance(bool is_on) : is_on_(is_on) {}

  void on_run(const Program& program, const Reference& reference) override;
  void on_operation(std::uint32_t index, const Expectation& expectation, const Answer& answer, const Judgement& judgement) override;
  void on_skipped(std::uint32_t index) override;

  [[nodiscard]] const std::unordered_set<std::uint32_t>& cells() const { return cells_; }

 private:
  bool is_on_;
  const Reference* reference_ = nullptr;
  std::unordered_set<std::uint32_t> cells_;
  std::vector<std::uint32_t> recent_ =
      std::vector<std::uint32_t>(1u << 12, UINT32_MAX);  // cells by their low bits: most are met again soon
};

}  // namespace gmc

#endif  // GMCHECK_FUZZ_GUIDANCE_H
