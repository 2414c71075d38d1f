// SPDX-License-Identifier: Apache-2.0 OR MIT
// Two memories that share a region: GM-MAP-002 and -010. The other memory is a slot with a map of its own, of that one region.
#include <algorithm>
#include <memory>

#include "harness/reference/reference.h"

namespace gmc {

bool Reference::has_other_memory() const {
  return std::ranges::any_of(slots_, [](const Slot& slot) { return slot.is_open && slot.is_beside && slot.kind == GMC_SPACE_ROOT; });
}

// What is done through another memory. Its totals and its tracking are its own, and whether its marks show elsewhere is said where granules
// are those of the region.
bool Reference::is_decided_beside(const Op& op) const {
  const Switches& s = profile_.root();
  const Slot& slot = slots_[op.space];
  if (op.kind == OpKind::kClose) return true;
  // Faults are armed in one memory, and what they do in another one nobody says.
  if (fault_site(op.kind) != GMC_FAULT_NONE && (op.fail_nth != 0 || is_armed_)) return false;
  if (slot.extent.is_empty || op.kind == OpKind::kTotalSize || op.kind == OpKind::kFacts || op.kind == OpKind::kFdsOverlap) return false;
  if (touches(op.kind) != Touches::kDirty) return true;
  if (op.kind == OpKind::kTrack || marks_are_open(op.space)) return false;
  const auto is_aligned = [&](const MappedRegion& region) { return region.base % s.dirty_granule == 0; };
  // Through a region's own space it is the memory in which it was opened that counts, if the backend knows which.
  if (slot.kind == GMC_SPACE_REGION && op.kind == OpKind::kHarvest && op.form == HarvestForm::kSparse && !sparse_is_possible())
    return false;
  return op.kind != OpKind::kHarvest || op.form == HarvestForm::kDense || std::ranges::all_of(slot.map->regions(), is_aligned);
}

// Whether a write through that space may show in this memory's marks, or not: each memory turns its tracking on for itself, granules that
// are counted from address 0 are those of one memory, and who waits for a space to be closed is its own memory.
bool Reference::marks_are_open(std::uint8_t slot) const {
  const Switches& s = profile_.root();
  return slots_[slot].is_beside &&
         (s.dirty_enable == DirtyEnable::kExplicit || s.dirty_origin == DirtyOrigin::kGpa || s.dirty_when == DirtyWhen::kRelease);
}

// Left out: contents that are compared, rights of pages, dead spaces, and layouts that have to have windows. Without another memory nothing
// is to be seen of a program's own that is gone.
bool Reference::is_decided_sharing(const Op& op) const {
  const Switches& s = profile_.root();
  if (op.kind == OpKind::kDestroy) return has_other_memory();
  if (s.dirty_source == DirtySource::kContentDiff || was_protected_ || s.addr_space == AddrSpace::kGpaWindow) return false;
  if (s.region_order == RegionOrder::kPositional) return false;  // a layout of one region has it at address 0
  const Slot& other = slots_[op.other];
  return !other.is_stale || s.stale_handle == StaleHandle::kKeepsAlive;
}

// GM-MAP-002: what is written through the one shows in the other, and in its marks.
void Reference::demand_of_two_maps(const Op& op, Expectation& e) const {
  const Slot& slot = slots_[op.space];
  if (is_atomic(op.kind)) return;  // what it leaves behind is its own clause's
  if (slot.is_beside) e.demands.effect = e.demands.dirty = Clause::kMAP2;
  if (slot.kind == GMC_SPACE_SNAPSHOT) e.demands.effect = Clause::kMAP2;
}

// The region as it is; at another base it may be declined, as where it comes back.
void Reference::predict_open_memory(const Op& op, Expectation& e) const {
  e.demands.status = e.demands.beyond = Clause::kMAP2;
  const MappedRegion* const shared = region_of(op.other);
  if (shared == nullptr || op.size != shared->size()) {
    e.allow(kNotOffered);
    return;
  }
  Region region = layout_.regions[shared->entry];
  region.base = e.gpa;
  region.size = op.size;
  const auto faults = faults_of(Layout{{region}}, profile_);
  StatusMask statuses = faults.empty() ? status_bit(GMC_OK) : 0;
  for (const LayoutFault& fault : faults) statuses |= fault.statuses;
  if (!faults.empty()) e.demands.status = faults.front().clause;
  if (e.gpa != shared->base) statuses |= kNotOffered;
  e.allow(statuses);
}

void Reference::commit_open_memory(const Expectation& e) {
  const MappedRegion& shared = *region_of(e.op->other);
  slots_[e.op->opens] = Slot{.is_open = true,
                             .is_bound = true,
                             .is_beside = true,
                             .map = std::make_shared<const MemoryMap>(map_of(e.op->other).only(shared, e.gpa))};
}

// GM-MAP-010: what is left of it are the regions that other memories have.
void Reference::commit_destroy() {
  for (Slot& slot : slots_) {
    if (!slot.is_beside) slot = Slot{};
  }
  has_changed_ = true;
  disarm();
  is_removed_.assign(is_removed_.size(), true);
  map_anew();
}

// A write through another memory that may show in this one, by the addresses of either.
void Reference::mark_in_memory(std::uint8_t slot, const MappedRegion& written, std::uint64_t first, std::uint64_t last) {
  if (waits_for_release(slot)) let_wait(slot, written, first, last, DirtyLog::State::kMaybe, Clause::kDIRTY5);
  mark_gpas(written, first, last, DirtyLog::State::kMaybe, Clause::kDIRTY5);
  const MappedRegion* const here = map_.entry(written.entry);
  if (here == nullptr) return;
  mark_gpas(*here, here->base + (first - written.base), here->base + (last - written.base), DirtyLog::State::kMaybe, Clause::kDIRTY5);
}

}  // namespace gmc
