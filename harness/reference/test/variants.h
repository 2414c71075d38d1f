// SPDX-License-Identifier: Apache-2.0 OR MIT
// Profiles to check the reference under: every two values of two switches together in at least one of them, wherever they can be.
#ifndef GMCHECK_HARNESS_REFERENCE_TEST_VARIANTS_H
#define GMCHECK_HARNESS_REFERENCE_TEST_VARIANTS_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/program/profile.h"

namespace gmc::testing {

struct Factor {
  std::string_view name;                 // a switch, with a kind before it where it is set for that kind of space alone
  std::vector<std::string_view> values;  // the first is one that contradicts nothing
};

// What is varied: every switch that a clause of this version names.
[[nodiscard]] const std::vector<Factor>& factors();

struct Variants {
  std::vector<Profile> profiles;
  std::uint64_t pairs = 0;       // that some profile has
  std::uint64_t infeasible = 0;  // that no profile can have
};

// The same for the same seed.
[[nodiscard]] Variants pairwise_variants(std::uint64_t seed);

}  // namespace gmc::testing

#endif  // GMCHECK_HARNESS_REFERENCE_TEST_VARIANTS_H
