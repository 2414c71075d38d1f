// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a mutant by policy derives from, and its plugin table.
#ifndef GMCHECK_HARNESS_BACKENDS_MUTANTS_POLICY_MUTANT_H
#define GMCHECK_HARNESS_BACKENDS_MUTANTS_POLICY_MUTANT_H

#include <gmcheck.h>

#include "harness/abi/cpp/backend.h"
#include "harness/backends/mapped/interposer.h"
#include "harness/backends/mapped/mapped.h"
#include "harness/backends/mutants/tables.h"

namespace gmc::mutants {

using mapped::ByteSpan;
using mapped::Options;
using mapped::Path;
using mapped::Placed;
using mapped::Reach;
using mapped::RegionMap;

// The product under another name, with every option. A mutant hides one function of it.
struct MutantPolicy : mapped::EveryOption {
  static constexpr const char* kName = "mutant";
};

template <class Policy>
const GmcPlugin* by_policy() {
  return Plugin<mapped::Mapped<Policy>>::table();
}

}  // namespace gmc::mutants

#endif  // GMCHECK_HARNESS_BACKENDS_MUTANTS_POLICY_MUTANT_H
