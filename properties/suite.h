// SPDX-License-Identifier: Apache-2.0 OR MIT
// Clause suites as values: which clauses a group has, when each of them applies, and what to generate so that all of them are decided.
#ifndef GMCHECK_PROPERTIES_SUITE_H
#define GMCHECK_PROPERTIES_SUITE_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/generate/settings.h"
#include "harness/program/clause.h"
#include "harness/program/op.h"
#include "harness/program/profile.h"
#include "harness/reference/reference.h"

namespace gmc {

// When clause `number` of a suite's group applies. A clause may have several rules; it applies where all of them hold, and one without a
// rule always does.
struct Rule {
  std::uint32_t number;
  std::string_view switch_name;  // that says so in a report: "n/a (partial = no)"
  bool (*holds)(const Profile& profile);
  bool needs_spaces = false;  // it applies where spaces can be opened, too
};

struct Suite {
  std::string_view name;   // "rw", for --select and reports
  std::string_view group;  // "RW", as in GM-RW-007
  std::span<const Rule> rules;
  // What to generate. The memory that a backend with `layout = own` has is the caller's to add.
  GeneratorSettings (*settings)(const Profile& profile);
};

// In the order in which they run and are reported.
[[nodiscard]] std::span<const Suite> suites();

// The suite that the clause belongs to; null where this version checks nothing of its group.
[[nodiscard]] const Suite* suite_of(Clause clause);

// The clauses of the group, in their order, with those that this version does not check.
[[nodiscard]] std::vector<Clause> clauses_of(const Suite& suite);

// Why a clause of this suite is not decided for this profile, and for what of its functions the backend offers: "switch = value" for the
// most part; none: it is decided.
[[nodiscard]] std::optional<std::string> why_not(const Suite& suite, const Profile& profile, Clause clause, const Offers& offers = {});

// What the rules are made of: true where the spaces of at least one of the kinds that this version opens, roots and regions, are as `holds`
// says.
[[nodiscard]] bool in_any_space(const Profile& profile, bool (*holds)(const Switches& switches));

// Multiplies the weights of `kinds`.
void favour(GeneratorSettings& settings, std::initializer_list<OpKind> kinds, std::uint32_t factor);
// Divides the weights of all others, which stay at 1 at least where they were not 0.
void neglect_others(GeneratorSettings& settings, std::initializer_list<OpKind> kinds, std::uint32_t divisor);

}  // namespace gmc

#endif  // GMCHECK_PROPERTIES_SUITE_H
