// SPDX-License-Identifier: Apache-2.0 OR MIT
// The C++ skeleton of `gmcheck new`, linked in: what it would export from a library is its table here.
#include <gmcheck/backend.h>
#undef GMC_EXPORT_BACKEND
#define GMC_EXPORT_BACKEND(B) \
  extern "C" const GmcPlugin* mine_table(void) { return gmc::Plugin<B>::table(); }
#include MINE_CPP
