// SPDX-License-Identifier: Apache-2.0 OR MIT
// Atomic operations on bytes of a mapping, of 1, 2, 4 and 8 bytes and every order.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_ATOMICS_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_ATOMICS_H

#include <gmcheck.h>

#include <cstddef>
#include <cstdint>

#include "harness/backends/mapped/policy.h"

// Where a profile says `atomic_unaligned = hw`, what the hardware does with an unaligned address is what is asked for.
#if defined(__clang__) || defined(__GNUC__)
#define GMC_ANY_ALIGNMENT __attribute__((no_sanitize("alignment")))
#else
#define GMC_ANY_ALIGNMENT
#endif

namespace gmc::mapped {

template <class T>
GMC_ANY_ALIGNMENT inline T atomic_load(const std::byte* at, int order) {
  const T* const place = reinterpret_cast<const T*>(at);
  if (order == __ATOMIC_SEQ_CST) return __atomic_load_n(place, __ATOMIC_SEQ_CST);
  return order == __ATOMIC_ACQUIRE ? __atomic_load_n(place, __ATOMIC_ACQUIRE) : __atomic_load_n(place, __ATOMIC_RELAXED);
}

template <class T>
GMC_ANY_ALIGNMENT inline void atomic_store(std::byte* at, T value, int order) {
  T* const place = reinterpret_cast<T*>(at);
  if (order == __ATOMIC_SEQ_CST) return __atomic_store_n(place, value, __ATOMIC_SEQ_CST);
  return order == __ATOMIC_RELEASE ? __atomic_store_n(place, value, __ATOMIC_RELEASE) : __atomic_store_n(place, value, __ATOMIC_RELAXED);
}

// True where `expected` was found; what was found instead is put there. The compiler's own way with an order that it does not know is the
// strongest.
template <class T>
GMC_ANY_ALIGNMENT inline bool atomic_compare_exchange(std::byte* at, T& expected, T desired, int order, int failure) {
  return __atomic_compare_exchange_n(reinterpret_cast<T*>(at), &expected, desired, false, order, failure);
}

// Puts there what the policy makes of the operand and what was found, which is answered.
template <class Policy, class T>
GMC_ANY_ALIGNMENT inline T atomic_update(std::byte* at, std::uint32_t op, T operand, int order) {
  T* const place = reinterpret_cast<T*>(at);
  T old = __atomic_load_n(place, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(place, &old, Policy::template combined<T>(op, old, operand), true, order, __ATOMIC_RELAXED)) {
  }
  return old;
}

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_ATOMICS_H
