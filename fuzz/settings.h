// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a fuzz target is told, by the environment: the command line is the engine's.
#ifndef GMCHECK_FUZZ_SETTINGS_H
#define GMCHECK_FUZZ_SETTINGS_H

#include <string>

namespace gmc {

struct FuzzSettings {
  std::string backend = "mmap";          // GMC_FUZZ_BACKEND: as --backend; a backend that was linked in stands before mmap
  std::string second_backend = "naive";  // GMC_FUZZ_SECOND_BACKEND: of fuzz_differential, likewise
  std::string profile_file{};            // GMC_FUZZ_PROFILE: counts instead of the backend's own
  std::string findings{};                // GMC_FUZZ_FINDINGS: a folder that is there; findings are saved in it as programs
  std::string status{};                  // GMC_FUZZ_STATUS: a file that says how far the process has come, about once a second
  bool keeps_going = false;              // GMC_FUZZ_KEEP_GOING=1: a finding does not end the process
  bool is_guided = true;                 // GMC_FUZZ_GUIDANCE=0: the engine is told of no cells
};

// Unset variables keep the defaults.
[[nodiscard]] FuzzSettings settings_from_environment();

}  // namespace gmc

#endif  // GMCHECK_FUZZ_SETTINGS_H
