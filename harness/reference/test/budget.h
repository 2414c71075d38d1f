// SPDX-License-Identifier: Apache-2.0 OR MIT
// How much the tests of the reference do: all of it, a part under sanitizers, or as little as finds a planted defect (GMC_REFERENCE_QUICK).
#ifndef GMCHECK_HARNESS_REFERENCE_TEST_BUDGET_H
#define GMCHECK_HARNESS_REFERENCE_TEST_BUDGET_H

#include <cstdint>
#include <cstdlib>

#include "harness/base/sanitizer.h"

namespace gmc::testing {

[[nodiscard]] inline bool is_quick() { return std::getenv("GMC_REFERENCE_QUICK") != nullptr; }

[[nodiscard]] inline std::uint64_t budget(std::uint64_t full, std::uint64_t quick) {
  if (is_quick()) return quick;
  return is_sanitized() ? full / 4 + 1 : full;
}

// GMCHECK_SEED, hexadecimal, as ci/matrix derives it from the commit; else one that never changes.
[[nodiscard]] inline std::uint64_t seed_of_run() {
  const char* const text = std::getenv("GMCHECK_SEED");
  return text == nullptr ? 1 : std::strtoull(text, nullptr, 16);
}

}  // namespace gmc::testing

#endif  // GMCHECK_HARNESS_REFERENCE_TEST_BUDGET_H
