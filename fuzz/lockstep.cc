// SPDX-License-Identifier: Apache-2.0 OR MIT
// fuzz_lockstep: any backend, held against the reference by any engine that knows LLVMFuzzerTestOneInput.
#include <cstddef>
#include <cstdint>

#include "fuzz/entry_points.h"
#include "fuzz/linked.h"
#include "fuzz/one_input.h"

// libFuzzer's and nobody else's: other engines mutate bytes in their own way.
extern "C" __attribute__((weak)) std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

// Here and not at the first input, so that a plugin's own counters are there when libFuzzer counts them.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  gmc::die_with_parent();
  static_cast<void>(gmc::lockstep_target());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { return gmc_fuzz_one_input(data, size); }

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  if (const auto changed = gmc::lockstep_target().mutate({data, max_size}, size, seed)) return *changed;
  return LLVMFuzzerMutate != nullptr ? LLVMFuzzerMutate(data, size, max_size) : size;
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* data1, std::size_t size1, const std::uint8_t* data2, std::size_t size2,
                                                 std::uint8_t* out, std::size_t max_out_size, unsigned seed) {
  return gmc::lockstep_target().cross({data1, size1}, {data2, size2}, {out, max_out_size}, seed);
}
