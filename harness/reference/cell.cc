// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/cell.h"

#include <algorithm>
#include <bit>

#include "harness/base/page.h"

namespace gmc {

namespace {

// 0, 1, 2, 3-4, 5-8, ..., 2^13 and more.
std::uint32_t size_class(std::uint64_t size) {
  if (size <= 2) return static_cast<std::uint32_t>(size);
  return std::min(static_cast<std::uint32_t>(std::bit_width(size - 1)) + 1, 15u);
}

}  // namespace

std::uint32_t cell_of(const Expectation& e) {
  const Op& op = *e.op;
  std::uint32_t cell = static_cast<std::uint32_t>(op.kind);
  unsigned shift = 6;
  const auto add = [&](std::uint32_t value, unsigned bits) {
    cell |= value << shift;
    shift += bits;
  };
  if (touches(op.kind) == Touches::kMap) {
    // Map changes differ in the clause that they are about, and in whether they are to be accepted.
    add(static_cast<std::uint32_t>(e.demands.status), 8);
    add(e.alternative_count > 0 && (e.alternatives[0].statuses & status_bit(GMC_OK)) != 0 ? 1 : 0, 1);
    return cell;
  }
  bool starts_region = false, ends_region = false, read_only = false;
  for (const Span& span : e.walk.spans) {
    if (span.is_discarded) continue;
    const MappedRegion& region = e.map->regions()[span.region];
    starts_region |= span.gpa == region.base;
    ends_region |= span.gpa + (span.size - 1) == region.last;
    read_only |= region.is_read_only;
  }
  const std::uint64_t last = range_size(op) == 0 ? e.gpa : e.gpa + (range_size(op) - 1);
  add(size_class(range_size(op)), 4);
  add(static_cast<std::uint32_t>(e.gpa % 8 == 0 ? 0 : e.gpa % 4 == 0 ? 1 : 2), 2);
  add(static_cast<std::uint32_t>(e.walk.stop), 3);
  add(e.walk.reached > 0 ? 1 : 0, 1);
  add(e.walk.spans.size() > 1 ? 1 : 0, 1);
  add(starts_region ? 1 : 0, 1);
  add(ends_region ? 1 : 0, 1);
  add(read_only ? 1 : 0, 1);
  add(e.gpa / kPage != last / kPage ? 1 : 0, 1);
  add(static_cast<std::uint32_t>(e.space_kind), 3);
  add(e.may_meet_fault ? 1 : 0, 1);
  if (op.kind == OpKind::kCopy) {
    const bool goes_up = e.gpa > e.source.gpa;
    const std::uint64_t distance = goes_up ? e.gpa - e.source.gpa : e.source.gpa - e.gpa;
    add(distance >= op.size ? 0u : distance == 0 ? 1u : goes_up ? 2u : 3u, 2);
    add(static_cast<std::uint32_t>(e.source.walk.stop), 3);
    add(e.source.walk.spans.size() > 1 ? 1 : 0, 1);
    return cell;
  }
  if (is_atomic(op.kind)) {
    add(std::min<std::uint32_t>(op.order, 7), 3);
    return cell;
  }
  if (has_stream(op.kind)) {
    add(static_cast<std::uint32_t>(op.stream.kind), 2);
    add(static_cast<std::uint32_t>(op.stream.end), 2);
    add(op.stream.at_most != 0 ? 1 : 0, 1);
    add(op.stream.interrupted != 0 ? 1 : 0, 1);
    return cell;
  }
  add(static_cast<std::uint32_t>(op.form), 1);
  add(static_cast<std::uint32_t>(op.mode), 2);
  add(op.on ? 1 : 0, 1);
  return cell;
}

}  // namespace gmc
