// SPDX-License-Identifier: Apache-2.0 OR MIT
// A copy from one range to another, cut into pieces that lie in one region at both ends.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_COPY_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_COPY_H

#include <algorithm>
#include <cstdint>
#include <vector>

#include "harness/backends/mapped/walk.h"

namespace gmc::mapped {

// `size` bytes from `source_offset` of what a space shows of a region to `target_offset` of another one; null where there is a hole that
// discards.
struct CopyPiece {
  const Placed* source = nullptr;
  std::uint64_t source_offset = 0;
  const Placed* target = nullptr;
  std::uint64_t target_offset = 0;
  std::uint64_t size = 0;
};

// The pieces of a copy of `size` bytes, ascending; both walks reach their ends.
template <class Policy>
void pair_pieces(Walk<Policy>& read, Walk<Policy>& written, std::uint64_t size, std::vector<CopyPiece>& pieces) {
  Piece source;
  Piece target;
  for (std::uint64_t done = 0; done < size;) {
    if (done == source.done + source.size && !read.next(source)) return;
    if (done == target.done + target.size && !written.next(target)) return;
    const std::uint64_t in_source = done - source.done;
    const std::uint64_t in_target = done - target.done;
    const std::uint64_t both = std::min(source.size - in_source, target.size - in_target);
    pieces.push_back({source.placed, source.offset + in_source, target.placed, target.offset + in_target, both});
    done += both;
  }
}

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_COPY_H
