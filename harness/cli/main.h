// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck as a function, for an executable of one's own with backends linked in. Installed as <gmcheck/main.h>; C and C++.
#ifndef GMCHECK_HARNESS_CLI_MAIN_H
#define GMCHECK_HARNESS_CLI_MAIN_H

#include <gmcheck.h>

#ifdef __cplusplus
extern "C" {
#endif

// A backend that is linked in. Names are [A-Za-z_][A-Za-z0-9_-]*, since a path, a colon and a comma mean something else in `--backend`.
typedef struct GmcLinked {
  const char* name;                 // for --backend
  const GmcPlugin* (*table)(void);  // called in the worker alone
  const char* what;                 // one line for `gmcheck backends`
} GmcLinked;

// Runs gmcheck's command line with `count` further backends, and answers its exit code. To be called once, from main(): the worker is the
// same executable, started again with its first argument GMC_WORKER_ARGUMENT. Copies what it is given.
int gmc_main(int argc, char** argv, const GmcLinked* backends, uint64_t count);

#define GMC_WORKER_ARGUMENT "--gmcheck-worker"

#ifdef __cplusplus
}
#endif

#endif  // GMCHECK_HARNESS_CLI_MAIN_H
