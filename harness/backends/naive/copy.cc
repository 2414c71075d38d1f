// SPDX-License-Identifier: Apache-2.0 OR MIT
// GM-RW-012, as its first sentence says it: through a buffer in between.
#include <vector>

#include "harness/backends/naive/memory.h"

namespace gmc::naive {

GmcOutcome Memory::copy(int from, std::uint64_t address, int to, std::uint64_t to_address, std::uint64_t size) {
  if (!settings(from).has_copy || !settings(to).has_copy) return fail(from, GMC_UNSUPPORTED);
  if (is_dead(from)) return fail(from, GMC_DENIED);
  if (is_dead(to)) return fail(to, GMC_DENIED);
  if (size == 0) {
    if (!lets_pass(settings(from).zero_length_bytes, from, address)) return fail(from, GMC_OUT_OF_RANGE);
    return lets_pass(settings(to).zero_length_bytes, to, to_address) ? gmc_ok() : fail(to, GMC_OUT_OF_RANGE);
  }
  const Reach readable = reach(from, address, size, Need::kRead);
  if (readable.size < size) return fail(from, readable.why);
  const Reach writable = reach(to, to_address, size, Need::kWrite);
  if (writable.size < size) return fail(to, writable.why);
  std::vector<std::uint8_t> bytes(size);
  move({.space = from, .address = address, .size = size, .into = bytes.data()}, size, 1);
  move({.space = to, .address = to_address, .size = size, .from = bytes.data(), .is_write = true}, size, 1);
  return gmc_ok_count(size);
}

}  // namespace gmc::naive
