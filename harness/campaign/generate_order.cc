// SPDX-License-Identifier: Apache-2.0 OR MIT
// The worker's hot loop: generate, run, compare; and what happens where something was found. A finding is blamed, told to the supervisor,
// and its cell is steered round, so that it hides nothing else.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "harness/campaign/workbench.h"

namespace gmc {

namespace {

// Limits of one order. What is beyond them is counted and ends the order, with a line that says so.
constexpr std::size_t kFindingsMax = 32;   // distinct ones, reported
constexpr std::size_t kCellsMax = 2048;    // newly steered round
constexpr std::uint32_t kSureAfter = 3;    // replays that blamed what was seen; from then on what is seen is believed
constexpr std::uint32_t kDeafAfter = 8;    // findings in a cell that is steered round already
constexpr std::uint32_t kProbesMax = 8;    // searches for a leak
constexpr std::uint64_t kLivingMax = 128;  // threads and processes left behind

}  // namespace

// One order under way.
struct Workbench::Hunt {
  // A finding that is known: from the order, or reported in its course.
  struct Known {
    Finding finding;
    std::uint64_t count = 0;
    std::uint32_t seen_as_blamed = 0;
    std::uint32_t in_avoided_cell = 0;
  };

  const GenerateOrder& order;
  Generator generator;
  Done done;
  std::vector<Known> known;
  std::set<std::uint32_t> avoided;
  std::size_t reported = 0;
  std::uint32_t probes = 0;
  bool renews_memory;
  Clock::time_point deadline;
  std::uint64_t batch = 0;
  Program program;

