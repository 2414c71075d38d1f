// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "properties/power.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace gmc {

namespace {

bool applies(const Suite& suite, const Profile& profile) {
  return std::ranges::any_of(
      clauses_of(suite), [&](Clause clause) { return info(clause).state == ClauseState::kChecked && !why_not(suite, profile, clause); });
}

// One hunt under way: what has been run of each suite.
class Hunter {
 public:
  Hunter(Supervisor& supervisor, std::optional<Clause> wanted, const HuntOptions& options)
      : supervisor_(supervisor), wanted_(wanted), options_(options), began_(std::chrono::steady_clock::now()) {}

  Hunt run() {
    std::uint64_t first = 0;
    for (std::uint64_t size = options_.first_turn; !is_over(); first += size, size *= 2) {
      for (const Suite& suite : suites()) {
        if (is_over()) break;
        if (applies(suite, supervisor_.profile())) run_turn(suite, first, size);
      }
    }
    return hunt_;
  }

 private:
  void run_turn(const Suite& suite, std::uint64_t first, std::uint64_t size) {
    CampaignOrder order;
    order.settings = suite.settings(supervisor_.profile());
    order.settings.adopted = supervisor_.opened().adopted;
    order.seed = options_.seed;
    order.first_batch = first;
    order.batch_count = size;
    if (options_.programs == 0) order.budget_ms = static_cast<std::uint32_t>(std::max<std::int64_t>(1, options_.budget_ms - passed_ms()));
    const std::uint64_t before = hunt_.programs;
    const auto sink = [&](const CampaignProgress& now) {
      if (hunt_.is_killed) return false;
      if (now.latest == nullptr) return true;
      note(suite, now.latest->found.blamed.finding);
      hunt_.programs = before + now.latest->programs_before(order) + 1;
      return !hunt_.is_killed;
    };
    const CampaignResult result = supervisor_.run(order, sink);
    // What shows when a worker ends, leaks above all, comes at the end.
    for (const CampaignFinding& finding : result.findings) {
      if (!hunt_.is_killed) note(suite, finding.found.blamed.finding);
    }
    if (!hunt_.is_killed) hunt_.programs = before + result.statistics.programs;
    hunt_.skipped += result.skipped_programs;
    if (result.statistics.programs == 0) ++idle_turns_;
    hunt_.seconds = static_cast<double>(passed_ms()) / 1000;
  }

  void note(const Suite& suite, const Finding& finding) {
    if (wanted_ && finding.clause != *wanted_) {
      hunt_.by_accident.insert(finding.clause);
      return;
    }
    hunt_.is_killed = true;
    hunt_.suite = suite.name;
    hunt_.clause = finding.clause;
    hunt_.verdict = finding.verdict;
    hunt_.part = finding.divergence.part;
  }

  [[nodiscard]] std::int64_t passed_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_).count();
  }
  [[nodiscard]] bool is_over() const {
    constexpr std::uint32_t kIdleTurnsMax = 16;  // of a backend on which nothing runs
    const bool is_spent = options_.programs == 0 ? passed_ms() >= options_.budget_ms : hunt_.programs >= options_.programs;
    return hunt_.is_killed || is_spent || idle_turns_ >= kIdleTurnsMax;
  }

  Supervisor& supervisor_;
  std::optional<Clause> wanted_;
  HuntOptions options_;
  std::chrono::steady_clock::time_point began_;
  std::uint32_t idle_turns_ = 0;
  Hunt hunt_;
};

}  // namespace

Hunt hunt(Supervisor& supervisor, std::optional<Clause> wanted, const HuntOptions& options) {
  return Hunter(supervisor, wanted, options).run();
}

bool crashes(Supervisor& supervisor, std::uint64_t seed, std::uint64_t programs) {
  CampaignOrder order;
  order.settings.adopted = supervisor.opened().adopted;
  order.seed = seed;
  order.batch_count = (programs + kProgramsPerBatch - 1) / kProgramsPerBatch;
  order.looks_for_leaks = false;
  const CampaignResult result = supervisor.run(order);
  return result.deaths > 0 || std::ranges::any_of(result.findings, [](const CampaignFinding& finding) {
           return finding.found.blamed.finding.divergence.got_status == GMC_BROKEN;
         });
}

}  // namespace gmc
