// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a mutant by policy is made of, and its plugin table.
#ifndef GMCHECK_HARNESS_BACKENDS_MUTANTS_POLICY_MUTANT_H
#define GMCHECK_HARNESS_BACKENDS_MUTANTS_POLICY_MUTANT_H

#include <gmcheck.h>

#include "harness/backends/mapped/interposer.h"
#include "harness/backends/mapped/region.h"
#include "harness/backends/mutants/hooked_policy.h"
#include "harness/backends/mutants/tables.h"

namespace gmc::mutants {

using mapped::ByteSpan;
using mapped::Options;
using mapped::Path;
using mapped::Placed;
using mapped::Reach;
using mapped::RegionMap;

// Opens a memory with whatever hooks there are after `become`. GMC_UNSUPPORTED, with a line in the log, while another mutant is open.
GmcOutcome open_hooked(void (*become)(), const GmcHost* host, const char* config, GmcBackend** backend);
void close_hooked(GmcBackend* backend);
const GmcPlugin& hooked_plugin();

template <class Policy>
const GmcPlugin* by_policy() {
  static constexpr auto kOpen = [](const GmcHost* host, const char* config, GmcBackend** backend) {
    return open_hooked(&HookedPolicy::become<Policy>, host, config, backend);
  };
  static const GmcPlugin kTable = [] {
    GmcPlugin table = hooked_plugin();
    table.open = kOpen;
    table.close = &close_hooked;
    return table;
  }();
  return &kTable;
}

}  // namespace gmc::mutants

#endif  // GMCHECK_HARNESS_BACKENDS_MUTANTS_POLICY_MUTANT_H
