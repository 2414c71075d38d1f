// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/built_ins.h"

#include <array>

#include "harness/adapters/reference/reference_plugin.h"
#include "harness/backends/mmap/mmap.h"
#include "harness/backends/mutants/mutants.h"
#include "harness/backends/naive/naive.h"

namespace gmc {

std::span<const BuiltIn> built_ins() {
  static constexpr std::array<BuiltIn, 4> kBuiltIns = {{
      {"mmap", gmc_mmap_plugin, "regions over host mappings, with exact dirty tracking"},
      {"mutant", gmc_mutants_plugin, "mutant:NAME, a backend with one planted fault; `gmcheck power` lists them"},
      {"naive", gmc_naive_plugin, "the simplest memory that keeps the contract, under any profile"},
      {"reference", gmc_reference_plugin, "what every answer is compared with, offered as a backend itself"},
  }};
  return kBuiltIns;
}

}  // namespace gmc
