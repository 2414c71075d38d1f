// SPDX-License-Identifier: Apache-2.0 OR MIT
// A profile that was observed, as a file for --profile: with what of it was seen, and what was not.
#ifndef GMCHECK_HARNESS_PROFILER_PROFILE_FILE_H
#define GMCHECK_HARNESS_PROFILER_PROFILE_FILE_H

#include <string>
#include <string_view>

#include "harness/profiler/observer.h"

namespace gmc {

// The profile's canonical text below a comment that names, each switch once, those whose value was observed, those of which several values
// explain what was seen, and those that were not observed, with the reason. `backend`: printable, of one line.
[[nodiscard]] std::string profile_file(const ObservedProfile& observed, std::string_view backend);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROFILER_PROFILE_FILE_H
