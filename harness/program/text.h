// SPDX-License-Identifier: Apache-2.0 OR MIT
// The text form of programs, `.gmp`; SYNTAX.md has the grammar. Strict to read, with one canonical form to write: parse(print(p)) is p.
#ifndef GMCHECK_HARNESS_PROGRAM_TEXT_H
#define GMCHECK_HARNESS_PROGRAM_TEXT_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/error.h"
#include "harness/program/document.h"
#include "harness/program/text_line.h"

namespace gmc {

inline constexpr std::uint32_t kTextVersion = 1;  // of the first line, `gmp 1`

struct ParsedText {
  Document document;
  std::vector<TextPlace> op_places;      // of operation i
  std::vector<TextPlace> layout_places;  // of layout i
};

// Form alone: what it returns need not be valid, so that operations which this version does not run are read and printed. Errors stand at
// `place:line:column`.
[[nodiscard]] Result<ParsedText> parse_text(std::string_view text, std::string_view place);

// Parses and validates: what it returns runs. An invalid operation is `place:line:column: op N: cause`.
[[nodiscard]] Result<Document> read_program(std::string_view text, std::string_view place);

[[nodiscard]] std::string print(const Document& document);
[[nodiscard]] std::string print(const Program& program);

// One operation as its line, without indentation and newline.
[[nodiscard]] std::string print_op(const Op& op, const Names& names = {});
[[nodiscard]] std::string print_address(const Address& address, const Names& names = {});
[[nodiscard]] std::string print_outcome(const ExpectedOutcome& outcome);  // "ok count=8"

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_TEXT_H
