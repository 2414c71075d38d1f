// SPDX-License-Identifier: Apache-2.0 OR MIT
// fuzz_bare: the bare target under the engine that drives fuzz_lockstep.
#include <cstddef>
#include <cstdint>

#include "bench/bare_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static gmc::BareTarget target;
  target.run({data, size});
  return 0;
}
