// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/mutants/mutants.h"

#include <array>

#include "harness/abi/cpp/selection.h"
#include "harness/backends/mutants/tables.h"

namespace gmc {
namespace {

constexpr Mutant kMutants[] = {
#define GMC_MUTANT(name, clause, fault_class, config, what, bug) {#name, clause, fault_class, config, what, bug, &mutants::name},
#include "harness/backends/mutants/mutants.def"
};

struct Mutants {
  static constexpr const char* kName = "mutant";
  static constexpr const char* kVersion = "0.1";
  static std::span<const Choice> choices() {
    static constexpr auto kChoices = [] {
      std::array<Choice, std::size(kMutants)> choices{};
      for (std::size_t i = 0; i < choices.size(); ++i) choices[i] = {kMutants[i].name, kMutants[i].config, kMutants[i].table};
      return choices;
    }();
    return kChoices;
  }
};

}  // namespace

std::span<const Mutant> mutant_table() { return kMutants; }

const GmcPlugin* gmc_mutants_plugin() { return Selection<Mutants>::table(); }

}  // namespace gmc
