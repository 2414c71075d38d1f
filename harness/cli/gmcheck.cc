// SPDX-License-Identifier: Apache-2.0 OR MIT
// The executable gmcheck: what is built in, and a worker beside it.
#include "harness/cli/commands.h"

int main(int argc, char** argv) { return gmc::run_command_line(argc, argv); }
