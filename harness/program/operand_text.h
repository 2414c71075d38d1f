// SPDX-License-Identifier: Apache-2.0 OR MIT
// How each operand is written: one row of functions for each, so that an operation's line follows from its row in ops.def. Internal to
// program.
#ifndef GMCHECK_HARNESS_PROGRAM_OPERAND_TEXT_H
#define GMCHECK_HARNESS_PROGRAM_OPERAND_TEXT_H

#include <cstdint>
#include <string>

#include "harness/program/document.h"
#include "harness/program/op.h"
#include "harness/program/text_line.h"

namespace gmc {

[[nodiscard]] TextResult<void> parse_operand(Operand operand, WordCursor& words, const Names& names, Op& op);
void print_operand(Operand operand, const Op& op, const Names& names, std::string& text);

// `l1` to `l15`, or a lane's name.
[[nodiscard]] TextResult<std::uint8_t> parse_lane(WordCursor& words, const Names& names);
[[nodiscard]] std::string print_lane(std::uint8_t lane, const Names& names);

// A number of at most `max`; `what` says what is expected otherwise.
[[nodiscard]] TextResult<std::uint64_t> parse_number_word(WordCursor& words, std::string_view what, std::uint64_t max = UINT64_MAX);

// `letter` and a number from `min` to `max`: r1, s15.
[[nodiscard]] std::optional<std::uint8_t> parse_indexed(std::string_view word, char letter, std::uint8_t min, std::uint8_t max);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_OPERAND_TEXT_H
