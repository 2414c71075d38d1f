// SPDX-License-Identifier: Apache-2.0 OR MIT
// What may be answered to operations that move bytes: groups GM-ADDR, GM-RW, GM-XR, GM-TYPE and GM-PERM.
#include <algorithm>

#include "harness/base/check.h"
#include "harness/reference/reference.h"

namespace gmc {

namespace {

bool is_typed(const Op& op) { return op.kind == OpKind::kLoad || op.kind == OpKind::kStore; }
bool is_partial(const Op& op) { return op.kind == OpKind::kReadPartial || op.kind == OpKind::kWritePartial; }
bool is_atomic_buffer(const Op& op) { return op.kind == OpKind::kReadAtomics || op.kind == OpKind::kWriteAtomics; }

bool is_unaligned(std::uint64_t address, std::uint64_t size) { return size > 1 && address % size != 0; }

}  // namespace

bool Reference::offers(const Op& op) const {
  const Switches& s = switches(op);
  switch (op.kind) {
    case OpKind::kLoad:
    case OpKind::kStore:
      return s.typed_sizes.has(op.size);
    case OpKind::kReadPartial:
    case OpKind::kWritePartial:
      return s.partial;
    case OpKind::kFill:
      return s.has_fill;
    case OpKind::kZeroAll:
      return s.has_zero_all;
    case OpKind::kReadAtomics:
    case OpKind::kWriteAtomics:
      return s.atomic_buffers;
    case OpKind::kDump:
      return s.dump_all != DumpAll::kNone;
    case OpKind::kCheckRange:
      return s.range_api.has(RangeApi::kCheckRange);
    case OpKind::kCheckedOffset:
      return s.range_api.has(RangeApi::kCheckedOffset);
    case OpKind::kRegions:
      return s.region_api.has(RegionApi::kList);
    case OpKind::kFind:
      return s.region_api.has(RegionApi::kFind);
    case OpKind::kLastAddress:
      return s.region_api.has(RegionApi::kLastAddress);
    case OpKind::kTotalSize:
      return s.region_api.has(RegionApi::kTotalSize);
    case OpKind::kAdd:
    case OpKind::kInsert:
    case OpKind::kRemove:
    case OpKind::kReplace:
    case OpKind::kOpenSnapshot:
      return offers_change(op.kind);
    case OpKind::kProtect:
      return s.permissions == Permissions::kPageBitmap && offers_.protect;
    case OpKind::kIova:
      return s.iova;
    case OpKind::kReference:
      return s.references.has(op.use == 0 ? References::kAligned : References::kAtomic);
    case OpKind::kReadArray:
    case OpKind::kWriteArray:
      return s.arrays && op.size != 0 && s.typed_sizes.has(op.size);
    case OpKind::kSlices:
      return s.slice_lists;
    case OpKind::kFdsOverlap:
      return s.file_facts.has(FileFacts::kFdsOverlap);
    case OpKind::kTrack:
      return s.dirty_source != DirtySource::kNone && s.dirty_enable == DirtyEnable::kExplicit;
    case OpKind::kMark:
      return s.dirty_source != DirtySource::kNone && s.dirty_bitmap_api;
    case OpKind::kHarvest:
      return s.dirty_source != DirtySource::kNone;
    case OpKind::kArm:
      return offers_.arm && !profile_.root().fault_sites.empty();
    case OpKind::kReset:
      return s.reset;
    case OpKind::kOpenMemory:
      return s.backing.has(Backings::kSpace) && offers_.space_open;
    case OpKind::kReadFrom:
    case OpKind::kReadFromPartial:
    case OpKind::kWriteTo:
    case OpKind::kWriteToPartial:
      return s.fd_io;
    default:
      return true;
  }
}

bool Reference::is_within(const MemoryMap& map, const Extent& extent, std::uint64_t address, ZeroLength rule) const {
  if (rule == ZeroLength::kOkAnywhere || map.is_mapped_in(extent, address)) return true;
  if (rule != ZeroLength::kInBoundsInclEnd) return false;
  return extent.is_empty ? address == 0 : address != 0 && map.is_mapped_in(extent, address - 1);
}

// What goes through a range is the range's to answer for, and what its parent left behind is too (GM-SUB-004).
void Reference::demand_of_range(const Op& op, Expectation& e) const {
  const Slot& slot = slots_[op.space];
  if (slot.kind != GMC_SPACE_RANGE) return;
  Demands& d = e.demands;
  const bool is_slice = slot.extent.only_region && switches(op).slices;
  Clause clause = is_slice ? Clause::kSLICE1 : Clause::kSUB2;
  if (slot.is_orphan) clause = Clause::kSUB4;
  if (e.walk.stop == Stop::kDenied) clause = Clause::kPERM7;
  const bool ends_inside = e.walk.stop != Stop::kNone && e.walk.stop != Stop::kDenied && slot.extent.contains(e.walk.stop_gpa);
  if (ends_inside) return;  // a hole or a seam of the memory itself
  d.status = clause;
  if (e.effect == Effect::kReads) d.bytes = clause;
  if (e.effect == Effect::kWrites) d.effect = clause;
}

// GM-RW-004, GM-TYPE-008
void Reference::predict_zero_length(const Op& op, ZeroLength rule, Clause clause, Expectation& e) const {
  e.demands.status = clause;
  e.demands.beyond = clause;
  e.demands.beyond_dirty = Clause::kDIRTY6;
  Alternative& answer = e.allow(is_within(*e.map, extent(op), e.address, rule) ? status_bit(GMC_OK) : status_bit(GMC_OUT_OF_RANGE));
  answer.count_rule = CountRule::kIfGiven;
  const MappedRegion* region = e.map->is_mapped_in(extent(op), e.address) ? e.map->find(e.gpa) : nullptr;
  const Right right = e.effect == Effect::kWrites ? Right::kWrite : Right::kRead;
  if (region != nullptr && !e.map->permits(*region, e.gpa, right)) e.demands.status = Clause::kPERM4;
  // A partial access that found nothing to do may say so (GM-RW-006 speaks of non-empty ones).
  if (is_partial(op) && !is_within(*e.map, extent(op), e.address, ZeroLength::kStartMapped))
    answer.statuses |= status_bit(GMC_OUT_OF_RANGE) | status_bit(GMC_OK);
}

// The whole range is there and permitted.
void Reference::demand_success(const Op& op, Expectation& e) const {
  Demands& d = e.demands;
  std::size_t mapped = 0;  // spans of regions; the others lie in holes that discard
  bool touches_read_only = false;
  for (const Span& span : e.walk.spans) {
    if (span.is_discarded) continue;
    ++mapped;
    touches_read_only |= e.map->permitted(e.map->regions()[span.region], span.gpa, span.size, Right::kWrite) < span.size;
  }
  const bool spans_regions = mapped > 1;
  const bool discards = mapped < e.walk.spans.size();
  Clause clause = Clause::kRW1;
  d.status = Clause::kADDR4;
  if (is_typed(op)) {
    clause = Clause::kTYPE1;
    if (is_unaligned(e.gpa, op.size)) d.status = Clause::kTYPE5;
    if (op.size > 1) e.decide(Clause::kTYPE2);
  }
  if (spans_regions) d.status = clause = Clause::kXR1;
  if (discards) d.status = clause = e.walk.spans.front().is_discarded ? Clause::kADDR3 : Clause::kXR3;
  if (op.kind == OpKind::kFill) d.status = clause = Clause::kRW10;
  if (is_atomic_buffer(op)) d.status = clause = Clause::kRW14;
  if (is_partial(op)) d.status = clause = Clause::kRW5;
  if (e.effect == Effect::kReads) {
    if (touches_read_only && !spans_regions) d.status = Clause::kPERM2;
    d.bytes = clause;
    d.beyond = Clause::kRW3;
    d.beyond_dirty = Clause::kDIRTY6;
  } else {
    // GM-PERM-010: the right is missing, and it is no lane of a guest's.
    if (!spans_regions && mapped > 0 && was_given_read_only(e)) d.status = Clause::kPERM10;
    d.effect = clause;
    d.beyond = Clause::kRW2;
    d.dirty = Clause::kDIRTY2;
    d.beyond_dirty = Clause::kDIRTY5;
  }
  d.count = is_partial(op) ? Clause::kRW5 : Clause::kRW8;
}

// Where rights bind guests alone.
bool Reference::was_given_read_only(const Expectation& e) const {
  if (profile_.root().permissions != Permissions::kGuestOnly) return false;
  return std::any_of(e.walk.spans.begin(), e.walk.spans.end(), [&](const Span& span) {
    return !span.is_discarded && layout_.regions[e.map->regions()[span.region].entry].is_read_only;
  });
}

// The access stops before its last byte.
void Reference::demand_failure(const Op& op, Expectation& e) const {
  Demands& d = e.demands;
  const Stop stop = e.walk.stop;
  const bool starts_outside = e.walk.reached == 0;
  Clause clause = is_typed(op) ? Clause::kTYPE7 : Clause::kRW7;
  if (stop == Stop::kHole && starts_outside) clause = Clause::kADDR3;
  // The hole is inside the range: bytes behind it are mapped.
  const bool resumes =
      stop == Stop::kHole && !starts_outside && e.map->is_mapped(e.gpa + (op.size - 1)) && op.size - 1 <= UINT64_MAX - e.gpa;
  if (resumes) clause = Clause::kXR3;
  if (stop == Stop::kWrap) clause = Clause::kADDR2;
  if (stop == Stop::kLimit) clause = Clause::kADDR5;
  if (stop == Stop::kSeam) clause = Clause::kXR2;
  if (stop == Stop::kDenied) {
    clause = starts_outside ? Clause::kPERM1 : Clause::kPERM3;
    e.decide(Clause::kPERM5);
  }
  if (stop == Stop::kFault) clause = Clause::kXR4;
  if (is_partial(op)) clause = starts_outside ? Clause::kRW6 : Clause::kRW5;
  if (op.kind == OpKind::kFill) clause = Clause::kRW10;
  if (is_atomic_buffer(op)) clause = Clause::kRW14;
  d.status = clause;
  d.beyond = e.effect == Effect::kReads ? Clause::kRW3 : clause;
  // GM-ADDR-002 speaks of what a range that wraps does to low addresses.
  if (op.size - 1 > UINT64_MAX - e.gpa && e.effect == Effect::kWrites) {
    d.beyond = Clause::kADDR2;
    e.decide(Clause::kADDR2);
  }
  d.count = is_partial(op) ? Clause::kRW5 : Clause::kRW8;
  // What is moved all the same. Those that are said to be like others are said to be so in failure too.
  d.bytes = d.count;
  if (is_typed(op)) d.bytes = Clause::kTYPE7;
  if (op.kind == OpKind::kFill) d.bytes = Clause::kRW10;
  if (is_atomic_buffer(op)) d.bytes = Clause::kRW14;
  if (stop == Stop::kDenied && !is_partial(op)) d.bytes = clause;
  d.effect = d.bytes;
  d.dirty = Clause::kDIRTY4;
  d.beyond_dirty = Clause::kDIRTY6;
}

// One reason for which an access that reaches `e.walk.reached` bytes fails, with the status and the effect that belong to it.
Alternative& Reference::allow_failure(const Op& op, Stop why, Expectation& e) const {
  const Switches& s = switches(op);
  const std::uint64_t reached = e.walk.reached;
  // GM-XR-004: each byte in front of the hole may have been moved or not.
  if (why == Stop::kFault) {
    Alternative& fault = e.allow(status_bit(GMC_FAULT) | (reached > 0 ? status_bit(GMC_SHORT) : 0));
    fault.moved = reached;
    fault.is_open = true;
    return fault;
  }
  const bool is_denied = why == Stop::kDenied;
  bool keeps_prefix = s.range_fail_effect == FailEffect::kPrefix;
  if (is_denied) keeps_prefix = s.perm_fail_effect == PermFailEffect::kPrefix;
  if (why == Stop::kSeam) keeps_prefix = false;  // GM-XR-002: moving nothing
  if (!keeps_prefix || reached == 0) {
    Alternative& nothing = e.allow(status_of(why));
    nothing.count_rule = CountRule::kIfGiven;
    return nothing;
  }
  Alternative& prefix = e.allow(status_bit(GMC_SHORT) | (is_denied ? status_bit(GMC_DENIED) : 0));
  prefix.moved = reached;
  prefix.count_rule = s.reports_count ? CountRule::kRequired : CountRule::kIfGiven;
  prefix.count = reached;
  return prefix;
}

// Why the range fails beside what stops it first: an access that lacks a right somewhere, and is not possible for another reason elsewhere.
Stop Reference::other_reason(const Op& op, const Expectation& e) const {
  if (e.effect != Effect::kWrites && e.map->page_rights().empty()) return Stop::kNone;
  const Extent space = extent(op);
  if (e.walk.stop == Stop::kDenied) {
    Walk there;
    e.map->walk(space, e.address, op.size, Right::kNone, switches(op), there);
    return there.stop;
  }
  if (space.only_region) return Stop::kNone;
  const std::uint64_t last = op.size - 1 > UINT64_MAX - e.gpa ? UINT64_MAX : e.gpa + (op.size - 1);
  const Right right = e.effect == Effect::kWrites ? Right::kWrite : Right::kRead;
  bool lacks_a_right = false;
  Extent range;
  range.first = std::max(e.gpa, space.first);
  range.last = std::min(last, space.last);
  e.map->for_each_part(range, [&](std::uint32_t i, std::uint64_t first, std::uint64_t end) {
    const std::uint64_t size = end - first + 1;
    lacks_a_right |= e.map->permitted(e.map->regions()[i], first, size, right) < size;
  });
  return lacks_a_right ? Stop::kDenied : Stop::kNone;
}

void Reference::predict_failure(const Op& op, Expectation& e) const {
  if (is_partial(op) && e.walk.reached > 0) {
    Alternative& moved = e.allow(status_bit(GMC_OK));
    moved.moved = e.walk.reached;
    moved.count_rule = CountRule::kRequired;
    moved.count = e.walk.reached;
    return;
  }
  predict_range_failure(op, e);
}

// An exact access that cannot reach its last byte, or any that cannot reach its first one.
// GM-RW-016: the first byte that the walk did not reach, if there is such a byte.
void Reference::name_failed_byte(const Op& op, const Expectation& e, Alternative& failure) const {
  failure.names_no_byte = e.walk.stop == Stop::kWrap || e.address > UINT64_MAX - extent(op).first;
  failure.has_failed_at = !failure.names_no_byte;
  failure.failed_at = e.walk.stop_gpa;
}

void Reference::predict_range_failure(const Op& op, Expectation& e) const {
  name_failed_byte(op, e, allow_failure(op, e.walk.stop, e));
  // Which of two reasons is looked at first is the backend's affair.
  const Stop other = other_reason(op, e);
  if (other != Stop::kNone) allow_failure(op, other, e);
}

void Reference::predict_range(const Op& op, Effect effect, Expectation& e) const {
  const Switches& s = switches(op);
  e.effect = effect;
  if (!offers(op)) {
    e.allow(status_bit(GMC_UNSUPPORTED) | (is_typed(op) ? status_bit(GMC_INVALID_ARGUMENT) : 0));
    e.demands.status = is_typed(op) ? Clause::kTYPE1 : is_partial(op) ? Clause::kRW5 : is_atomic_buffer(op) ? Clause::kRW14 : Clause::kRW10;
    return;
  }
  if (op.size == 0) {
    return predict_zero_length(op, is_typed(op) ? s.zero_length_typed : s.zero_length_bytes, is_typed(op) ? Clause::kTYPE8 : Clause::kRW4,
                               e);
  }
  e.map->walk(extent(op), e.address, op.size, effect == Effect::kWrites ? Right::kWrite : Right::kRead, s, e.walk);
  e.granules_requested = op.size;
  // GM-ADDR-001: the far ends of the address space are answered like any other address.
  if (e.gpa >= UINT64_MAX - 0xfff || op.size - 1 > UINT64_MAX - e.gpa) e.decide(Clause::kADDR1);
  if (e.walk.stop != Stop::kNone) {
    demand_failure(op, e);
    demand_of_range(op, e);
    predict_failure(op, e);
    return;
  }
  demand_success(op, e);
  demand_of_range(op, e);
  Alternative& done = e.allow(status_bit(GMC_OK));
  done.moved = op.size;
  done.count = op.size;
  done.count_rule = is_partial(op) ? CountRule::kRequired : CountRule::kIfGiven;
}

// GM-RW-011: every byte of the space that a write may reach.
void Reference::predict_zero_all(const Op& op, Expectation& e) const {
  e.effect = Effect::kWrites;
  e.demands.status = e.demands.effect = Clause::kRW11;
  e.demands.beyond = Clause::kRW2;
  e.map->for_each_permitted(extent(op), Right::kWrite, [&](std::uint32_t i, std::uint64_t first, std::uint64_t last) {
    const MappedRegion& region = e.map->regions()[i];
    const std::uint64_t size = last - first + 1;
    e.walk.spans.push_back(
        {.done = e.walk.reached, .size = size, .gpa = first, .region = i, .position = region.store_offset + (first - region.base)});
    e.walk.reached += size;
  });
  e.allow(status_bit(GMC_OK)).moved = e.walk.reached;
}

// GM-RW-015: the byte at address a of the space goes to buffer[a].
void Reference::predict_dump(const Op& op, Expectation& e) const {
  e.effect = Effect::kReads;
  e.demands.status = e.demands.bytes = e.demands.unmoved = Clause::kRW15;
  e.demands.beyond = Clause::kRW3;
  e.demands.beyond_dirty = Clause::kDIRTY6;
  const std::uint64_t origin = extent(op).first;
  std::uint64_t needed = 0;
  e.map->for_each_part(extent(op), [&](std::uint32_t i, std::uint64_t first, std::uint64_t last) {
    const MappedRegion& region = e.map->regions()[i];
    e.walk.spans.push_back({.done = first - origin,
                            .size = last - first + 1,
                            .gpa = first,
                            .region = i,
                            .position = region.store_offset + (first - region.base)});
    needed = last - origin + 1;
  });
  const bool fits = switches(op).dump_all == DumpAll::kExactLength ? op.size == needed : op.size >= needed;
  if (!fits || (needed == 0 && !e.walk.spans.empty())) {
    e.walk.spans.clear();
    e.allow(status_bit(GMC_INVALID_ARGUMENT));
    return;
  }
  e.walk.reached = needed;
  e.allow(status_bit(GMC_OK)).moved = needed;
}

}  // namespace gmc
