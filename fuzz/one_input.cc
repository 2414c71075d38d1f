// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fuzz/one_input.h"

#include <cstddef>
#include <cstdint>

#include "fuzz/entry_points.h"
#include "fuzz/linked.h"

namespace gmc {

LockstepTarget& lockstep_target() {
  return opened_target<LockstepTarget>([] { lockstep_target().write_status(); });
}

}  // namespace gmc

extern "C" int gmc_fuzz_one_input(const std::uint8_t* data, std::size_t size) {
  gmc::lockstep_target().run({data, size});
  return 0;
}
