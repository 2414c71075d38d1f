// SPDX-License-Identifier: Apache-2.0 OR MIT
// A differential run for people, for programs, and its programs as files.
#ifndef GMCHECK_HARNESS_DIFF_DIFF_REPORT_H
#define GMCHECK_HARNESS_DIFF_DIFF_REPORT_H

#include <string>

#include "harness/diff/diff_run.h"

namespace gmc {

// What became of GM-INV-003, in the words of a report's states: "fail", "pass", "n/a" where the profiles differ, "not reached" where
// nothing was compared.
[[nodiscard]] std::string_view state_of_inv3(const DiffResult& result);

// Who broke the contract, what else differs and why, and one line that sums up.
[[nodiscard]] std::string text_of(const DiffResult& result);

// diff.json; ends in a newline.
[[nodiscard]] std::string json_of(const DiffResult& result, int exit_code);

// "left-open-3f2a91c4.gmp": by meaning and content.
[[nodiscard]] std::string file_name(const ReportedDifference& reported);
// The program with what it is about in comments.
[[nodiscard]] std::string document_of(const ReportedDifference& reported, const DiffResult& result);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_DIFF_DIFF_REPORT_H
