// SPDX-License-Identifier: Apache-2.0 OR MIT
// Backends with one planted fault each: what shows that a green run means something. `mutants.def` lists them.
//
// A mutant is one decision away from the product: a policy that hides one function of ProductPolicy, or an interposer that changes one
// answer of the contract on its way. It claims to be right, so every one of them has to be found, under its own clause.
#ifndef GMCHECK_HARNESS_BACKENDS_MUTANTS_MUTANTS_H
#define GMCHECK_HARNESS_BACKENDS_MUTANTS_MUTANTS_H

#include <gmcheck.h>

#include <span>
#include <string_view>

namespace gmc {

struct Mutant {
  std::string_view name;         // as in `mutant:NAME`
  std::string_view clause;       // that it breaks, "GM-RW-001": only a finding under it counts
  std::string_view fault_class;  // of the kinds of faults that real guest memories have had, A1 to Q4; mutants.def names the letters
  std::string_view config;       // the options of `mmap` that it needs to be wrong at all; empty for the default ones
  std::string_view what;         // the fault, in one line
  std::string_view bug;          // a public bug of that kind; empty where none is known to us
  const GmcPlugin* (*table)();   // to be opened with `config`
};

[[nodiscard]] std::span<const Mutant> mutant_table();

// All of them as one built-in: `mutant:NAME[,key=value...]`. A mutant's own config is added to what is said.
[[nodiscard]] const GmcPlugin* gmc_mutants_plugin();

}  // namespace gmc

#endif  // GMCHECK_HARNESS_BACKENDS_MUTANTS_MUTANTS_H
