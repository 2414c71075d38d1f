// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a fuzzing engine drives: bytes become a program, which runs on a backend and on the reference in lockstep. The engine's entry points
// are glue over this.
#ifndef GMCHECK_FUZZ_LOCKSTEP_TARGET_H
#define GMCHECK_FUZZ_LOCKSTEP_TARGET_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "fuzz/guidance.h"
#include "fuzz/settings.h"
#include "harness/base/error.h"
#include "harness/generate/mutator.h"
#include "harness/runner/executor.h"

namespace gmc {

class LockstepTarget {
 public:
  // Opens the backend that the settings name. The error is the user's: what cannot be opened, and why.
  [[nodiscard]] static Result<std::unique_ptr<LockstepTarget>> open(const FuzzSettings& settings);

  // Decodes, runs and compares. What is found is printed and, where the settings name a folder, saved before anything else happens; then
  // the process aborts, or goes on if the settings say so and leaves this finding's cell out from then on.
  void run(std::span<const std::uint8_t> bytes);

  // The engine's mutation and crossing of `data`, in place or into `result`; the answer is the new size. Now and then bytes are left to the
  // engine: then `mutate` answers none.
  [[nodiscard]] std::optional<std::size_t> mutate(std::span<std::uint8_t> data, std::size_t size, std::uint64_t seed);
  [[nodiscard]] std::size_t cross(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second, std::span<std::uint8_t> result,
                                  std::uint64_t seed);

  // Writes how far it has come, where the settings name a file.
  void write_status() const;

  [[nodiscard]] const RunStatistics& statistics() const { return executor_.statistics(); }

 private:
  LockstepTarget(FuzzSettings settings, const GeneratorSettings& drawing, std::unique_ptr<Backend> backend);
  void report(const Finding& seen);

  FuzzSettings settings_;
  std::unique_ptr<Backend> backend_;
  Executor executor_;
  Guidance guidance_;
  Mutator mutator_;
  Program program_;
  Program other_;
  Program result_;
  std::vector<std::uint8_t> bytes_;
  std::uint64_t runs_ = 0;
  std::chrono::steady_clock::time_point next_status_ = {};
};

// The backend that is named; a profile of the caller's counts instead of its own where `profile_file` is not "". The error is the user's.
[[nodiscard]] Result<std::unique_ptr<Backend>> open_fuzzed(const std::string& name, const std::string& profile_file);

// The bytes of `program` in `room`, as far as they fit; the answer is how many. `bytes` is storage that is reused.
[[nodiscard]] std::size_t store_program(const Program& program, std::span<std::uint8_t> room, std::vector<std::uint8_t>& bytes);

// Operations that fit into so many bytes beside `layouts`; at least 1.
[[nodiscard]] std::size_t ops_that_fit(std::size_t size, const std::vector<Layout>& layouts);

}  // namespace gmc

#endif  // GMCHECK_FUZZ_LOCKSTEP_TARGET_H
