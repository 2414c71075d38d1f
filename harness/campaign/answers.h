// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a backend answered to a program, operation by operation, beside what the contract left open there: what `gmcheck diff` compares.
#ifndef GMCHECK_HARNESS_CAMPAIGN_ANSWERS_H
#define GMCHECK_HARNESS_CAMPAIGN_ANSWERS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/error.h"
#include "harness/campaign/wire.h"
#include "harness/program/profile.h"
#include "harness/runner/executor.h"

namespace gmc {

// Which parts of an answer the contract leaves to the backend, under the state in which it was given.
struct OpenParts {
  bool count = false;  // nothing says what it counts
  bool value = false;
  bool bytes = false;

  bool operator==(const OpenParts&) const = default;
};

// The answer to one operation. It keeps the contract, or it is the last one of its program.
struct OpAnswer {
  std::uint32_t index = 0;   // of the operation
  bool was_skipped = false;  // a handle was not open: nothing else is filled
  std::uint16_t status = 0;
  std::optional<std::uint64_t> count{};    // where it was given
  std::optional<std::uint64_t> address{};  // where it was given
  std::optional<std::uint64_t> value{};    // where the operation answers one that means the same in every process
  std::uint64_t bytes = 0;                 // a hash of what was brought: the buffer, dirty words, the region list; 0: nothing
  std::string shown{};                     // the first of the bytes, in hexadecimal: for people
  OpenParts open{};
  StatusMask statuses = 0;                 // all that were allowed
  std::uint64_t allowed = 0;               // a hash of all that was allowed: equal where two references allowed the same
  std::uint64_t moved = 0;                 // bytes that were transferred
  bool may_have_moved = false;             // and each of them, or none: a fault interrupted
  Clause clause = Clause::kINV2;           // that demands the status
  Clause clause_of_count = Clause::kINV2;  // and how much is moved

  bool operator==(const OpAnswer&) const = default;
};

// What came of one program on a memory of its own.
struct ProgramAnswers {
  std::vector<OpAnswer> ops{};      // by index, without the brackets of lists; up to the finding
  std::optional<Blamed> finding{};  // the backend broke the contract, or ended its process
  std::string skip_reason{};        // not empty: it could not run here

  [[nodiscard]] bool is_whole() const { return !finding && skip_reason.empty(); }
};

// Collects what an executor sees.
class AnswerRecorder : public Observer {
 public:
  void on_operation(std::uint32_t index, const Expectation& expectation, const Answer& answer, const Judgement& judgement) override;
  void on_skipped(std::uint32_t index) override { answers_.push_back({.index = index, .was_skipped = true}); }

  // What was seen since the last call, by index.
  [[nodiscard]] std::vector<OpAnswer> take();

 private:
  std::vector<OpAnswer> answers_;
};

// On the wire: those of program number `number` of an order.
struct NumberedAnswers {
  std::uint64_t number = 0;
  std::vector<OpAnswer> ops{};
  std::string skip_reason{};
};
[[nodiscard]] Json encode(const NumberedAnswers& answers);
[[nodiscard]] Result<NumberedAnswers> decode_answers(const Json& json);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_ANSWERS_H
