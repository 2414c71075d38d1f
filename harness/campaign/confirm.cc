// SPDX-License-Identifier: Apache-2.0 OR MIT
// Whether a finding shows again: in a new worker, alone; after the programs that ran before it; now and then; or never.
#include <algorithm>
#include <utility>

#include "harness/campaign/supervisor.h"
#include "harness/generate/generator.h"

namespace gmc {

namespace {

constexpr std::chrono::milliseconds kPatience = std::chrono::minutes(1);
constexpr std::uint32_t kTries = 10;                                           // of what did not show the first time
constexpr std::chrono::milliseconds kHistoryBudget = std::chrono::seconds(3);  // for making a history shorter

// A death is asked of the process, a violation of the worker.
bool is_death(const Finding& finding) {
  return finding.verdict == Verdict::kCrashed || finding.verdict == Verdict::kHung || finding.verdict == Verdict::kOverLimit;
}

// The same but for the verdict, which is history where the worker knew already that it takes more than one program.
bool is_same(const Finding& seen, const Finding& target) {
  return seen.clause == target.clause && seen.divergence == target.divergence && seen.op == target.op;
}

}  // namespace

Result<std::uint32_t> Supervisor::times_shown_alone(const Blamed& blamed, std::uint32_t times) const {
  std::uint32_t shown = 0;
  for (std::uint32_t i = 0; i < times; ++i) {
    auto worker = start_worker(options_.worker, nullptr);
    if (!worker) {
      // It died when the backend was opened, or it cannot be started at all.
      if (!worker.error().finding) return std::unexpected(std::move(worker.error().error));
      if (worker.error().finding->same_as(blamed.finding)) ++shown;
      continue;
    }
    Reply reply;
    const bool has_program = !blamed.program.layouts.empty();
    if (has_program && is_death(blamed.finding)) {
      reply = request(**worker, ListOrder{.programs = {blamed.program}, .compare = Compare::kEverything, .blames = false}, kPatience);
    } else if (has_program) {
      reply = request(**worker, CheckOrder{.blamed = blamed, .times = 1}, kPatience);
    }
    if (!reply.death) reply.death = close(**worker);
    const bool showed = (reply.done && reply.done->shown > 0) || (reply.death && reply.death->finding.same_as(blamed.finding));
    if (showed) ++shown;
  }
  return shown;
}

Result<bool> Supervisor::shows_in(const GenerateOrder& order, const Blamed& blamed) const {
  GMC_TRY(worker, new_worker());
  Reply reply = request(*worker, order, kPatience);
  if (reply.death) return reply.death->finding.same_as(blamed.finding);
  return std::ranges::any_of(reply.found, [&](const Found& found) { return is_same(found.blamed.finding, blamed.finding); });
}

Result<bool> Supervisor::shows_after(const std::vector<Program>& before, const Blamed& blamed) const {
  GMC_TRY(worker, new_worker());
  ListOrder order{.programs = before, .compare = Compare::kEverything, .keeps_memory = true, .blames = false};
  order.programs.push_back(blamed.program);
  Reply reply = request(*worker, order, kPatience);
  if (reply.death) return reply.death->finding.same_as(blamed.finding);
  return std::ranges::any_of(reply.found, [&](const Found& found) { return is_same(found.blamed.finding, blamed.finding); });
}

std::vector<Program> Supervisor::programs_before(const CampaignFinding& finding) const {
  std::vector<Program> programs;
  Generator generator(profile_, finding.origin->settings);
  generator.begin(batch_seed(finding.origin->seed, finding.found.batch));
  for (std::uint64_t i = 0; i < finding.found.number; ++i) generator.next(programs.emplace_back());
  return programs;
}

// Leaves out halves, quarters, ... as long as it still shows.
Result<std::vector<Program>> Supervisor::shorten_history(std::vector<Program> before, const Blamed& blamed) const {
  const auto deadline = Clock::now() + kHistoryBudget;
  std::size_t size = before.size();
  while (size > 0) {
    for (std::size_t at = 0; at < before.size() && Clock::now() < deadline;) {
      std::vector<Program> fewer = before;
      const auto from = fewer.begin() + static_cast<std::ptrdiff_t>(at);
      fewer.erase(from, from + static_cast<std::ptrdiff_t>(std::min(size, fewer.size() - at)));
      GMC_TRY(shows, shows_after(fewer, blamed));
      if (shows) {
        before = std::move(fewer);
      } else {
        at += size;
      }
    }
    size /= 2;
  }
  return before;
}

Result<Confirmed> Supervisor::confirm(const CampaignFinding& finding) {
  const Blamed& blamed = finding.found.blamed;
  Confirmed confirmed{.blamed = blamed, .before = {}, .shown = 0, .runs = 1};
  if (blamed.finding.verdict != Verdict::kHistory) {
    GMC_TRY(shown, times_shown_alone(blamed, 1));
    confirmed.shown = shown;
    if (shown > 0) return confirmed;
  }
  if (finding.origin != nullptr && !blamed.program.layouts.empty()) {
    // The programs of its batch, on the same memory. Where the worker put a program and the one before it into one, that is not one of
    // them.
    std::vector<Program> before = programs_before(finding);
    GMC_TRY(shows, shows_after(before, blamed));
    if (shows) {
      GMC_TRY(fewer, shorten_history(std::move(before), blamed));
      confirmed.before = std::move(fewer);
      confirmed.blamed.finding.verdict = Verdict::kHistory;
      confirmed.shown = 1;
      return confirmed;
    }
    GenerateOrder again = *finding.origin;
    again.batch_count = finding.found.batch - std::min(again.first_batch, finding.found.batch) + 1;
    again.budget_ms = 0;
    GMC_TRY(comes_again, shows_in(again, blamed));
    if (comes_again) {
      confirmed.blamed.finding.verdict = Verdict::kHistory;
      confirmed.blamed.finding.note += "\nonly after all programs of its seed from the first batch of its block on";
      confirmed.shown = 1;
      return confirmed;
    }
  }
  GMC_TRY(shown, times_shown_alone(blamed, kTries));
  confirmed.shown = shown;
  confirmed.runs = kTries + 1;
  confirmed.blamed.finding.verdict = Verdict::kFlaky;
  return confirmed;
}

}  // namespace gmc
