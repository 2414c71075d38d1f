// SPDX-License-Identifier: Apache-2.0 OR MIT
// The word that was meant, for messages about one that is unknown.
#ifndef GMCHECK_HARNESS_PROGRAM_SUGGESTION_H
#define GMCHECK_HARNESS_PROGRAM_SUGGESTION_H

#include <string>
#include <string_view>
#include <vector>

namespace gmc {

// " (did you mean 'x'?)" for the candidate that is at most two edits away, the first of the nearest; "" where there is none.
[[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_SUGGESTION_H
