// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "properties/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/base/check.h"
#include "properties/groups.h"

namespace gmc {

std::span<const Suite> suites() {
  static const std::array kSuites = {addr_suite(),  reg_suite(),  rw_suite(),  xr_suite(),  type_suite(), atom_suite(), dirty_suite(),
                                     slice_suite(), perm_suite(), sub_suite(), map_suite(), fd_suite(),   inv_suite()};
  return kSuites;
}

const Suite* suite_of(Clause clause) {
  const auto all = suites();
  const auto found = std::ranges::find(all, info(clause).group, &Suite::group);
  return found == all.end() ? nullptr : &*found;
}

std::vector<Clause> clauses_of(const Suite& suite) {
  std::vector<Clause> clauses;
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const auto clause = static_cast<Clause>(i);
    if (info(clause).group == suite.group) clauses.push_back(clause);
  }
  return clauses;
}

std::optional<std::string> why_not(const Suite& suite, const Profile& profile, Clause clause, const Offers& offers) {
  GMC_CHECK(info(clause).group == suite.group, id(clause), suite.name);
  for (const Rule& rule : suite.rules) {
    if (rule.number != info(clause).number) continue;
    if (rule.needs_spaces && !offers.space_open) return "no space can be opened";
    if (rule.holds(profile)) continue;
    return fmt::format("{} = {}", rule.switch_name, switch_text(profile.root(), rule.switch_name));
  }
  return std::nullopt;
}

bool in_any_space(const Profile& profile, bool (*holds)(const Switches& switches)) {
  return holds(profile.of(GMC_SPACE_ROOT)) || holds(profile.of(GMC_SPACE_REGION)) || holds(profile.of(GMC_SPACE_RANGE));
}

void favour(GeneratorSettings& settings, std::initializer_list<OpKind> kinds, std::uint32_t factor) {
  for (const OpKind kind : kinds) settings.weights[static_cast<std::size_t>(kind)] *= factor;
}

void neglect_others(GeneratorSettings& settings, std::initializer_list<OpKind> kinds, std::uint32_t divisor) {
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    std::uint32_t& weight = settings.weights[i];
    if (weight == 0 || std::ranges::find(kinds, static_cast<OpKind>(i)) != kinds.end()) continue;
    weight = std::max(1u, weight / divisor);
  }
}

}  // namespace gmc
