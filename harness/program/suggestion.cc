// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/suggestion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace gmc {

// The edits that make `b` of `a`: a letter put in, left out, replaced, or swapped with its neighbour. table[i][j] is for the first i and j
// letters.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        table[i][j] = i + j;
        continue;
      }
      const std::size_t replaced = table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      table[i][j] = std::min({replaced, table[i - 1][j] + 1, table[i][j - 1] + 1});
      const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
    }
  }
  return table[a.size()][b.size()];
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  const auto distance = [&](std::string_view candidate) { return edit_distance(word, candidate); };
  const auto found = std::ranges::min_element(candidates, {}, distance);
  return found == candidates.end() ? std::string_view{} : *found;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t kEditsMax = 2;
  std::size_t least = kEditsMax + 1;
  std::string_view meant;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    // A word of which more than half would have to change is another word.
    if (distance >= least || 2 * distance > candidate.size()) continue;
    least = distance;
    meant = candidate;
  }
  return meant.empty() ? std::string{} : fmt::format(" (did you mean '{}'?)", meant);
}

}  // namespace gmc
