// SPDX-License-Identifier: Apache-2.0 OR MIT
// Backends that are right and unusual: the counterpart of the mutants. `variants.def` lists them; each has to pass under its own profile.
#ifndef GMCHECK_HARNESS_BACKENDS_VARIANTS_VARIANTS_H
#define GMCHECK_HARNESS_BACKENDS_VARIANTS_VARIANTS_H

#include <gmcheck.h>

#include <span>
#include <string_view>

namespace gmc {

struct Variant {
  std::string_view name;        // as in `variant:NAME`
  std::string_view clauses;     // whose freedom it takes, separated by spaces
  std::string_view config;      // of the backend below it
  std::string_view what;        // what is unusual, in one line
  const GmcPlugin* (*table)();  // to be opened with `config`
};

[[nodiscard]] std::span<const Variant> variant_table();

// All of them as one built-in: `variant:NAME[,key=value...]`. A variant's own config is added to what is said.
[[nodiscard]] const GmcPlugin* gmc_variants_plugin();

}  // namespace gmc

#endif  // GMCHECK_HARNESS_BACKENDS_VARIANTS_VARIANTS_H
