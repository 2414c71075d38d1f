// SPDX-License-Identifier: Apache-2.0 OR MIT
// Which operations are asked at all, and who says what may be answered to each.
#include <algorithm>

#include "harness/base/check.h"
#include "harness/reference/reference.h"

namespace gmc {

namespace {

constexpr std::uint64_t kUnsureGranulesMax = 4096;  // of a region whose marks nobody knows when it comes back

// The clause that says that an operation need not be offered.
Clause clause_of_refusal(OpKind kind) {
  switch (kind) {
    case OpKind::kZeroAll:
      return Clause::kRW11;
    case OpKind::kDump:
      return Clause::kRW15;
    case OpKind::kCheckRange:
      return Clause::kADDR6;
    case OpKind::kCheckedOffset:
      return Clause::kADDR8;
    case OpKind::kRegions:
      return Clause::kREG8;
    case OpKind::kFind:
      return Clause::kREG9;
    case OpKind::kLastAddress:
      return Clause::kADDR9;
    case OpKind::kTotalSize:
      return Clause::kREG13;
    case OpKind::kAdd:
    case OpKind::kInsert:
    case OpKind::kRemove:
    case OpKind::kReplace:
      return Clause::kMAP3;
    case OpKind::kProtect:
      return Clause::kPERM9;
    case OpKind::kReference:
      return Clause::kSLICE3;
    case OpKind::kSlices:
      return Clause::kXR5;
    case OpKind::kIova:
      return Clause::kSLICE10;
    case OpKind::kArm:
      return Clause::kINV5;
    case OpKind::kOpenMemory:
      return Clause::kMAP2;
    case OpKind::kOpenSnapshot:
      return Clause::kMAP1;
    case OpKind::kFdsOverlap:
      return Clause::kREG11;
    case OpKind::kTrack:
      return Clause::kDIRTY15;
    case OpKind::kMark:
      return Clause::kDIRTY9;
    case OpKind::kHarvest:
      return Clause::kDIRTY1;
    default:
      return Clause::kINV4;
  }
}

}  // namespace

// What the contract says nothing about is not asked.
bool Reference::is_decided(const Op& op) const {
  const Switches& s = profile_.root();
  const Slot& slot = slots_[op.space];
  if (op.kind == OpKind::kCopy) return is_decided_copy(op);
  if (op.kind == OpKind::kCreate && s.layout == LayoutSource::kOwn) return false;  // `create` takes null there
  if (slot.is_beside) return is_decided_beside(op);
  if (op.kind == OpKind::kOpenMemory || op.kind == OpKind::kDestroy) return is_decided_sharing(op);
  if (op.fail_nth != 0 && !offers_fault(fault_site(op.kind))) return false;
  if (op.kind == OpKind::kProtect && !is_decided_protect(op)) return false;
  // What is left out of a dump, what a region's facts say, and whether it comes back with the rights that its pages had, is open.
  if (was_protected_ && (op.kind == OpKind::kDump || op.kind == OpKind::kFacts || op.kind == OpKind::kInsert)) return false;
  if (is_change(op.kind) && s.dirty_source == DirtySource::kContentDiff) return false;
  if (op.kind == OpKind::kInsert && offers_change(op.kind)) {
    const MappedRegion* const region = region_of(op.other);
    if (region == nullptr) return true;  // to be declined
    // A region that is mapped is not inserted a second time, and through a handle that is dead nothing is.
    if (!is_removed_[region->entry] || s.stale_handle == StaleHandle::kDenied) return false;
    if (s.dirty_source == DirtySource::kNone) return true;
    return !was_retracked_ && (s.dirty_origin == DirtyOrigin::kRegion || region->size() >> granule_shift_ <= kUnsureGranulesMax);
  }
  if (slot.kind == GMC_SPACE_SNAPSHOT && (op.kind == OpKind::kOpenRegion || op.kind == OpKind::kTotalSize)) return false;
  if (!has_changed_) return true;
  // A region that came with a change may begin inside a granule, and whether that ends the sparse harvests of the others nobody says.
  if (op.kind == OpKind::kHarvest && op.form == HarvestForm::kSparse && !sparse_is_possible()) return false;
  if (op.space == 0 || op.kind == OpKind::kClose) return true;
  if (slot.extent.is_empty) return false;
  if (slot.map == nullptr) return true;
  if (slot.is_stale && s.stale_handle == StaleHandle::kDenied) return is_access(op.kind);
  if (touches(op.kind) != Touches::kDirty) return true;
  // Marks of a region that the root does not show belong to nobody where granules are counted from address 0.
  if (s.dirty_origin == DirtyOrigin::kGpa || was_retracked_) return false;
  return op.kind != OpKind::kHarvest || op.form == HarvestForm::kDense ||
         std::ranges::all_of(slot.map->regions(), [&](const auto& r) { return r.base % s.dirty_granule == 0; });
}

void Reference::predict(const Program& program, const Op& op, Expectation& e) const {
  predict_op(program, op, e);
  // What is demanded here of a transfer holds whatever is seen of its stream.
  if (e.is_streaming) e.demands = e.unsettled;
  if (e.effect == Effect::kWrites && op.kind != OpKind::kCopy) demand_of_two_maps(op, e);
  if (was_protected_ && e.effect != Effect::kNone && op.kind != OpKind::kCopy) [[unlikely]]
    demand_of_pages(e);
  if (e.is_streaming) {
    e.unsettled = e.demands;
    return;
  }
  fold_statuses(e);
  if (e.alternative_count > 1) part_alternatives(e);
  if (is_armed_ || op.fail_nth != 0) [[unlikely]]
    predict_fault(op, e);
}

void Reference::predict_op(const Program& program, const Op& op, Expectation& e) const {
  e.clear(op);
  e.map = &map_of(op);
  e.space_kind = slots_[op.space].kind;
  e.gpa = addresses_.resolve(op.at).raw;
  e.address = e.gpa - extent(op).first;
  const bool is_stale = slots_[op.space].is_stale || (op.kind == OpKind::kCopy && slots_[op.other].is_stale);
  if (has_changed_ && is_stale && profile_.root().stale_handle == StaleHandle::kDenied) return predict_stale(op, e);
  if (predict_access(op, e)) return;
  // Nothing else touches a byte, but for zero_all and dump; and no question marks anything.
  e.demands.beyond = Clause::kINV2;
  e.demands.beyond_dirty = Clause::kDIRTY6;
  offers(op) ? predict_other(program, op, e) : predict_refusal(op, e);
}

bool Reference::predict_access(const Op& op, Expectation& e) const {
  switch (op.kind) {
    case OpKind::kRead:
    case OpKind::kLoad:
    case OpKind::kReadPartial:
    case OpKind::kReadAtomics:
      predict_range(op, Effect::kReads, e);
      return true;
    case OpKind::kWrite:
    case OpKind::kStore:
    case OpKind::kWritePartial:
    case OpKind::kWriteAtomics:
    case OpKind::kFill:
      predict_range(op, Effect::kWrites, e);
      return true;
    case OpKind::kAtomicLoad:
    case OpKind::kAtomicStore:
    case OpKind::kCompareExchange:
    case OpKind::kExchange:
    case OpKind::kFetchAdd:
    case OpKind::kFetchSub:
    case OpKind::kFetchAnd:
    case OpKind::kFetchOr:
    case OpKind::kFetchXor:
      predict_atomic(op, e);
      return true;
    case OpKind::kReadFrom:
    case OpKind::kReadFromPartial:
    case OpKind::kWriteTo:
    case OpKind::kWriteToPartial:
      predict_stream(op, e);
      return true;
    case OpKind::kCopy:
      predict_copy(op, e);
      return true;
    case OpKind::kReadArray:
      predict_array(op, Effect::kReads, e);
      return true;
    case OpKind::kWriteArray:
      predict_array(op, Effect::kWrites, e);
      return true;
    default:
      return false;
  }
}

void Reference::predict_refusal(const Op& op, Expectation& e) const {
  e.demands.status = clause_of_refusal(op.kind);
  const bool may_be_invalid = touches(op.kind) == Touches::kMap || op.kind == OpKind::kOpenSnapshot || op.kind == OpKind::kArm ||
                              op.kind == OpKind::kReference || op.kind == OpKind::kSlices;
  e.allow(may_be_invalid ? kNotOffered : status_bit(GMC_UNSUPPORTED));
}

void Reference::predict_other(const Program& program, const Op& op, Expectation& e) const {
  if (op.kind == OpKind::kRegions && op.space != 0) {
    e.demands.status = Clause::kREG8;
    e.allow(kNotOffered);
    return;
  }
  switch (op.kind) {
    case OpKind::kZeroAll:
      return predict_zero_all(op, e);
    case OpKind::kDump:
      return predict_dump(op, e);
    case OpKind::kCheckRange:
      return predict_check_range(op, e);
    case OpKind::kCheckedOffset:
      return predict_checked_offset(op, e);
    case OpKind::kFind:
      return predict_find(e);
    case OpKind::kReference:
      return predict_reference(op, e);
    case OpKind::kSlices:
      return predict_slices(op, e);
    case OpKind::kIova:
      return predict_iova(op, e);
    case OpKind::kLastAddress:
      return predict_last_address(op, e);
    case OpKind::kFdsOverlap:
      return predict_fds_overlap(op, e);
    case OpKind::kTrack:
      return predict_track(op, e);
    case OpKind::kMark:
      return predict_mark(op, e);
    case OpKind::kHarvest:
      return predict_harvest(op, e);
    case OpKind::kCreate:
      return predict_create(program, op, e);
    case OpKind::kTotalSize:
      return predict_total_size(op, e);
    case OpKind::kAdd:
    case OpKind::kInsert:
    case OpKind::kRemove:
    case OpKind::kReplace:
    case OpKind::kOpenSnapshot:
      return predict_change(program, op, e);
    case OpKind::kProtect:
      return predict_protect(op, e);
    case OpKind::kOpenMemory:
      return predict_open_memory(op, e);
    case OpKind::kDestroy:
      e.demands.status = e.demands.beyond = e.demands.beyond_dirty = Clause::kMAP10;
      e.allow(status_bit(GMC_OK));
      return;
    case OpKind::kOpenRegion:
      return predict_open(op, e);
    case OpKind::kOpenRange:
      return predict_open_range(op, e);
    case OpKind::kHostAddress:
      return predict_host_address(op, e);
    case OpKind::kRegions:
      e.demands.status = Clause::kREG8;
      e.allow(status_bit(GMC_OK));
      return;
    case OpKind::kFacts:
      e.demands.status = Clause::kREG12;
      e.allow(status_bit(GMC_OK) | (switches(op).file_facts.empty() ? kNotOffered : 0));
      return;
    case OpKind::kReset:
      e.demands.status = e.demands.beyond = e.demands.beyond_dirty = e.demands.dirty = Clause::kINV4;
      e.allow(status_bit(GMC_OK));
      return;
    case OpKind::kArm:
      return predict_arm(op, e);
    case OpKind::kClose:
      e.allow(status_bit(GMC_OK));
      return;
    default:
      GMC_CHECK(false, info(op.kind).text);
  }
}

}  // namespace gmc
