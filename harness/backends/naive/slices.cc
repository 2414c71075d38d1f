// SPDX-License-Identifier: Apache-2.0 OR MIT
// References, arrays and lists of slices: GM-SLICE-003 to -005, GM-XR-005.
#include <algorithm>

#include "harness/backends/naive/memory.h"

namespace gmc::naive {

// All of them in one region, and in the space.
bool Memory::lie_together(int space, std::uint64_t address, std::uint64_t size) const {
  const Spot first = spot(space, address);
  return first.ground == Ground::kMapped && size <= region(first.region).size - first.position &&
         reach(space, address, size, Need::kNothing).size == size;
}

// It has no pointers to tell.
GmcOutcome Memory::reference(int space, const GmcCall& call) const {
  const Settings& s = settings(space);
  const std::uint32_t use = call.op == GMC_CALL_ATOMIC_REFERENCE ? kAtomicReferences : kAlignedReferences;
  if ((s.references & use) == 0) return fail(space, GMC_UNSUPPORTED);
  if (call.size != 1 && call.size != 2 && call.size != 4 && call.size != 8) return fail(space, GMC_INVALID_ARGUMENT);
  if (!lie_together(space, call.address, call.size)) return fail(space, GMC_OUT_OF_RANGE);
  const Spot here = spot(space, call.address);
  // A file is mapped from a page on, so that its own positions have the alignment of the host's addresses.
  const Region& there = region(here.region);
  const std::uint64_t start = there.fd == -1 ? 0 : there.fd_offset;
  if ((start + here.position) % call.size != 0) return fail(space, GMC_MISALIGNED);
  const Need need = (call.rights & GMC_RIGHT_WRITE) != 0 ? Need::kWrite : Need::kRead;
  for (std::uint64_t i = 0; i < call.size; ++i) {
    if (!may(need, there, here.position + i)) return fail(space, GMC_DENIED);
  }
  return gmc_ok_value(0);
}

GmcOutcome Memory::array(int space, const GmcCall& call) {
  __extension__ using Wide = unsigned __int128;
  const Settings& s = settings(space);
  const bool is_offered = s.arrays && call.size > 0 && call.size < 64 && (s.typed_sizes >> call.size & 1) != 0;
  if (!is_offered) return fail(space, GMC_UNSUPPORTED);
  if (is_dead(space)) return fail(space, GMC_DENIED);
  const Wide whole = Wide{call.value} * call.size;
  if (whole > Wide{INT64_MAX}) return fail(space, GMC_INVALID_ARGUMENT);
  if (whole == 0) return lets_pass(s.zero_length_slice, space, call.address) ? gmc_ok_count(0) : fail(space, GMC_OUT_OF_RANGE);
  if (!lie_together(space, call.address, static_cast<std::uint64_t>(whole))) return fail(space, GMC_OUT_OF_RANGE);
  const bool is_write = call.op == GMC_CALL_WRITE_ARRAY;
  const std::uint64_t elements = std::min(call.value, call.expected);
  const std::uint64_t bytes = elements * call.size;
  if (bytes == 0) return gmc_ok_count(0);
  if (reach(space, call.address, bytes, is_write ? Need::kWrite : Need::kRead).size < bytes) return fail(space, GMC_DENIED);
  auto* const buffer = static_cast<std::uint8_t*>(call.buffer);
  move({.space = space,
        .address = call.address,
        .size = bytes,
        .into = is_write ? nullptr : buffer,
        .from = is_write ? buffer : nullptr,
        .is_write = is_write},
       bytes, 1);
  return gmc_ok_count(elements);
}

// Regions in pieces, for nobody says how many they are.
GmcOutcome Memory::slices(int space, const GmcCall& call) const {
  if (!settings(space).slice_lists) return fail(space, GMC_UNSUPPORTED);
  auto* const pieces = static_cast<GmcPiece*>(call.buffer);
  std::uint64_t count = 0;
  for (std::uint64_t done = 0; done < call.size;) {
    const std::uint64_t at = call.address + done;
    const Spot here = spot(space, at);
    if (at < call.address || here.ground != Ground::kMapped) {
      GmcOutcome outcome = fail(space, GMC_OUT_OF_RANGE);
      outcome.flags |= GMC_HAS_COUNT;
      outcome.count = count;
      return outcome;
    }
    if (count == call.expected) return fail(space, GMC_INVALID_ARGUMENT);
    std::uint64_t size = std::min(here.alike, call.size - done);
    if (size > 1 && count < 8) size /= 2;
    pieces[count++] = {at, size};
    done += size;
  }
  return gmc_ok_count(count);
}

}  // namespace gmc::naive
