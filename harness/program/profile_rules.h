// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a profile cannot say in one breath. Internal to program.
#ifndef GMCHECK_HARNESS_PROGRAM_PROFILE_RULES_H
#define GMCHECK_HARNESS_PROGRAM_PROFILE_RULES_H

#include <array>
#include <span>
#include <string_view>

#include "harness/program/profile.h"

namespace gmc {

using SwitchTest = bool (*)(const Switches&);

struct ProfileRule {
  std::array<std::string_view, 4> switches;  // that it is about, "" beyond them; the error stands at the last line that sets one of them
  SwitchTest claims;
  // Null: nothing makes `claims` true in any kind of space and lane. Else it is wrong where no kind at all is as this says: a switch that
  // holds for every kind may be idle in some, and a claim about what is nowhere offered is a mistake.
  SwitchTest needs;
  std::string_view reason;
};

[[nodiscard]] std::span<const ProfileRule> profile_rules();

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_PROFILE_RULES_H
