// SPDX-License-Identifier: Apache-2.0 OR MIT
// An executable of somebody else's: gmcheck, its worker, and backends that are linked in, in one.
#include <string_view>

#include "harness/campaign/worker.h"
#include "harness/cli/built_ins.h"
#include "harness/cli/commands.h"
#include "harness/cli/main.h"
#include "harness/cli/session.h"

extern "C" int gmc_main(int argc, char** argv, const GmcLinked* backends, std::uint64_t count) {
  if (const auto linked = gmc::link_built_ins({backends, backends + count}); !linked) {
    gmc::complain(linked.error());
    return static_cast<int>(gmc::ExitCode::kUsage);
  }
  if (argc > 1 && std::string_view(argv[1]) == GMC_WORKER_ARGUMENT) return gmc::worker_main(argc - 1, argv + 1, gmc::built_ins());
  return gmc::run_command_line(argc, argv);
}
