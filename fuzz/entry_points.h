// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the entry points of targets that drive backends have in common. Included once, by the file that has them.
#ifndef GMCHECK_FUZZ_ENTRY_POINTS_H
#define GMCHECK_FUZZ_ENTRY_POINTS_H

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "fuzz/linked.h"
#include "fuzz/settings.h"
#include "harness/cli/built_ins.h"
#include "harness/cli/main.h"

namespace gmc {

// With the backend that is linked in, where one is: it stands before mmap.
inline Result<FuzzSettings> settings_with_linked() {
  FuzzSettings settings = settings_from_environment();
  if (&gmc_fuzz_linked == nullptr) return settings;
  const GmcLinked linked{.name = "linked", .table = gmc_fuzz_linked, .what = "linked into this target"};
  GMC_TRY_VOID(link_built_ins({&linked, 1}));
  if (const char* const named = std::getenv("GMC_FUZZ_BACKEND"); named == nullptr || *named == '\0') settings.backend = linked.name;
  return settings;
}

// Opened once, in the process that runs, and never closed: an engine ends without leaving main(). `at_exit` is called there.
template <typename Target>
Target& opened_target(void (*at_exit)() = nullptr) {
  static Target* const opened = [&] {
    auto settings = settings_with_linked();
    if (!settings) {
      std::fputs(fmt::format("gmcheck: {}\n", settings.error().text()).c_str(), stderr);
      std::exit(3);
    }
    auto target = Target::open(*settings);
    if (target) {
      if (at_exit != nullptr) std::atexit(at_exit);
      return target->release();
    }
    std::fputs(fmt::format("gmcheck: {}\n", target.error().text()).c_str(), stderr);
    std::exit(3);
  }();
  return *opened;
}

// Whoever started this to watch it is to be outlived by nothing.
inline void die_with_parent() {
  const char* const parent = std::getenv("GMC_FUZZ_PARENT");
  if (parent == nullptr) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != static_cast<pid_t>(std::strtol(parent, nullptr, 10))) std::_Exit(3);
}

}  // namespace gmc

#endif  // GMCHECK_FUZZ_ENTRY_POINTS_H
