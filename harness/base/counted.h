// SPDX-License-Identifier: Apache-2.0 OR MIT
// Numbers in messages: one operation is "1 operation", and none are "0 operations".
#ifndef GMCHECK_HARNESS_BASE_COUNTED_H
#define GMCHECK_HARNESS_BASE_COUNTED_H

#include <concepts>
#include <string>
#include <string_view>

namespace gmc {

// "1 clause", "2 clauses". `plural` where it is no `s` that makes one of the noun, or where the noun is not the last word.
[[nodiscard]] std::string counted(std::integral auto count, std::string_view noun, std::string_view plural = {}) {
  std::string text = std::to_string(count) + ' ';
  if (count == 1) return text.append(noun);
  return plural.empty() ? text.append(noun) + 's' : text.append(plural);
}

}  // namespace gmc

#endif  // GMCHECK_HARNESS_BASE_COUNTED_H
