// SPDX-License-Identifier: Apache-2.0 OR MIT
// References, arrays and lists of slices: what is drawn for GM-SLICE-003 to -005 and GM-XR-005.
#include <gmcheck.h>

#include <algorithm>

#include "harness/generate/draw.h"
#include "harness/generate/generator.h"

namespace gmc {
namespace {

constexpr std::uint64_t kArrayMax = INT64_MAX;  // bytes
constexpr std::uint32_t kElementsMax = 24;

}  // namespace

// Aligned for the most part, or off by a little.
void Generator::emit_reference(Op& op, Random& random) {
  const Target target = draw_target(op.kind, false, random);
  op.size = random.one_in(32) ? 3 : std::uint64_t{1} << random.below(4);
  aim(op, target, true, random);
  if (random.percent(70)) align(op);
  op.rights = random.percent(60) ? GMC_RIGHT_READ : GMC_RIGHT_READ | GMC_RIGHT_WRITE;
  const SetOf<References> offered = profile_.root().references;
  const bool has_one = offered.has(References::kAligned) != offered.has(References::kAtomic);
  op.use = has_one && !random.one_in(16) ? (offered.has(References::kAtomic) ? 1 : 0) : static_cast<std::uint8_t>(random.below(2));
}

// A buffer of as many elements, of fewer or of more; and now and then an array that is too long for anything.
void Generator::emit_array(Op& op, Random& random) {
  const Target target = draw_target(op.kind, op.kind == OpKind::kWriteArray, random);
  const std::uint64_t size = std::max<std::uint64_t>(1, typed_sizes_[random.below(static_cast<std::uint32_t>(typed_sizes_.size()))]);
  const std::uint64_t elements = random.below(kElementsMax);
  op.size = size * elements;
  aim(op, target, false, random);  // all of it
  op.count = op.size / size;
  op.size = size;
  op.room = random.percent(50) ? op.count : random.below(kElementsMax);
  if (op.kind == OpKind::kWriteArray) draw_payload(op, random);
  if (!random.one_in(12)) return;
  switch (random.below(5)) {
    case 0:
      op.count = kArrayMax / size + random.below(2);
      break;
    case 1:
      op.count = UINT64_MAX / size + 1 + random.below(3);  // bytes that are few modulo 2^64
      break;
    case 2:
      op.count = UINT64_MAX - random.below(3);
      break;
    case 3:
      op.count = std::uint64_t{1} << 63;
      break;
    default:
      op.count += 1 + random.below(64);
      break;
  }
}

// Over as many regions as there are.
void Generator::emit_slices(Op& op, Random& random) {
  const Target target = draw_target(op.kind, false, random);
  op.size = draw_length(random);
  const Window whole = window_of(target);
  if (random.percent(50)) op.size = draw_upto(whole.end - whole.first, random);
  aim(op, target, false, random);
  if (random.percent(20)) op.size += draw_upto(op.size + 16, random);
  if (random.one_in(64)) op.size = UINT64_MAX >> random.below(3);
}

}  // namespace gmc
