// SPDX-License-Identifier: Apache-2.0 OR MIT
// A differential run: programs on two backends, each in its own worker with its own reference, and what was different.
#ifndef GMCHECK_HARNESS_DIFF_DIFF_RUN_H
#define GMCHECK_HARNESS_DIFF_DIFF_RUN_H

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/campaign/answer_source.h"
#include "harness/campaign/supervisor.h"
#include "harness/diff/difference.h"
#include "harness/diff/shared_ground.h"
#include "harness/report/report.h"

namespace gmc {

struct DiffOptions {
  std::uint64_t seed = 0;
  std::uint32_t budget_ms = 20000;   // wall clock of generated programs; confirming and minimising come on top
  std::uint64_t programs = 0;        // not 0: so many, instead of the budget
  std::uint32_t minimise_ms = 2000;  // of one finding or difference
  // Keeps a program: stores `text` under `name` and answers the path to type, or "" where that cannot be done.
  std::function<std::string(const std::string& name, const std::string& text)> keep;
  // One line about what is going on, a few times a second.
  std::function<void(std::string_view line)> on_progress;
};

// A difference, and the smallest program that shows it.
struct ReportedDifference {
  Difference difference{};
  Program program{};
  std::uint64_t count = 0;              // programs that showed it
  std::uint32_t shown = 0;              // in new workers; of `runs`
  std::uint32_t runs = 0;               // 0: it was not looked at again
  std::vector<std::string> switches{};  // of those that differ, the ones that its clauses are about
  std::string file{};                   // where the program lies, as a path to type; "" where it could not be written
};

struct DiffResult {
  std::string seed{};             // "" where nothing was generated
  std::array<Report, 2> sides{};  // backend, implementation, profile, and what broke the contract
  std::vector<SwitchDifference> switches{};
  bool has_one_profile = false;
  std::uint64_t programs = 0;                     // that both ran to their end
  std::uint64_t operations = 0;                   // of those, answered by both
  std::uint64_t skipped_programs = 0;             // that one of the two could not run
  std::string skip_reason{};                      // of one of them
  std::vector<ReportedDifference> differences{};  // violations first, then the most frequent
  std::uint64_t unlisted = 0;                     // how often one was met that was of yet another kind; no violation is among them
  std::string stopped{};                          // why it ended before its time, in one line; empty: it did not
  bool is_unusable = false;                       // and that was for want of a worker
  double seconds = 0;

  [[nodiscard]] std::size_t count(Meaning meaning) const;
  [[nodiscard]] std::size_t findings() const { return sides[0].findings.size() + sides[1].findings.size(); }
};

// `gmcheck diff FILE --backend A --backend B`, quoted for a shell.
[[nodiscard]] std::string diff_command(std::string_view file, const DiffResult& result);

// Not thread-safe; for the thread that started the supervisors. Runs once.
class DiffRun {
 public:
  DiffRun(Supervisor& a, Supervisor& b, DiffOptions options);

  // Programs of the generator.
  [[nodiscard]] DiffResult run();
  // Programs of the caller's.
  [[nodiscard]] DiffResult run(const std::vector<Program>& programs);

 private:
  using Clock = std::chrono::steady_clock;
  using Both = std::array<std::vector<ProgramAnswers>, 2>;

  [[nodiscard]] bool take_batch(std::vector<Program> programs);
  [[nodiscard]] Result<Both> ask(const std::vector<Program>& programs);
  [[nodiscard]] std::string why_not_taken_by_both(const Program& program) const;
  void add_finding(std::size_t side, const Blamed& blamed);
  void add_differences(const Program& program, const ProgramAnswers& a, const ProgramAnswers& b);
  void add(const Program& program, const Difference& difference);
  void stop(const Error& error);

  void look_closer();
  void look_closer_at(std::size_t side, ReportedFinding& finding);
  void look_closer_at(ReportedDifference& reported);
  [[nodiscard]] std::optional<Difference> shows(const Program& program, const Difference& wanted);
  [[nodiscard]] Program minimise(const Program& program, const Difference& wanted);
  void confirm(ReportedDifference& reported);
  [[nodiscard]] std::vector<std::string> switches_behind(const Difference& difference) const;
  void keep_programs();
  void close_workers();
  void say(std::string_view line) const;

  std::array<Supervisor*, 2> supervisors_;
  std::array<AnswerSource, 2> sources_;
  DiffOptions options_;
  DiffResult result_;
  Clock::time_point began_ = Clock::now();
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_DIFF_DIFF_RUN_H
