// SPDX-License-Identifier: Apache-2.0 OR MIT
// The built-in backend `reference`: the reference itself behind the contract, answering with the first thing that it allows. Its config
// text is the profile that it shall have, `name=value` pairs separated by commas; members of sets are separated by spaces or by +. It
// serves the backend's own bytes only, as the reference has no operating system; a profile with another backing is refused.
#ifndef GMCHECK_HARNESS_ADAPTERS_REFERENCE_REFERENCE_PLUGIN_H
#define GMCHECK_HARNESS_ADAPTERS_REFERENCE_REFERENCE_PLUGIN_H

#include <gmcheck.h>

namespace gmc {

// Never null; the table lives as long as the program.
[[nodiscard]] const GmcPlugin* gmc_reference_plugin();

}  // namespace gmc

#endif  // GMCHECK_HARNESS_ADAPTERS_REFERENCE_REFERENCE_PLUGIN_H
