// SPDX-License-Identifier: Apache-2.0 OR MIT
// The policy that all mutants by policy share: each hook is a pointer, to the product's function but for the one that the open mutant
// hides.
//
// So the core is compiled once for all of them. As a policy has no state but its functions, one mutant can be open in a process at a time.
#ifndef GMCHECK_HARNESS_BACKENDS_MUTANTS_HOOKED_POLICY_H
#define GMCHECK_HARNESS_BACKENDS_MUTANTS_HOOKED_POLICY_H

#include <cstdint>

#include "harness/backends/mapped/interposer.h"

namespace gmc::mutants {

// The product under every option. A mutant hides one function of it.
using MutantPolicy = mapped::EveryOption;

struct HookedPolicy : mapped::EveryOption {
  static constexpr const char* kName = "mutant";
#define GMC_HOOK(name) static inline auto name = &EveryOption::name;
#define GMC_HOOK_OF_TYPE(name) \
  template <class T>           \
  static inline auto name = &EveryOption::template name<T>;
#include "harness/backends/mutants/hooks.def"

  // From now on every hook is that of `Policy`.
  template <class Policy>
  static void become() {
#define GMC_HOOK(name) HookedPolicy::name = &Policy::name;
#define GMC_HOOK_OF_TYPE(name)                                               \
  HookedPolicy::name<std::uint8_t> = &Policy::template name<std::uint8_t>;   \
  HookedPolicy::name<std::uint16_t> = &Policy::template name<std::uint16_t>; \
  HookedPolicy::name<std::uint32_t> = &Policy::template name<std::uint32_t>; \
  HookedPolicy::name<std::uint64_t> = &Policy::template name<std::uint64_t>;
#include "harness/backends/mutants/hooks.def"
  }
};

}  // namespace gmc::mutants

#endif  // GMCHECK_HARNESS_BACKENDS_MUTANTS_HOOKED_POLICY_H
