// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a guest memory over mappings says about itself: the profile that follows from its options, and the facts of its regions.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_PROFILE_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_PROFILE_H

#include <cstdint>

#include "harness/abi/cpp/host.h"
#include "harness/backends/mapped/options.h"
#include "harness/backends/mapped/region.h"

namespace gmc::mapped {

// Every switch whose value is not the contract's default.
void write_profile(const Options& options, Text& text);

// Facts of one region, some of them as a policy tells them.
void write_region_facts(const Region& region, std::uint64_t file_offset, std::uint32_t protection, Text& text);

// Facts of a whole memory that takes `raw_size` bytes of host addresses with its guards.
// `whole`: the one region whose mapping is that of everything; null for none.
void write_memory_facts(std::uint64_t raw_size, const Region* whole, Text& text);

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_PROFILE_H