  Hunt(const GenerateOrder& from, const Profile& profile)
      : order(from),
        generator(profile, from.settings),
        avoided(from.avoided.begin(), from.avoided.end()),
        renews_memory(from.renews_memory),
        deadline(from.budget_ms == 0 ? Clock::time_point::max() : Clock::now() + std::chrono::milliseconds(from.budget_ms)) {
    for (const Finding& finding : from.known) known.push_back({.finding = finding});
    done.next_batch = from.first_batch;
  }
  [[nodiscard]] Known* find(const Finding& finding) {
    const auto found = std::ranges::find_if(known, [&](const Known& k) { return k.finding.same_as(finding); });
    return found == known.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::uint32_t known_leaks() const {
    std::uint32_t leaks = 0;
    for (const Known& k : known) leaks |= leaked_resource(k.finding);
    return leaks;
  }
  [[nodiscard]] bool is_over() const { return !done.stopped.empty(); }
};

Done Workbench::carry_out(const GenerateOrder& order) {
  start(order.avoided);
  recorder_.enter(Phase::kThink);
  Hunt hunt(order, backend_.profile());
  for (std::uint64_t i = 0; i < order.batch_count && !must_stop() && !hunt.is_over(); ++i) {
    // With a budget at least one batch is run: an order that brings nothing would be given out for ever.
    if (i > 0 && Clock::now() >= hunt.deadline) break;
    run_batch(hunt, order.first_batch + i);
  }
  for (std::size_t i = 0; i < order.known.size(); ++i) hunt.done.known_counts.push_back(hunt.known[i].count);
  hunt.done.renews_memory = hunt.renews_memory;
  return std::move(hunt.done);
}

void Workbench::run_batch(Hunt& hunt, std::uint64_t batch) {
  hunt.batch = batch;
  const std::uint32_t first = batch == hunt.order.first_batch ? hunt.order.first_number : 0;
  hunt.generator.begin(batch_seed(hunt.order.seed, batch), first);
  bool layouts_changed = true;
  bool is_whole = true;
  for (std::uint32_t number = first; number < hunt.order.programs_per_batch; ++number) {
    hunt.generator.next(hunt.program);
    recorder_.write(hunt.program, batch, number, layouts_changed);
    layouts_changed = false;
    const bool is_last = number % kProgramsPerBatch == kProgramsPerBatch - 1;
    if (const auto seen = run(hunt.program, is_last ? Compare::kEverything : Compare::kTouched)) {
      look_into(hunt, hunt.program, *seen, number);
      layouts_changed = true;
    }
    if (!is_reachable_()) {
      is_lost_ = true;
      return;
    }
    if (hunt.renews_memory) static_cast<void>(destroy_memory());
    recorder_.write_counts(executor_->statistics(), executor_->evidence());
    is_whole = !must_stop() && !hunt.is_over() && Clock::now() < hunt.deadline;
    if (!is_whole || (hunt.order.looks_for_leaks && leaves_processes(hunt, number))) break;
  }
  if (const auto seen = destroy_memory()) look_into(hunt, hunt.program, *seen, hunt.order.programs_per_batch - 1);
  if (!is_reachable_()) {
    is_lost_ = true;
    return;
  }
  if (hunt.order.looks_for_leaks) look_for_leaks(hunt, batch);
  if (is_whole) hunt.done.next_batch = batch + 1;
}

// Finds out what `seen` really is. Replaying costs some hundred times what running does, so where a known finding was blamed several times
// exactly as it was seen, it is believed.
void Workbench::look_into(Hunt& hunt, const Program& program, const Finding& seen, std::uint64_t number) {
  if (seen.verdict == Verdict::kSkipped) return keep_skip_reason(seen, hunt.done);
  Hunt::Known* known = hunt.find(seen);
  if (known != nullptr && known->seen_as_blamed >= kSureAfter) {
    return note(hunt, {.blamed = {seen, {}}, .batch = hunt.batch, .number = number});
  }
  if (seen.verdict != Verdict::kViolation || seen.clause == Clause::kREG10) {
    return note(hunt, {.blamed = {seen, program}, .batch = hunt.batch, .number = number});
  }
  recorder_.enter(Phase::kRun);
  Blamed blamed = executor_->blame(program, seen);
  recorder_.enter(Phase::kThink);
  if (known != nullptr && blamed.finding.same_as(seen)) ++known->seen_as_blamed;
  if (blamed.is_direct) avoid(hunt, seen.cell);  // through ranges it is known from now on too
  note(hunt, {.blamed = std::move(blamed), .batch = hunt.batch, .number = number});
}

// False where it was steered round already.
bool Workbench::avoid(Hunt& hunt, std::uint32_t cell) {
  if (!hunt.avoided.insert(cell).second) return false;
  hunt.done.cells.push_back(cell);
  executor_->steer_round(cell);
  return true;
}

// Steers round its cell, counts it, and tells the supervisor where it is new.
void Workbench::note(Hunt& hunt, Found found) {
  const Finding& finding = found.blamed.finding;
  // Reset does not bring memory back: from now on nothing rests on it.
  if (finding.clause == Clause::kINV4 || finding.verdict == Verdict::kHistory) hunt.renews_memory = true;
  // A leak belongs to no operation's cell, and its runs are to go on.
  const bool is_leak = finding.verdict == Verdict::kLeaked;
  const bool is_avoided = !is_leak && !avoid(hunt, finding.cell);
  Hunt::Known* known = hunt.find(finding);
  if (known == nullptr) {
    hunt.known.push_back({.finding = finding, .count = 1});
    report(found);
    if (++hunt.reported == kFindingsMax) hunt.done.stopped = fmt::format("{} different findings", kFindingsMax);
  } else {
    ++known->count;
    if (is_avoided && ++known->in_avoided_cell == kDeafAfter) hunt.done.unsteerable.push_back(finding.op);
  }
  if (hunt.done.cells.size() == kCellsMax) hunt.done.stopped = fmt::format("findings in {} different places", kCellsMax);
}

// Processes are looked for after each program, since a batch of programs that leave some would fill the machine: the first ends the batch;
// where it is known already, too many of them do.
bool Workbench::leaves_processes(const Hunt& hunt, std::uint32_t number) {
  constexpr std::uint32_t kEvery = 8;
  if (!leaks_.has_new_children()) return false;
  const std::uint32_t known = hunt.known_leaks();
  if ((known >> static_cast<unsigned>(Resource::kChildren) & 1) == 0) return true;
  if (number % kEvery != kEvery - 1) return false;
  static_cast<void>(leaks_.has_grown(known));
  return leaks_.living() > kLivingMax;
}

// Whether a batch that is run again, after it was run once more to fill what fills but once, leaves something behind.
bool Workbench::grows_again(Hunt& hunt, std::uint64_t batch, Executor& prober) {
  const auto run_again = [&] {
    hunt.generator.begin(batch_seed(hunt.order.seed, batch));
    for (std::uint32_t number = 0; number < hunt.order.programs_per_batch && !must_stop(); ++number) {
      hunt.generator.next(hunt.program);
      recorder_.write(hunt.program, batch, number, number == 0);
      recorder_.enter(Phase::kRun);
      static_cast<void>(prober.run(hunt.program, Compare::kTouched));
      recorder_.enter(Phase::kThink);
    }
    recorder_.enter(Phase::kDestroy);
    static_cast<void>(prober.finish());
    recorder_.enter(Phase::kThink);
  };
  run_again();
  const Resources before = Resources::now();
  run_again();
  const Resources after = Resources::settled(before);
  for (std::size_t i = 0; i < kResourceCount; ++i) {
    if (after.counts[i] > before.counts[i]) return true;
  }
  return false;
}

// Something has grown since the last batch. Its programs are run one at a time, to find the one that leaks; by an executor of their own, so
// that what counts as evidence does not depend on it. Before that they are run together: an allocator grows once. It leaves no threads and
// processes, and those are no cheap thing to leave twice more.
void Workbench::look_for_leaks(Hunt& hunt, std::uint64_t batch) {
  const bool has_grown = leaks_.has_grown(hunt.known_leaks());
  if (leaks_.living() > kLivingMax) {
    hunt.done.stopped = fmt::format("more than {} threads and processes were left behind", kLivingMax);
    hunt.done.needs_new_worker = true;
  }
  if (!has_grown || hunt.probes >= kProbesMax) return;
  ++hunt.probes;
  Executor prober(backend_);
  for (const std::uint32_t cell : hunt.avoided) prober.steer_round(cell);
  if (leaks_.living() == 0 && !grows_again(hunt, batch, prober)) return leaks_.dismiss();
  hunt.generator.begin(batch_seed(hunt.order.seed, batch));
  for (std::uint32_t number = 0; number < hunt.order.programs_per_batch && !must_stop(); ++number) {
    hunt.generator.next(hunt.program);
    recorder_.write(hunt.program, batch, number, number == 0);
    recorder_.enter(Phase::kRun);
    const auto leak = find_leak(prober, hunt.program, kLeakCycles);
    recorder_.enter(Phase::kThink);
    if (!leak) continue;
    note(hunt, {.blamed = {*leak, hunt.program}, .batch = batch, .number = number});
    break;
  }
  leaks_.dismiss();
}

}  // namespace gmc
