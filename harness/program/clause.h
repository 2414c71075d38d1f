// SPDX-License-Identifier: Apache-2.0 OR MIT
// The clauses of CONTRACT.md as values.
#ifndef GMCHECK_HARNESS_PROGRAM_CLAUSE_H
#define GMCHECK_HARNESS_PROGRAM_CLAUSE_H

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gmc {

// Clause::kRW7 is GM-RW-007.
enum class Clause : std::uint8_t {
#define GMC_CLAUSE(group, number, state, switch_name, floor, witness, why) k##group##number,
#include "harness/program/clauses.def"
};

// kCompared: checked, but not on one backend alone.
enum class ClauseState : std::uint8_t { kChecked, kUnspecified, kDeclaration, kCompared, kLater };

struct ClauseInfo {
  std::string_view group;
  std::uint32_t number;
  ClauseState state;
  std::string_view switch_name;  // "" for a core clause
  std::uint32_t floor;           // decisive checks that a pass needs
  bool needs_witness;
  std::string_view why;  // for kLater: what the check needs
};

#define GMC_CLAUSE(group, number, state, switch_name, floor, witness, why) +1
inline constexpr std::size_t kClauseCount = 0
#include "harness/program/clauses.def"
    ;

[[nodiscard]] const ClauseInfo& info(Clause clause);
[[nodiscard]] std::string id(Clause clause);                           // "GM-RW-007"
[[nodiscard]] std::optional<Clause> find_clause(std::string_view id);  // the inverse

// Decisive checks, clause by clause.
struct Evidence {
  std::array<std::uint64_t, kClauseCount> checks{};

  void add(Clause clause, std::uint64_t count = 1) { checks[static_cast<std::size_t>(clause)] += count; }
  void add(const Evidence& other) {
    for (std::size_t i = 0; i < kClauseCount; ++i) checks[i] += other.checks[i];
  }
  [[nodiscard]] std::uint64_t of(Clause clause) const { return checks[static_cast<std::size_t>(clause)]; }
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_PROGRAM_CLAUSE_H
