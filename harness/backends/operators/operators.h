// SPDX-License-Identifier: Apache-2.0 OR MIT
// The core of mapped with a small fault at every operator, one of which is wrong at a time: `<` for `<=`, an addition for a subtraction, a
// statement left out. plant.py writes them when gmcheck is built, from whatever the core is then; nobody has chosen them.
//
// Where the mutants of backends/mutants ask whether each clause is checked, these ask how many faults nobody has thought of are found. They
// break no clause that is known beforehand: whatever is found kills one.
#ifndef GMCHECK_HARNESS_BACKENDS_OPERATORS_OPERATORS_H
#define GMCHECK_HARNESS_BACKENDS_OPERATORS_OPERATORS_H

#include <gmcheck.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace gmc {

// What is known of a fault that generated programs do not find, or not soon (triage.def).
enum class Triage : std::uint8_t {
  kNone,        // it has to be found
  kRare,        // likewise, by more programs than a change can wait for
  kEquivalent,  // nothing that the contract speaks of tells it from the product
  kSurvives     // it could be told, and nothing here does
};
[[nodiscard]] constexpr bool has_to_be_found(Triage triage) { return triage == Triage::kNone || triage == Triage::kRare; }

struct OperatorFault {
  int number;             // in this build alone
  std::string_view name;  // FILE-FUNCTION-KIND-DIGEST, as in `operator:NAME`
  std::string_view what;  // where it is and what it does, in one line
  Triage triage;
  std::string_view reason;  // for it, in a sentence
};

[[nodiscard]] std::span<const OperatorFault> operator_faults();

// How many places plant.py left alone, and which: "in labels".
struct LeftAlone {
  std::uint64_t count;
  std::string_view why;
};
[[nodiscard]] std::span<const LeftAlone> operators_left_alone();

// Names in triage.def that no fault has: their reasons are about something that is gone.
[[nodiscard]] std::span<const std::string_view> stale_triage();

// Configs under which each option of mapped has each of its values, so that every place is reached under one of them.
[[nodiscard]] std::span<const std::string_view> operator_configs();

// `operator:NAME[,key=value...]`, and `operator:none` for the copy without a fault. One of them can be open in a process at a time.
[[nodiscard]] const GmcPlugin* gmc_operators_plugin();

}  // namespace gmc

#endif  // GMCHECK_HARNESS_BACKENDS_OPERATORS_OPERATORS_H
