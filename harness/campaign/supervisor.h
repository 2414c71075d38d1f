// SPDX-License-Identifier: Apache-2.0 OR MIT
// Runs campaigns in workers and outlives whatever a backend does there. The supervisor itself never loads a plugin.
#ifndef GMCHECK_HARNESS_CAMPAIGN_SUPERVISOR_H
#define GMCHECK_HARNESS_CAMPAIGN_SUPERVISOR_H

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/error.h"
#include "harness/campaign/answers.h"
#include "harness/campaign/order.h"
#include "harness/campaign/watched_worker.h"
#include "harness/campaign/wire.h"
#include "harness/program/profile.h"

namespace gmc {

struct SupervisorOptions {
  WorkerOptions worker;
  unsigned workers = 2;  // of a campaign, at the same time; 1 or more
};

// Why there is no supervisor: the backend cannot be opened here, or it died when it was, or it answered against the contract.
struct CannotStart {
  Error error;
  std::optional<Finding> finding;  // crashed, hung, over_limit, violation: then it is the backend's verdict
};

// Generated programs, batch by batch. What is found depends on the seed and the settings, not on the number of workers.
struct CampaignOrder {
  GeneratorSettings settings = {};
  std::uint64_t seed = 0;
  std::uint64_t first_batch = 0;
  std::uint64_t batch_count = UINT64_MAX;  // of kProgramsPerBatch programs
  std::uint32_t budget_ms = 0;             // wall clock; 0: as long as there are batches
  bool looks_for_leaks = true;
};

struct CampaignFinding {
  Found found;         // count: at least; workers stop counting where they steer round
  double seconds = 0;  // since the campaign began
  // The order in whose course it was met, for those that a program alone does not show.
  std::shared_ptr<const GenerateOrder> origin;

  // How many programs into the campaign; the same for every number of workers.
  [[nodiscard]] std::uint64_t programs_before(const CampaignOrder& order) const {
    return (found.batch - order.first_batch) * kProgramsPerBatch + found.number;
  }
};

struct CampaignResult {
  Evidence evidence;
  RunStatistics statistics;
  std::vector<CampaignFinding> findings;  // distinct, in the order of batches; those at the end of a worker last
  std::uint64_t batches = 0;              // that were run to their end
  std::uint64_t skipped_programs = 0;     // could not run here
  std::string skip_reason;                // of one of them
  unsigned deaths = 0;                    // of workers
  std::vector<OpKind> muted;  // operations that were left out from some point on, since steering round their findings did not help
  std::string stopped;        // why it ended before its time, in one line; empty: it did not
  double seconds = 0;
};

// The state of a campaign under way.
struct CampaignProgress {
  const RunStatistics& statistics;  // with what workers have not reported yet
  const Evidence& evidence;
  double seconds;
  std::size_t findings;           // so far, not merged yet
  const CampaignFinding* latest;  // not null: this was found just now
};
// False ends the campaign.
using ProgressSink = std::function<bool(const CampaignProgress&)>;

// A finding that was looked at again.
struct Confirmed {
  Blamed blamed;                     // its verdict is history or flaky where a new worker does not show it
  std::vector<Program> before = {};  // history: what has to run first, on the same memory
  std::uint32_t shown = 0;           // of `runs`
  std::uint32_t runs = 0;
};

struct Trace {
  std::vector<TraceLine> lines;            // as far as it went
  std::optional<Finding> finding;          // none: backend and reference agree
  std::string skip_reason;                 // it could not run here
  std::optional<TraceDetail> detail = {};  // of the finding, where it was asked for and can be told
};

// Not thread-safe, and its workers die with the thread that uses it.
class Supervisor {
 public:
  // Opens the backend once, in a worker, to know its profile.
  [[nodiscard]] static std::expected<std::unique_ptr<Supervisor>, CannotStart> start(SupervisorOptions options);

  [[nodiscard]] const Opened& opened() const { return opened_; }
  [[nodiscard]] const Profile& profile() const { return profile_; }
  [[nodiscard]] const SupervisorOptions& options() const { return options_; }

  [[nodiscard]] CampaignResult run(const CampaignOrder& order, const ProgressSink& progress = {});

  // The errors of the following: no worker could be started. What the backend does is in the answer.

