// SPDX-License-Identifier: Apache-2.0 OR MIT
// The reference as somebody who answers, and not as somebody who judges: of what may be answered, the first alternative.
#ifndef GMCHECK_HARNESS_ADAPTERS_REFERENCE_ANSWERING_H
#define GMCHECK_HARNESS_ADAPTERS_REFERENCE_ANSWERING_H

#include <gmcheck.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/program/program.h"
#include "harness/reference/reference.h"

namespace gmc {

// Room for what an operation brings besides its outcome. Grows and is reused.
struct AnswerRoom {
  std::span<std::uint8_t> bytes;     // the caller's: payload of a write, `size` bytes; buffer of a read
  std::span<std::uint8_t> expected;  // of a compare-exchange, the caller's too
  std::span<std::uint8_t> found;     // where what it found does not fit in the outcome
  std::vector<GmcRegionInfo> regions;
  std::vector<std::uint64_t> dense;
  std::vector<GmcPiece> pieces;
  std::vector<GmcDirtyWord> sparse;
  Expectation expectation;
  Evidence evidence;
};

// What a sparse harvest of slot `slot` reports now.
[[nodiscard]] std::vector<GmcDirtyWord> sparse_words(const Reference& reference, std::uint8_t slot);

// What the reference answers to `op` and has not moved on from. Its spans are in `room`, where the expectation is too.
struct Answered {
  Answer answer;
  Judgement judgement;
};
// `seen`: a status that somebody else answered. Where an alternative has it, that is the answer; what a compare-exchange finds decides that
// one itself.
[[nodiscard]] Answered choose_answer(const Reference& reference, const Program& program, const Op& op, AnswerRoom& room,
                                     std::optional<std::uint16_t> seen = {});

// Answers `op` and moves `reference` to where that leads. An operation whose space is not open is not to be asked; what the reference
// answers it accepts itself, or gmcheck is broken. Not for kFacts.
GmcOutcome answer(Reference& reference, const Program& program, const Op& op, AnswerRoom& room);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_ADAPTERS_REFERENCE_ANSWERING_H
