// SPDX-License-Identifier: Apache-2.0 OR MIT
// Numbers as programs and profiles write them: decimal or 0x..., unsigned, at most 64 bits. Internal to program.
#ifndef GMCHECK_HARNESS_PROGRAM_NUMBER_TEXT_H
#define GMCHECK_HARNESS_PROGRAM_NUMBER_TEXT_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gmc {

// Strict: digits alone, without a sign or a needless 0 in front of a decimal number. None where it is not a number or exceeds 2^64 - 1.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

// The canonical form: decimal below 4096, from there on hexadecimal.
[[nodiscard]] std::string print_number(std::uint64_t number);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_NUMBER_TEXT_H
