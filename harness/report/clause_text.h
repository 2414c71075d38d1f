// SPDX-License-Identifier: Apache-2.0 OR MIT
// The text of a clause as CONTRACT.md has it. The page is compiled in, so that a report needs no file beside the binary.
#ifndef GMCHECK_HARNESS_REPORT_CLAUSE_TEXT_H
#define GMCHECK_HARNESS_REPORT_CLAUSE_TEXT_H

#include <string>
#include <string_view>

#include "harness/program/clause.h"

namespace gmc {

struct ClauseText {
  std::string kind;  // "core", "switch partial", "unspecified", "declaration, switch dirty_source"; without why it is not checked
  std::string text;  // one paragraph, in one line
  int line = 0;      // of kContractPath
};

inline constexpr const char* kContractPath = "harness/abi/CONTRACT.md";  // from the repository's root

[[nodiscard]] const ClauseText& clause_text(Clause clause);

// Breaks a paragraph into lines of at most `width` characters, each behind `indent` blanks and with a newline.
[[nodiscard]] std::string wrapped(std::string_view paragraph, std::size_t width, std::size_t indent);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_CLAUSE_TEXT_H
