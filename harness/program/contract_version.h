// SPDX-License-Identifier: Apache-2.0 OR MIT
// The version of CONTRACT.md, which says it in its first lines; a test holds the two together.
#ifndef GMCHECK_HARNESS_PROGRAM_CONTRACT_VERSION_H
#define GMCHECK_HARNESS_PROGRAM_CONTRACT_VERSION_H

namespace gmc {

// Grows when a clause changes what it demands, is added, or goes: when a backend that passed may fail, or the other way round.
inline constexpr int kContractVersion = 4;

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_CONTRACT_VERSION_H
