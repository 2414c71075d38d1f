/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The header as a plain C11 compiler sees it, without extensions. layout_test.cc compares the number with its own. */
#include <gmcheck.h>

_Static_assert(sizeof(GmcOutcome) == 32, "GmcOutcome is passed by value and frozen");
_Static_assert(sizeof(GmcCall) == 88, "GmcCall");

unsigned gmc_c11_sees(void);

unsigned gmc_c11_sees(void) {
  return (unsigned)(sizeof(GmcOutcome) + 3 * sizeof(GmcEntry) + 5 * sizeof(GmcCall) + 7 * sizeof(GmcAccessGroup));
}
