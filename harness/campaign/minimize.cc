// SPDX-License-Identifier: Apache-2.0 OR MIT
// The loop over the minimising steps. A worker asks itself whether a candidate still shows a violation; whether one still crashes is asked
// of a worker that may crash.
#include <algorithm>
#include <utility>

#include "harness/campaign/supervisor.h"
#include "harness/generate/shrink.h"

namespace gmc {

namespace {

constexpr std::chrono::milliseconds kPatience = std::chrono::minutes(1);
constexpr int kRestartsMax = 3;         // of a worker that died of a candidate
constexpr std::uint32_t kHangMs = 300;  // for a candidate; the result is held against the real limit

}  // namespace

Result<Blamed> Supervisor::minimize(const Blamed& blamed, std::chrono::milliseconds budget) {
  switch (blamed.finding.verdict) {
    case Verdict::kViolation:
    case Verdict::kLeaked:
      if (blamed.program.ops.empty()) return blamed;
      return minimize_in_worker(blamed, budget);
    case Verdict::kCrashed:
    case Verdict::kHung:
    case Verdict::kOverLimit:
      if (blamed.program.ops.empty()) return blamed;
      return minimize_death(blamed, budget);
    default:
      return blamed;  // one program is not what shows it
  }
}

Result<Blamed> Supervisor::minimize_in_worker(const Blamed& blamed, std::chrono::milliseconds budget) const {
  const auto deadline = Clock::now() + budget;
  Blamed smallest = blamed;
  for (int start = 0; start <= kRestartsMax; ++start) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) break;
    GMC_TRY(worker, new_worker());
    const MinimizeOrder order{.blamed = smallest, .budget_ms = static_cast<std::uint32_t>(left.count())};
    Reply reply = request(*worker, order, left + kPatience);
    if (reply.smaller) smallest.program = *std::move(reply.smaller);
    if (reply.death) {
      // A candidate killed the worker; the next one goes on from the smallest so far, whose failing operation is its last.
      smallest.finding.op_index = static_cast<std::uint32_t>(smallest.program.ops.size());
      continue;
    }
    if (!reply.found.empty() && reply.found.back().blamed.finding.same_as(blamed.finding)) smallest = std::move(reply.found.back().blamed);
    static_cast<void>(close(*worker));
    break;
  }
  return smallest;
}

Result<Blamed> Supervisor::minimize_death(const Blamed& blamed, std::chrono::milliseconds budget) const {
  const auto deadline = Clock::now() + budget;
  WorkerOptions impatient = options_.worker;
  impatient.limits.hang_ms = std::min(impatient.limits.hang_ms, kHangMs);
  std::unique_ptr<WatchedWorker> worker;
  std::optional<Death> death;  // of the last candidate
  // A worker that survives a candidate is used for the next one: only deaths are asked about.
  const auto dies = [&](const WorkerOptions& options, const Program& program) -> Result<bool> {
    if (worker == nullptr) {
      auto started = start_worker(options, nullptr);
      if (!started) return std::unexpected(std::move(started.error().error));
      worker = *std::move(started);
    }
    Reply reply = request(*worker, ListOrder{.programs = {program}, .compare = Compare::kEverything, .blames = false}, kPatience);
    death = std::move(reply.death);
    if (death) worker.reset();
    return death && death->finding.same_as(blamed.finding);
  };
  Shrinker shrinker(blamed.program, blamed.finding.op_index);
  Program candidate;
  while (Clock::now() < deadline && shrinker.next(candidate)) {
    GMC_TRY(still_dies, dies(impatient, candidate));
    if (still_dies) shrinker.accept();
  }
  worker.reset();
  GMC_TRY(still_dies, dies(options_.worker, shrinker.current()));
  if (!still_dies) return blamed;
  return Blamed{death->finding, shrinker.current()};
}

}  // namespace gmc
