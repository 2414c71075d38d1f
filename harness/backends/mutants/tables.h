// SPDX-License-Identifier: Apache-2.0 OR MIT
// The plugin tables of the mutants, one function a row of mutants.def.
#ifndef GMCHECK_HARNESS_BACKENDS_MUTANTS_TABLES_H
#define GMCHECK_HARNESS_BACKENDS_MUTANTS_TABLES_H

#include <gmcheck.h>

namespace gmc::mutants {

#define GMC_MUTANT(name, clause, fault_class, config, what, bug) const GmcPlugin* name();
#include "harness/backends/mutants/mutants.def"

}  // namespace gmc::mutants

#endif  // GMCHECK_HARNESS_BACKENDS_MUTANTS_TABLES_H