  // Looks again in a new worker: at the program alone, then after the programs before it, then several times.
  [[nodiscard]] Result<Confirmed> confirm(const CampaignFinding& finding);
  // The smallest program with the same clause, verdict, divergence and operation that is found in time.
  [[nodiscard]] Result<Blamed> minimize(const Blamed& blamed, std::chrono::milliseconds budget = std::chrono::seconds(5));
  // One program, operation by operation; `in_detail` with what led to a finding.
  [[nodiscard]] Result<Trace> replay(const Program& program, bool in_detail = false);
  // Programs of the caller's, each on a memory of its own; found[i].number is the index of the program.
  struct ListResult {
    RunStatistics statistics;
    Evidence evidence;
    std::vector<Found> found;
    std::uint64_t skipped_programs = 0;
    std::string skip_reason;
  };
  [[nodiscard]] Result<ListResult> run_list(const std::vector<Program>& programs);
  // What becomes of programs of the caller's, each on a memory of its own, under `profile` instead of the one that the supervisor was
  // started with. At most `deaths_max` workers die of them, at least 1; what is left then stays kUnknown.
  struct Probes {
    enum class Answer : std::uint8_t { kAgrees, kDiffers, kUnknown };
    std::vector<Answer> answers;              // by program
    std::map<std::size_t, Finding> findings;  // of the programs that differ; provisional, as nobody looked for whom to blame
    std::optional<Error> refusal;             // none of them ran: the backend cannot be opened under this profile
    std::string skip_reason;                  // of a program that could not run here, which stays kUnknown; "": all could
  };
  [[nodiscard]] Probes probe(const Profile& profile, const std::vector<Program>& programs, unsigned deaths_max) const;

 private:
  friend class AnswerSource;
  friend class Campaign;
  using Clock = std::chrono::steady_clock;

  // What came of one order, up to its end or the worker's.
  struct Reply {
    std::optional<Done> done;
    std::vector<Found> found;
    std::vector<TraceLine> lines;
    std::vector<NumberedAnswers> answers;
    std::optional<TraceDetail> detail;
    std::optional<Program> smaller;
    std::optional<Death> death;
  };
  struct Again {  // whether a finding came again, and what of
    bool shown = false;
    std::uint32_t count = 0;
  };

  explicit Supervisor(SupervisorOptions options) : options_(std::move(options)) {}

  // supervisor.cc
  [[nodiscard]] std::expected<std::unique_ptr<WatchedWorker>, CannotStart> start_worker(const WorkerOptions& options, Opened* opened) const;
  [[nodiscard]] Result<std::unique_ptr<WatchedWorker>> new_worker() const;
  [[nodiscard]] static Reply request(WatchedWorker& worker, const Order& order, std::chrono::milliseconds patience);
  // The second half of it: what comes of the order that was sent.
  [[nodiscard]] static Reply receive(WatchedWorker& worker, std::chrono::milliseconds patience);
  // Lets it close the backend. None: it closed in good order.
  [[nodiscard]] static std::optional<Death> close(WatchedWorker& worker);
  // Finds the cell of the operation that a worker died in; 0 where it cannot be told.
  [[nodiscard]] std::uint32_t cell_of(const Death& death) const;

  // The map as it was before the operation that ended the worker.
  [[nodiscard]] std::optional<TraceDetail> detail_of_death(const Program& program, std::uint32_t op_index) const;

  // confirm.cc
  [[nodiscard]] Result<std::uint32_t> times_shown_alone(const Blamed& blamed, std::uint32_t times) const;
  [[nodiscard]] Result<bool> shows_after(const std::vector<Program>& before, const Blamed& blamed) const;
  [[nodiscard]] Result<bool> shows_in(const GenerateOrder& order, const Blamed& blamed) const;
  [[nodiscard]] Result<std::vector<Program>> shorten_history(std::vector<Program> before, const Blamed& blamed) const;
  [[nodiscard]] std::vector<Program> programs_before(const CampaignFinding& finding) const;

  // probe.cc
  [[nodiscard]] std::size_t probe_from(std::size_t first, WatchedWorker& worker, const std::vector<Program>& programs,
                                       Probes& probes) const;

  // minimize.cc
  [[nodiscard]] Result<Blamed> minimize_in_worker(const Blamed& blamed, std::chrono::milliseconds budget) const;
  [[nodiscard]] Result<Blamed> minimize_death(const Blamed& blamed, std::chrono::milliseconds budget) const;

  SupervisorOptions options_;
  Opened opened_;
  Profile profile_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_SUPERVISOR_H
