// SPDX-License-Identifier: Apache-2.0 OR MIT
// Arrays of elements, and lists of the pieces that a range has.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_PIECES_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_PIECES_H

#include <gmcheck.h>

#include <algorithm>
#include <cstdint>

#include "harness/backends/mapped/policy.h"
#include "harness/backends/mapped/region.h"
#include "harness/backends/mapped/streams.h"
#include "harness/backends/mapped/walk.h"

namespace gmc::mapped {

template <class Policy>
class Pieces : public Streams<Policy> {
  using Base = Streams<Policy>;

 protected:
  using Base::options;

 public:
  using Base::Base;

  // Of an array inside one region, as many elements as the buffer has too (GM-SLICE-004, -005).
  template <class Mover>
  [[nodiscard]] GmcOutcome array(Path path, const GmcCall& call, const Mover& mover) {
    const bool has_size = call.size == 16 || Policy::has_width(call.size);
    if (!has_size) return gmc_outcome(GMC_UNSUPPORTED);
    const auto whole = Policy::array_bytes(call.value, call.size);
    if (!whole) return gmc_outcome(GMC_OUT_OF_RANGE);
    if (*whole == 0) return this->zero_length(options().zero_slice, call.address, path);
    const Placed* const hit = this->find(call.address);
    if (hit == nullptr) return gmc_outcome(GMC_OUT_OF_RANGE);
    const std::uint64_t offset = Policy::offset(*hit, call.address);
    if (!Policy::fits_array(*whole, Policy::room(*hit, offset))) return gmc_outcome(GMC_OUT_OF_RANGE);
    const std::uint64_t elements = Policy::moved_elements(call.value, call.expected);
    const std::uint64_t size = elements * call.size;
    if (size > 0) {
      if (permitted<Policy>(*hit, offset, size, Base::right_for(path), path) < size) return gmc_outcome(GMC_DENIED);
      mover(path, Piece{hit, offset, 0, size}, size, false);
    }
    return gmc_ok_count(Policy::told_elements(elements, call.size));
  }

  // One piece for each region of the range, over their ends whatever an access may do there (GM-XR-005).
  [[nodiscard]] GmcOutcome slices(std::uint64_t address, std::uint64_t size, GmcPiece* pieces, std::uint64_t room) {
    std::uint64_t count = 0;
    for (std::uint64_t done = 0; !Policy::is_listed(done, size);) {
      const std::uint64_t at = address + done;
      const Placed* const hit = at < address ? nullptr : this->find(at);
      if (hit == nullptr) {
        GmcOutcome outcome = this->failure(GMC_OUT_OF_RANGE, address, Reach{done, GMC_OUT_OF_RANGE, false, at >= address});
        outcome.flags |= GMC_HAS_COUNT;
        outcome.count = count;
        return outcome;
      }
      if (count == room) return gmc_outcome(GMC_INVALID_ARGUMENT);
      const std::uint64_t there = std::min(size - done, Policy::room(*hit, Policy::offset(*hit, at)));
      pieces[count++] = Policy::listed({at, there}, done);
      done += there;
    }
    return gmc_ok_count(count);
  }
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_PIECES_H
