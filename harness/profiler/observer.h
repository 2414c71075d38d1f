// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a backend does at every switch of its profile, beside what it declares.
#ifndef GMCHECK_HARNESS_PROFILER_OBSERVER_H
#define GMCHECK_HARNESS_PROFILER_OBSERVER_H

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/campaign/supervisor.h"
#include "harness/program/layout.h"
#include "harness/program/profile.h"

namespace gmc {

// One switch, or a line of it for one kind of space: "cross_region", "region.cross_region".
struct ObservedSwitch {
  std::string name;
  std::string declared;
  // Values with which all answers agree, as far as programs tell them apart; of a set one, with all members that were seen. Empty: none, or
  // nothing was observed.
  std::vector<std::string> values = {};
  std::string why_not = {};              // nothing was observed, and why; "": something was
  std::vector<std::string> untold = {};  // members of a set of which nothing could be seen; `values` has them as declared
  bool differs = false;                  // the declared value is none of those that agree, nor one that asks less
  std::string evidence = {};             // where it differs: an answer that is wrong under the declared value, in one line
  std::string written = {};              // what ObservedProfile::profile says
};

struct ObservedProfile {
  // In the order of switches.def, and then those for one kind: what the declared profile has a line for, and what does as no line says.
  std::vector<ObservedSwitch> switches;
  // The declared profile with what was observed where that differs: what a backend may declare that does what this one does. Where several
  // values explain what was seen, the one that asks least; what was not seen is as declared.
  Profile profile;

  [[nodiscard]] bool differs() const;
};

struct ObserverOptions {
  std::vector<std::string> only = {};  // these switches; empty: all
  std::uint32_t programs = 96;         // about, for each value that is tried
  // What the supervisor was started with was declared by nobody, but is what one begins with (beginning.h): a value that asks more is
  // taken where it was seen, and much that is wrong at first is found together.
  bool from_nothing = false;
  std::optional<Layout> plain = {};  // a memory that can be made; none is known without it
  // One line about what is going on.
  std::function<void(std::string_view line)> on_progress = {};
};

// Tries the values of each switch, all others being as declared, or as observed where they differ: as one wrong line can make others look
// wrong, everything is looked at again until nothing changes. The same for the same backend. What the backend does meanwhile, crashing too,
// is an answer; an error cannot come of it.
[[nodiscard]] ObservedProfile observe(const Supervisor& supervisor, const ObserverOptions& options = {});

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROFILER_OBSERVER_H
