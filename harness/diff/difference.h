// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where two backends answered one program differently though both kept the contract, and what that means.
#ifndef GMCHECK_HARNESS_DIFF_DIFFERENCE_H
#define GMCHECK_HARNESS_DIFF_DIFFERENCE_H

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/campaign/answers.h"
#include "harness/program/clause.h"
#include "harness/program/op.h"
#include "harness/program/program.h"

namespace gmc {

enum class Meaning : std::uint8_t {
  kViolation,  // GM-INV-003: one profile, and nothing in the contract leaves this open
  kLeftOpen,   // the contract allows both
  kExplained,  // the profiles are not the same
};

// Which part of an answer differs, in the order in which they are looked at.
enum class AnswerPart : std::uint8_t {
  kRan,  // whether the operation ran: a handle was open for one of them
  kStatus,
  kValue,
  kBytes,  // what was brought: a buffer, dirty words, a region list
  kCount,
  kAddress,
  kCountGiven,  // one gives a count where that is optional
  kAddressGiven,
};

[[nodiscard]] std::string_view name(Meaning meaning);  // "GM-INV-003 violated", "left open", "explained by the profiles"
[[nodiscard]] std::string_view name(AnswerPart part);  // "status"

struct Difference {
  Meaning meaning = Meaning::kLeftOpen;
  AnswerPart part = AnswerPart::kStatus;
  OpKind op = OpKind::kRead;
  std::uint32_t op_index = 0;
  bool is_final = false;  // a read behind the program: what memory held at the end
  std::uint16_t status_a = 0;
  std::uint16_t status_b = 0;
  std::array<Clause, 4> clauses{Clause::kINV2, Clause::kINV2, Clause::kINV2, Clause::kINV2};  // that demanded status and count of A, of B
  std::string a{};                                                                            // the answers, one line each
  std::string b{};

  // The same but for where it was met: what is counted as one, and what a minimiser keeps. What is left open in one operation is one
  // difference whatever the statuses were, and whether optional things are given is one for all operations.
  [[nodiscard]] bool same_as(const Difference& other) const;
};

// The differences of one program, whose operations from `final_index` on are reads of memory at the end. Both answers have to be whole.
// A difference that leaves the two memories in different states is the last one: what follows from it is no difference of its own.
// `has_one_profile`: both declare the same.
[[nodiscard]] std::vector<Difference> compare(const Program& program, std::uint32_t final_index, const ProgramAnswers& a,
                                              const ProgramAnswers& b, bool has_one_profile);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_DIFF_DIFFERENCE_H
