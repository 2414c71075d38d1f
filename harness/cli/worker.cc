// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck-worker: the process that loads a plugin.
#include "harness/campaign/worker.h"

#include "harness/cli/built_ins.h"

int main(int argc, char** argv) { return gmc::worker_main(argc, argv, gmc::built_ins()); }
