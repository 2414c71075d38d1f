// SPDX-License-Identifier: Apache-2.0 OR MIT
// Transfers: where they are aimed, and what their descriptors do on the way.
#include <algorithm>

#include "harness/generate/draw.h"
#include "harness/generate/generator.h"

namespace gmc {
namespace {

constexpr std::uint64_t kCallsMax = 64;  // of one transfer: a system call a byte would cost more than all the rest

// Where the stream ends: before the first byte, at the last one, behind it, or anywhere between.
std::uint32_t draw_limit(std::uint64_t size, Random& random) {
  switch (random.below(8)) {
    case 0:
      return 0;
    case 1:
      return static_cast<std::uint32_t>(size);
    case 2:
      return static_cast<std::uint32_t>(std::min<std::uint64_t>(kStreamMax, size + 1));
    case 3:
      return static_cast<std::uint32_t>(size == 0 ? 0 : size - 1);
    default:
      return static_cast<std::uint32_t>(draw_upto(size, random));
  }
}

Stream draw_stream(std::uint64_t size, Random& random) {
  static constexpr StreamKind kKinds[] = {StreamKind::kFile, StreamKind::kPipe, StreamKind::kSocket};
  Stream stream{.kind = random.one_in(24) ? StreamKind::kDirectory : kKinds[random.below(3)]};
  if (stream.cannot_move()) return stream;
  if (random.percent(45)) {
    stream.end = random.percent(60) ? StreamEnd::kEnds : StreamEnd::kFails;
    stream.limit = draw_limit(size, random);
  }
  if (random.percent(45)) {
    const std::uint64_t least = size / kCallsMax + 1;
    stream.at_most =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(kStreamMax, least + draw_upto(std::min<std::uint64_t>(size, 64), random)));
  }
  if (random.percent(25)) stream.interrupted = static_cast<std::uint8_t>(1 + random.below(3));
  return stream;
}

}  // namespace

void Generator::emit_stream(Op& op, Random& random) {
  const Target target = draw_target(op.kind, takes_from_stream(op.kind), random);
  op.size = std::min<std::uint64_t>(draw_length(random), kStreamMax);
  aim(op, target, false, random);
  op.stream = draw_stream(op.size, random);
}

}  // namespace gmc
