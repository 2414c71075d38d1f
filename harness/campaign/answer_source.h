// SPDX-License-Identifier: Apache-2.0 OR MIT
// Programs in, answers out: one backend in a worker, which is renewed where it dies.
#ifndef GMCHECK_HARNESS_CAMPAIGN_ANSWER_SOURCE_H
#define GMCHECK_HARNESS_CAMPAIGN_ANSWER_SOURCE_H

#include <memory>
#include <optional>
#include <vector>

#include "harness/base/error.h"
#include "harness/campaign/answers.h"
#include "harness/campaign/supervisor.h"

namespace gmc {

// Not thread-safe; for the thread that started the supervisor, which has to outlive it.
class AnswerSource {
 public:
  explicit AnswerSource(const Supervisor& supervisor) : supervisor_(supervisor) {}

  // Hands the programs to the worker and comes back: another source may be asked at the same time. The error: no worker could be started.
  [[nodiscard]] Result<void> send(std::vector<Program> programs);
  // What came of them, one for each. Where the worker dies, the program that it died of has that as its finding, and a new one goes on;
  // after kDeathsMax of them the programs that are left are skipped.
  [[nodiscard]] Result<std::vector<ProgramAnswers>> collect();

  // Lets the worker close the backend. None: it closed in good order, or there is none.
  [[nodiscard]] std::optional<Finding> close();
  [[nodiscard]] unsigned deaths() const { return deaths_; }  // since it was made

  static constexpr unsigned kDeathsMax = 8;  // of one order: each may have been waited for

 private:
  [[nodiscard]] Result<void> send_rest();
  void take(Supervisor::Reply reply);

  const Supervisor& supervisor_;
  std::unique_ptr<WatchedWorker> worker_;
  std::vector<Program> programs_;
  std::vector<ProgramAnswers> answers_;  // of those programs
  std::size_t next_ = 0;                 // the first of them that the worker has under way
  unsigned deaths_ = 0;
  unsigned deaths_of_order_ = 0;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_ANSWER_SOURCE_H
