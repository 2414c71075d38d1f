// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/mutants/hooked_policy.h"

#include <gmcheck.h>

#include "harness/abi/cpp/backend.h"
#include "harness/abi/cpp/host.h"
#include "harness/backends/mapped/mapped.h"
#include "harness/backends/mutants/policy_mutant.h"

namespace gmc::mutants {
namespace {

// Of all that are open, which are of one kind. A backend is opened and closed by one thread.
void (*the_kind)() = nullptr;
int open_count = 0;

}  // namespace

const GmcPlugin& hooked_plugin() { return *Plugin<mapped::Mapped<HookedPolicy>>::table(); }

GmcOutcome open_hooked(void (*become)(), const GmcHost* host, const char* config, GmcBackend** backend) {
  if (open_count > 0 && the_kind != become) {
    Host(host).error("another mutant is open in this process, and there can be one at a time");
    return gmc_outcome(GMC_UNSUPPORTED);
  }
  become();
  const GmcOutcome outcome = hooked_plugin().open(host, config, backend);
  if (outcome.status != GMC_OK) return outcome;
  the_kind = become;
  ++open_count;
  return outcome;
}

void close_hooked(GmcBackend* backend) {
  hooked_plugin().close(backend);
  --open_count;
}

}  // namespace gmc::mutants
