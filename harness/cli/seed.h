// SPDX-License-Identifier: Apache-2.0 OR MIT
#ifndef GMCHECK_HARNESS_CLI_SEED_H
#define GMCHECK_HARNESS_CLI_SEED_H

#include <cstdint>
#include <string_view>

#include "harness/base/error.h"

namespace gmc {

// A number, decimal or 0x and hexadecimal, or a commit's hash of 7 to 64 digits, of which the first 16 count: a commit can be its own seed.
// What is a number below 2^64 is that number.
[[nodiscard]] Result<std::uint64_t> parse_seed(std::string_view text);

// The environment's GMCHECK_SEED where it is set and a seed, or else one that nobody knew before.
[[nodiscard]] Result<std::uint64_t> default_seed();

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_SEED_H
