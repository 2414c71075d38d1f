// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a program leaves behind each time it is run: growth over cycles of create, run and destroy.
#ifndef GMCHECK_HARNESS_CAMPAIGN_LEAKS_H
#define GMCHECK_HARNESS_CAMPAIGN_LEAKS_H

#include <cstdint>
#include <optional>

#include "harness/campaign/resources.h"
#include "harness/program/program.h"
#include "harness/program/verdict.h"
#include "harness/runner/executor.h"

namespace gmc {

inline constexpr std::uint32_t kLeakCycles = 8;

// Looks at a campaign from outside, at the moments when no memory is alive: has anything grown beyond what was ever seen? That may be a
// leak or a cache that fills once, so it decides nothing; find_leak() does.
class LeakWatch {
 public:
  // Threads and processes count from here on; mappings and descriptors from the first look, since the first programs fill caches.
  LeakWatch() : baseline_(Resources::now()) {}

  // True where a program that ran since the last call may leak a resource that is not in `known`, a bit for each.
  [[nodiscard]] bool has_grown(std::uint32_t known);
  // True where there are processes now and there were none at first: cheap enough for every program.
  [[nodiscard]] bool has_new_children() const { return baseline_.of(Resource::kChildren) == 0 && has_children(); }
  // Threads and processes that have come since.
  [[nodiscard]] std::uint64_t living() const;
  // What was looked into turned out to be no leak: the next alarm needs more of it.
  void dismiss();

 private:
  Resources baseline_;
  Resources latest_;
  Resources highest_;
  std::array<std::uint64_t, kResourceCount> tolerance_{};
  bool has_looked_ = false;
};

// Runs `program` in `cycles` cycles, each on a new memory and once more after a reset, then destroys it. A resource that grew by at least
// half a unit a cycle, in the second half of the cycles too, leaks: a cache that fills does not grow so. Mappings and descriptors are
// GM-REG-010, threads and processes GM-INV-001; which resource it is stands in the divergence too. Violations on the way are ignored.
[[nodiscard]] std::optional<Finding> find_leak(Executor& executor, const Program& program, std::uint32_t cycles);

// The resource of a finding with Verdict::kLeaked, as a bit; 0 for others.
[[nodiscard]] std::uint32_t leaked_resource(const Finding& finding);

// What was left behind by the whole life of the backend, from before it was opened until after it was closed: threads and processes, since
// nobody can vouch for them any more. Mappings and descriptors may be caches of libraries.
[[nodiscard]] std::optional<Finding> find_survivors(const Resources& before, const Resources& after);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_LEAKS_H
