// SPDX-License-Identifier: Apache-2.0 OR MIT
// The word that was meant, for messages about one that is unknown.
#ifndef GMCHECK_HARNESS_PROGRAM_SUGGESTION_H
#define GMCHECK_HARNESS_PROGRAM_SUGGESTION_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gmc {

// The edits that make `b` of `a`: a letter put in, left out, replaced, or swapped with its neighbour.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate with the fewest edits, however many those are, and the first of several; "" where there is none.
[[nodiscard]] std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

// " (did you mean 'x'?)" for the candidate that is at most two edits away, the first of the nearest; "" where there is none.
[[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_SUGGESTION_H
