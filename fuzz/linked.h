// SPDX-License-Identifier: Apache-2.0 OR MIT
// What is linked into fuzz targets of somebody else's: their backend in, and one input as a function, for engines with entry points of
// their own. C and C++ alike.
#ifndef GMCHECK_FUZZ_LINKED_H
#define GMCHECK_FUZZ_LINKED_H

#include <gmcheck.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Defined by whoever links a backend in: it is the built-in `linked` then, and fuzzed where GMC_FUZZ_BACKEND names no other one. Weak here:
// without it there is none.
__attribute__((weak)) const GmcPlugin* gmc_fuzz_linked(void);

// One input of fuzz_lockstep; answers 0. Opens the backend at the first call; a finding aborts.
int gmc_fuzz_one_input(const uint8_t* data, size_t size);

#ifdef __cplusplus
}
#endif

#endif  // GMCHECK_FUZZ_LINKED_H
