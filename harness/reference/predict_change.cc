// SPDX-License-Identifier: Apache-2.0 OR MIT
// Changes of the map: group GM-MAP as far as one thread decides it, and the total that counts them or not (GM-REG-013).
#include <algorithm>
#include <bit>
#include <utility>

#include "harness/base/check.h"
#include "harness/reference/reference.h"

namespace gmc {

bool Reference::declined_change(const Expectation& e, const GmcOutcome& outcome) {
  return is_change(e.op->kind) && outcome.status != GMC_OK;
}

bool Reference::offers_change(OpKind kind) const {
  const MapMutation how = profile_.root().map_mutation;
  switch (kind) {
    case OpKind::kAdd:
    case OpKind::kInsert:
      return how != MapMutation::kImmutable && offers_.add;
    case OpKind::kRemove:
      return (how == MapMutation::kInPlace || how == MapMutation::kCow) && offers_.remove;
    case OpKind::kReplace:
      return (how == MapMutation::kInPlace || how == MapMutation::kCow) && offers_.replace;
    default:
      return how == MapMutation::kCow && offers_.space_open;
  }
}

void Reference::predict_change(const Program& program, const Op& op, Expectation& e) const {
  e.demands.status = op.kind == OpKind::kOpenSnapshot ? Clause::kMAP1 : Clause::kMAP3;
  e.demands.beyond = op.kind == OpKind::kInsert ? Clause::kMAP4 : e.demands.status;
  switch (op.kind) {
    case OpKind::kAdd:
      return predict_add(program.layouts[op.layout].regions.front(), e);
    case OpKind::kInsert:
      return predict_insert(op, e);
    case OpKind::kRemove:
      return predict_remove(op, e);
    case OpKind::kReplace:
      predict_create(program, op, e);
      if ((e.alternatives[0].statuses & status_bit(GMC_OK)) != 0) e.demands.status = Clause::kMAP3;
      return;
    default:
      GMC_CHECK(op.kind == OpKind::kOpenSnapshot, info(op.kind).text);
      e.allow(status_bit(GMC_OK));
  }
}

// The layout of what is mapped now.
Layout Reference::mapped_layout() const {
  Layout mapped;
  for (std::size_t i = 0; i < layout_.regions.size(); ++i) {
    if (!is_removed_[i]) mapped.regions.push_back(layout_.regions[i]);
  }
  return mapped;
}

bool Reference::straddles_window(const Region& region) const {
  for (std::size_t i = 0; i < layout_.regions.size(); ++i) {
    const Region& window = layout_.regions[i];
    if (!window.is_window || is_removed_[i] || window.size == 0 || region.size == 0) continue;
    const std::uint64_t window_last = window.base + (window.size - 1);
    const std::uint64_t last = region.base + (region.size - 1);
    const bool is_apart = last < window.base || window_last < region.base;
    if (!is_apart && (region.base < window.base || window_last < last)) return true;
  }
  return false;
}

// GM-MAP-003: accepted or declined as in a layout of all.
void Reference::predict_add(const Region& added, Expectation& e) const {
  const auto faults = faults_of_added(mapped_layout(), added, profile_);
  StatusMask statuses = 0;
  for (const LayoutFault& fault : faults) statuses |= fault.statuses;
  if (faults.empty()) {
    statuses = status_bit(GMC_OK);
  } else {
    e.demands.status = faults.front().clause;
  }
  if (profile_.root().region_order == RegionOrder::kPositional && added.size > 0) {
    const bool is_known = row_.window != 0;
    const bool fits = !is_known || fits_row(row_, added, profile_.root());
    if (!fits && faults.empty()) statuses = 0;
    if (!fits || !is_known || added.base / row_.window >= row_.count)
      statuses |= status_bit(GMC_INVALID_ARGUMENT) | status_bit(GMC_OVERLAP);
  }
  if (straddles_window(added)) statuses |= status_bit(GMC_INVALID_ARGUMENT);
  if (faults.empty() && may_exhaust({{added}})) statuses |= status_bit(GMC_NO_MEMORY);
  e.allow(statuses);
}

// GM-MAP-004: with the size that it has; elsewhere than where it was it may be declined.
void Reference::predict_insert(const Op& op, Expectation& e) const {
  const MappedRegion* const removed = region_of(op.other);
  if (removed == nullptr || op.size != removed->size()) {
    e.allow(kNotOffered);
    return;
  }
  Region added = layout_.regions[removed->entry];
  added.base = e.gpa;
  added.size = op.size;
  predict_add(added, e);
  if (e.gpa != removed->base) e.alternatives[0].statuses |= kNotOffered;
}

void Reference::predict_remove(const Op& op, Expectation& e) const {
  const MappedRegion* const region = map_.find(e.gpa);
  const bool begins = region != nullptr && region->base == e.gpa;
  const bool is_exact = begins && region->size() == op.size;
  // Where sizes are rounded up, the region has two.
  const bool is_as_given = begins && layout_.regions[region->entry].size == op.size;
  e.allow(is_exact == is_as_given ? status_bit(is_exact ? GMC_OK : GMC_NOT_FOUND) : status_bit(GMC_OK) | status_bit(GMC_NOT_FOUND));
}

// GM-MAP-008 with stale_handle = denied. What is wrong with the access beside may be named instead.
void Reference::predict_stale(const Op& op, Expectation& e) const {
  if (op.kind == OpKind::kCopy) go_to_target(op, e);
  const Extent& space = extent(op);
  const bool is_write = touches(op.kind) == Touches::kWrites;
  e.effect = is_write ? Effect::kWrites : Effect::kReads;
  e.demands.status = e.demands.unmoved = Clause::kMAP8;
  e.demands.beyond = is_write ? Clause::kRW2 : Clause::kRW3;
  e.demands.beyond_dirty = Clause::kDIRTY6;
  const bool fits = op.size > 0 && space.contains(e.gpa) && op.size - 1 <= space.last - e.gpa;
  const bool is_plain = op.kind == OpKind::kRead || op.kind == OpKind::kWrite;
  StatusMask statuses = status_bit(GMC_DENIED);
  if (!fits || !is_plain) statuses |= kNotOffered | status_bit(GMC_OUT_OF_RANGE) | status_bit(GMC_MISALIGNED);
  if (op.kind == OpKind::kCopy) statuses |= status_bit(GMC_FAULT);  // of its other end
  if (has_stream(op.kind) && op.stream.cannot_move()) statuses |= kWrongKind;
  const bool moves_nothing = is_array(op.kind) ? op.count == 0 || op.room == 0 : op.size == 0;
  if (moves_nothing) statuses |= status_bit(GMC_OK);
  e.allow(statuses);
}

// GM-REG-013
void Reference::predict_total_size(const Op& op, Expectation& e) const {
  e.demands.status = e.demands.value = Clause::kREG13;
  if (op.space != 0) {
    e.allow(kNotOffered | status_bit(GMC_OK));
    return;
  }
  const bool counts_added = profile_.root().size_counts_added;
  Alternative& answer = e.allow(status_bit(GMC_OK));
  std::uint64_t total = 0;
  bool overflows = false;
  bool lacks_one = false;
  for (std::uint32_t i = 0; i < created_.regions.size(); ++i) lacks_one |= is_removed_[i] || is_inserted_[i];
  for (const MappedRegion& region : map_.regions()) {
    if (!counts_added && was_added(region.entry)) continue;
    overflows |= __builtin_add_overflow(total, region.size(), &total);
  }
  // Whether what was there at creation and is gone still counts, nobody says.
  if (overflows || (!counts_added && lacks_one)) return;
  answer.has_value = true;
  answer.value = total;
}

// Who is to blame for a wrong answer where the map is not that of creation.
void Reference::attribute_to_change(const Expectation& e, Violation& violation) const {
  const Slot& slot = slots_[e.op->space];
  const Part part = violation.divergence.part;
  if (slot.is_beside && (part == Part::kDirtyMissing || part == Part::kDirtyExtra)) violation.clause = Clause::kMAP2;
  if (!is_access(e.op->kind) || e.op->kind == OpKind::kCopy) return;
  const bool is_content = part == Part::kBytes || part == Part::kValue;
  const StatusMask not_there = status_bit(GMC_OUT_OF_RANGE) | status_bit(GMC_NOT_FOUND) | status_bit(GMC_FAULT);
  const bool is_declined = part == Part::kStatus && violation.got < GMC_STATUS_COUNT && (not_there >> violation.got & 1) != 0;
  // It shows another region, or none.
  if (slot.is_beside && (is_content || is_declined)) {
    violation.clause = slots_[0].is_open ? Clause::kMAP2 : Clause::kMAP10;
    return;
  }
  // A snapshot, while it shows what the root does.
  if (slot.in_snapshot && slot.map == nullptr) {
    if (is_content) violation.clause = Clause::kMAP2;
    return;
  }
  // It is another region's space, or none's.
  if (slot.was_handed && (is_content || is_declined)) {
    violation.clause = Clause::kMAP9;
    return;
  }
  if (slot.map != nullptr) {
    if (slot.is_stale) violation.clause = Clause::kMAP8;
    if (slot.in_snapshot) violation.clause = is_content ? Clause::kMAP2 : Clause::kMAP1;
    return;
  }
  for (const Span& span : e.walk.spans) {
    if (span.is_discarded) continue;
    const std::uint32_t entry = e.map->regions()[span.region].entry;
    if (is_declined && was_added(entry)) violation.clause = Clause::kMAP7;
    // Its bytes are those of a new region.
    if (is_content && is_inserted_[entry] && violation.got == 0) violation.clause = Clause::kMAP4;
  }
  const bool is_served = part == Part::kStatus && (violation.got == GMC_OK || violation.got == GMC_SHORT);
  const auto held_it = [&](const MappedRegion& region) { return region.contains(e.walk.stop_gpa); };
  if (is_served && e.walk.stop == Stop::kHole && std::ranges::any_of(map_.removed(), held_it)) violation.clause = Clause::kMAP3;
}

void Reference::decide_changes(const Expectation& e, const Alternative& alternative, Evidence& evidence) const {
  if (!is_access(e.op->kind) || e.op->kind == OpKind::kCopy) return;
  const Slot& slot = slots_[e.op->space];
  if (slot.is_beside) {
    if (alternative.moved > 0) evidence.add(slots_[0].is_open ? Clause::kMAP2 : Clause::kMAP10);
    return;
  }
  if (slot.was_handed) evidence.add(Clause::kMAP9);
  if (slot.map != nullptr) {
    if (slot.is_stale) evidence.add(Clause::kMAP8);
    if (!slot.in_snapshot) return;
    evidence.add(Clause::kMAP1);
    const bool is_in_both = std::ranges::any_of(
        e.walk.spans, [&](const Span& span) { return !span.is_discarded && map_.entry(e.map->regions()[span.region].entry) != nullptr; });
    if (alternative.moved > 0 && is_in_both) evidence.add(Clause::kMAP2);
    return;
  }
  for (const Span& span : e.walk.spans) {
    if (span.is_discarded) continue;
    const MappedRegion& region = e.map->regions()[span.region];
    if (was_added(region.entry) && alternative.moved > 0) evidence.add(Clause::kMAP7);
    if (is_inserted_[region.entry] && e.effect == Effect::kReads && alternative.moved > span.done &&
        stores_[region.store].was_written(span.position)) {
      evidence.add(Clause::kMAP4);
    }
  }
}

// What does not follow the root keeps the map of this moment.
void Reference::bind_spaces() {
  std::shared_ptr<const MemoryMap> before;
  for (Slot& slot : slots_) {
    if (!slot.is_open || !slot.is_bound || slot.map != nullptr) continue;
    if (before == nullptr) before = std::make_shared<const MemoryMap>(map_);
    slot.map = before;
  }
}

// GM-MAP-009: as if the region's space had been opened while the region was mapped.
void Reference::hand_out(std::uint8_t slot, const MappedRegion* region) {
  if (slot == 0 || region == nullptr || !offers_.space_open) return;
  const auto index = static_cast<std::uint32_t>(region - map_.regions().data());
  slots_[slot] = Slot{.is_open = true,
                      .kind = GMC_SPACE_REGION,
                      .region = index,
                      .extent = {.first = region->base, .last = region->last, .only_region = index},
                      .is_bound = true,
                      .was_handed = true};
}

void Reference::map_anew() {
  addresses_.assign(layout_, is_removed_);
  const MemoryMap before = std::exchange(map_, MemoryMap(layout_, profile_.root(), is_removed_));
  if (was_protected_) map_.keep_page_rights(before);
  granules_.clear();
  for (const MappedRegion& region : map_.regions()) granules_.push_back(granules_of(region, region.base, region.last));
}

// With granules of the whole memory: what a removed region has marked stays only in a granule that another region shares, and even there
// it may be gone.
void Reference::forget_granules_of(const MappedRegion& region) {
  if (profile_.root().dirty_origin != DirtyOrigin::kGpa) return;
  dirty_.settle(granule_of(region, region.base), granule_of(region, region.last), [&](DirtyLog::Mark& mark) {
    mark.state = DirtyLog::State::kMaybe;
    return std::ranges::any_of(granules_, [&](const Granules& g) { return g.first <= mark.granule && mark.granule <= g.last; });
  });
}

// The entries of the layout that are new, or back.
std::vector<std::uint32_t> Reference::change_entries(const Program& program, const Expectation& e) {
  const Op& op = *e.op;
  std::vector<std::uint32_t> come;
  const auto add = [&](const Region& region) {
    come.push_back(static_cast<std::uint32_t>(layout_.regions.size()));
    layout_.regions.push_back(region);
    is_removed_.push_back(false);
    is_inserted_.push_back(false);
  };
  switch (op.kind) {
    case OpKind::kInsert:
      come.push_back(region_of(op.other)->entry);
      layout_.regions[come.front()].base = e.gpa;
      is_removed_[come.front()] = false;
      is_inserted_[come.front()] = true;
      break;
    case OpKind::kRemove:
      is_removed_[map_.find(e.gpa)->entry] = true;
      break;
    case OpKind::kAdd:
      add(program.layouts[op.layout].regions.front());
      break;
    default:
      row_ = window_row(program.layouts[op.layout]);
      is_removed_.assign(is_removed_.size(), true);
      for (const Region& region : program.layouts[op.layout].regions) add(region);
  }
  return come;
}

// Spaces of what is gone are stale; a view shows what is there now.
void Reference::follow_change() {
  for (Slot& slot : slots_) {
    // What another memory shows stays whatever this one does.
    if (!slot.is_open || slot.is_beside || slot.extent.is_empty || slot.kind == GMC_SPACE_ROOT) continue;
    if (slot.map != nullptr) {
      slot.is_stale = !slot.in_snapshot && slot.extent.only_region && is_removed_[slot.map->regions()[*slot.extent.only_region].entry];
      continue;
    }
    const MappedRegion* const region = map_.find(slot.extent.first);
    slot.extent.only_region.reset();
    if (region != nullptr && slot.extent.last <= region->last) {
      slot.extent.only_region = static_cast<std::uint32_t>(region - map_.regions().data());
    }
  }
}

// A region that comes is clean, or as dirty as it was. Where granules are those of the memory, nobody knows the latter; and a log that
// begins all dirty may begin so again.
void Reference::mark_what_came(OpKind kind, std::span<const std::uint32_t> come) {
  const Switches& s = profile_.root();
  const bool begins_dirty = s.dirty_enable == DirtyEnable::kExplicit && s.dirty_start == DirtyStart::kAllDirty;
  const bool is_unsure = kind == OpKind::kInsert ? s.dirty_origin == DirtyOrigin::kGpa : begins_dirty;
  if (!is_tracking_ || !is_unsure) return;
  for (const std::uint32_t entry : come) {
    const MappedRegion* const region = map_.entry(entry);
    if (region != nullptr) mark_gpas(*region, region->base, region->last, DirtyLog::State::kMaybe, Clause::kDIRTY15);
  }
}

void Reference::commit_change(const Program& program, const Expectation& e) {
  const std::vector<MappedRegion> before = map_.regions();
  const Op& op = *e.op;
  if (op.kind == OpKind::kRemove) hand_out(op.opens, map_.find(e.gpa));
  bind_spaces();
  has_changed_ = true;
  const std::vector<std::uint32_t> come = change_entries(program, e);
  const auto stores_before = static_cast<std::uint32_t>(stores_.size());
  map_anew();
  stores_.resize(map_.store_count(), Bytes(Bytes::Background::kZero));
  for (std::uint32_t i = stores_before; i < map_.store_count(); ++i) stores_[i].assign(background_of(i));
  for (const MappedRegion& region : before) {
    if (map_.entry(region.entry) == nullptr) forget_granules_of(region);
  }
  follow_change();
  mark_what_came(op.kind, come);
  if (op.kind == OpKind::kAdd || op.kind == OpKind::kInsert) hand_out(op.opens, map_.entry(come.front()));
}

}  // namespace gmc
