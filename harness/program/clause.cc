// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/clause.h"

#include <fmt/format.h>

#include <cstddef>

namespace gmc {
namespace {

constexpr bool kNoWitness = false;
constexpr bool kWitness = true;

constexpr ClauseInfo kClauses[] = {
#define GMC_CLAUSE(group, number, state, switch_name, floor, witness, why) \
  {#group, number, ClauseState::state, switch_name, floor, witness, why},
#include "harness/program/clauses.def"
};

}  // namespace

const ClauseInfo& info(Clause clause) { return kClauses[static_cast<std::size_t>(clause)]; }

std::string id(Clause clause) { return fmt::format("GM-{}-{:03}", info(clause).group, info(clause).number); }

std::optional<Clause> find_clause(std::string_view text) {
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    const auto clause = static_cast<Clause>(i);
    if (id(clause) == text) return clause;
  }
  return std::nullopt;
}

}  // namespace gmc
