// SPDX-License-Identifier: Apache-2.0 OR MIT
// Follows a program as it runs, so that a finding can be shown with what led to it: the map as it was, which bytes are wrong, and who wrote
// them. For `gmcheck run --trace`; nobody else pays for it.
#ifndef GMCHECK_HARNESS_CAMPAIGN_HISTORIAN_H
#define GMCHECK_HARNESS_CAMPAIGN_HISTORIAN_H

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "harness/campaign/byte_diff.h"
#include "harness/campaign/picture.h"
#include "harness/campaign/wire.h"
#include "harness/runner/executor.h"

namespace gmc {

// Not thread-safe. Of many runs it knows the last, and the last that ended in a finding.
class Historian : public Observer {
 public:
  void on_run(const Program& program, const Reference& reference) override;
  void on_operation(std::uint32_t index, const Expectation& expectation, const Answer& answer, const Judgement& judgement) override;
  void on_skipped(std::uint32_t index) override { come_to(index); }
  void on_finding(const Finding& finding, Executor& executor) override;

  // What is known of `finding`, where the last run with a finding ended in it.
  [[nodiscard]] std::optional<TraceDetail> detail_of(const Finding& finding) const;
  // The state behind the run that was last, which agreed, with operation `index` of `whole` about to run: one that never returned.
  [[nodiscard]] TraceDetail detail_before(const Program& whole, std::uint32_t index);

 private:
  void come_to(std::uint32_t index);
  void keep_writes(std::uint32_t index, const Expectation& e, const Alternative& matched);
  void look_at_buffer(const Expectation& e, const Answer& answer);
  [[nodiscard]] std::vector<std::string> picture(const std::optional<Access>& access) const;

  const Program* program_ = nullptr;
  const Reference* reference_ = nullptr;
  Writers writers_;
  std::vector<EntryFate> fates_;
  std::optional<std::uint32_t> change_;  // an operation that may have changed the map; what it did shows at the next one
  std::vector<bool> was_mapped_;         // by entry, before that
  std::map<std::uint32_t, Access> accesses_;
  WrongBytes in_buffer_;  // of the last operation
  std::optional<Finding> found_;
  TraceDetail detail_;  // of found_
};

// Where an operation goes, if it has an address.
[[nodiscard]] std::optional<Access> access_of(std::uint32_t index, const Expectation& expectation);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_HISTORIAN_H
