// SPDX-License-Identifier: Apache-2.0 OR MIT
// A conformance run: one campaign a suite, its findings confirmed and minimised, and what follows for every clause.
#ifndef GMCHECK_PROPERTIES_CONFORMANCE_H
#define GMCHECK_PROPERTIES_CONFORMANCE_H

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/campaign/supervisor.h"
#include "harness/report/excuses.h"
#include "harness/report/report.h"
#include "properties/clause_source.h"
#include "properties/suite.h"

namespace gmc {

struct ConformanceOptions {
  std::uint64_t seed = 0;
  std::uint32_t budget_ms = 60000;   // wall clock of all campaigns together; confirming and minimising come on top
  std::uint64_t programs = 0;        // of each suite, in whole batches; not 0: instead of the budget, so that a run can be had again
  std::uint32_t minimise_ms = 5000;  // of one finding
  Excuses excuses{};                 // waivers and the baseline
  std::string profile_file = {};     // where the profile comes from that the supervisor was started with; "": from the backend
  // Keeps the program of a finding: stores `text` under `name` and answers the path to type, or "" where that cannot be done.
  std::function<std::string(const std::string& name, const std::string& text)> keep;
  // One line about what is going on, a few times a second.
  std::function<void(std::string_view line)> on_progress;
};

// Not thread-safe; for the thread that started the supervisor.
class Conformance : public ClauseSource {
 public:
  Conformance(Supervisor& supervisor, ConformanceOptions options);
  // Of a backend that died while it was opened: that is a verdict, and nothing else can be decided.
  Conformance(const BackendSpec& backend, const Finding& death, ConformanceOptions options);

  // Runs the campaigns that `selected` need, once; later calls do nothing. A clause that was not selected is decided all the same where a
  // finding falls on it.
  void run(const std::vector<Clause>& selected);

  // Whether `clause` needs a campaign: false where its state is known from the profile alone.
  [[nodiscard]] bool needs_campaign(Clause clause) const;
  void decide(Clause clause, const std::vector<Clause>& chosen) override {
    if (needs_campaign(clause)) run(chosen);
  }
  [[nodiscard]] ClauseResult result(Clause clause) const override;
  [[nodiscard]] const Report& report() const override { return report_; }
  // The report with the results of `clauses`, of those that have findings, and with what became of waivers and baseline.
  [[nodiscard]] Report report_of(const std::vector<Clause>& clauses) const;
  [[nodiscard]] const Profile& profile() const { return profile_; }

 private:
  void run_suite(const Suite& suite, std::uint32_t budget_ms);
  void add(const Suite& suite, const CampaignOrder& order, CampaignResult result);
  void look_closer_at_all();
  void look_closer(bool unexcused);
  std::optional<Confirmed> confirm(std::size_t index);
  void confirm_and_minimise(std::size_t index);
  void keep_program(ReportedFinding& finding);
  [[nodiscard]] std::string denial_in(const Finding& finding) const;
  void note_reach(const Evidence& so_far, double seconds);
  [[nodiscard]] std::string witness_of(Clause clause) const;
  void say(std::string_view line) const;

  Supervisor* supervisor_;  // null where the backend could not be opened
  ConformanceOptions options_;
  Profile profile_;
  Evidence evidence_;
  Report report_;                                    // without the clauses
  std::vector<std::optional<CampaignFinding>> raw_;  // of report_.findings
  std::array<std::size_t, kClauseCount> looked_{};   // closer, by clause
  std::size_t confirmed_ = 0;                        // beside those
  std::vector<Clause> wanted_;                       // of the selected ones those that campaigns decide
  std::chrono::steady_clock::time_point began_{};
  bool has_run_ = false;
};

}  // namespace gmc

#endif  // GMCHECK_PROPERTIES_CONFORMANCE_H
