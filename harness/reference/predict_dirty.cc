// SPDX-License-Identifier: Apache-2.0 OR MIT
// Dirty tracking: group GM-DIRTY, as far as one thread decides it.
#include <algorithm>
#include <bit>

#include "harness/base/check.h"
#include "harness/reference/reference.h"

namespace gmc {

namespace {

// Whether a sparse harvest, ascending as it has to be, reports granule `number`.
bool has_bit(std::span<const GmcDirtyWord> sparse, std::uint64_t number) {
  const auto word = std::lower_bound(sparse.begin(), sparse.end(), number / 64,
                                     [](const GmcDirtyWord& w, std::uint64_t index) { return w.index < index; });
  return word != sparse.end() && word->index == number / 64 && (word->bits >> (number % 64) & 1) != 0;
}

}  // namespace

Granule Reference::granule_of(const MappedRegion& region, std::uint64_t gpa) const {
  if (profile_.root().dirty_origin == DirtyOrigin::kGpa) return {.table = 0, .number = gpa >> granule_shift_};
  return {.table = region.entry + 1, .number = (gpa - region.base) >> granule_shift_};
}

Reference::Granules Reference::granules_of(const MappedRegion& region, std::uint64_t first, std::uint64_t last) const {
  const Granule from = granule_of(region, first);
  const std::uint64_t absolute = from.table == 0 ? from.number : (region.base >> granule_shift_) + from.number;
  return {.first = from, .last = granule_of(region, last), .absolute = absolute};
}

const DirtyLog::Mark* Reference::mark_at(const MappedRegion& region, std::uint64_t gpa) const {
  return dirty_.find(granule_of(region, gpa));
}

std::vector<Reference::Granules> Reference::granules_in(const Slot& slot) const {
  const MemoryMap& map = map_of(slot);
  std::vector<Granules> parts;
  map.for_each_part(slot.extent, [&](std::uint32_t i, std::uint64_t first, std::uint64_t last) {
    parts.push_back(granules_of(map.regions()[i], first, last));
  });
  return parts;
}

std::optional<std::uint64_t> Reference::dense_granule_count(std::uint8_t slot) const {
  const Extent& space = slots_[slot].extent;
  if (!space.only_region || space.is_empty) return std::nullopt;
  return granules_of(map_of(slots_[slot]).regions()[*space.only_region], space.first, space.last).count();
}

// A granule of a region whose base is not a multiple of the granule has no number in the memory's own addresses.
bool Reference::sparse_is_possible() const {
  const Switches& s = profile_.root();
  if (s.dirty_origin == DirtyOrigin::kGpa) return true;
  return std::all_of(map_.regions().begin(), map_.regions().end(), [&](const MappedRegion& r) { return r.base % s.dirty_granule == 0; });
}

void Reference::mark_gpas(const MappedRegion& region, std::uint64_t first, std::uint64_t last, DirtyLog::State state, Clause why) {
  dirty_.set(granule_of(region, first), granule_of(region, last), state, why);
}

void Reference::start_tracking(DirtyStart start) {
  is_tracking_ = true;
  dirty_.clear();
  saved_.clear();
  if (start != DirtyStart::kAllDirty) return;
  for (const MappedRegion& region : map_.regions()) {
    mark_gpas(region, region.base, region.last, DirtyLog::State::kDirty, Clause::kDIRTY15);
  }
}

// GM-DIRTY-015
void Reference::predict_track(const Op& op, Expectation& e) const {
  e.demands.status = e.demands.dirty = e.demands.beyond_dirty = Clause::kDIRTY15;
  e.demands.beyond = Clause::kINV2;
  e.allow(op.space == 0 ? status_bit(GMC_OK) : kNotOffered);
}

// GM-DIRTY-009
void Reference::predict_mark(const Op& op, Expectation& e) const {
  e.demands.status = e.demands.dirty = e.demands.beyond_dirty = Clause::kDIRTY9;
  e.demands.beyond = Clause::kINV2;
  e.granules_requested = op.size;
  e.allow(status_bit(GMC_OK) | (is_tracking_ ? 0 : status_bit(GMC_BAD_STATE)));
}

const MappedRegion* Reference::covered_by(const Expectation& e, std::uint32_t store, const ByteRange& range) const {
  const Op& op = *e.op;
  const Extent space = extent(op);
  if (space.is_empty || e.address > UINT64_MAX - space.first) return nullptr;
  for (const MappedRegion& region : e.map->regions()) {
    if (region.store != store || region.is_shared || range.base < region.store_offset) continue;
    const std::uint64_t offset = range.base - region.store_offset;
    if (offset >= region.size() || range.size > region.size() - offset) continue;
    const std::uint64_t first = region.base + offset;
    const bool is_shown = first >= space.first && first + (range.size - 1) <= space.last;
    const std::uint64_t from = space.first + e.address;
    if (is_shown && from <= first && first - from < op.size && range.size <= op.size - (first - from)) return &region;
  }
  return nullptr;
}

bool Reference::covers(const Expectation& e, std::uint32_t store, const ByteRange& range) const {
  return covered_by(e, store, range) != nullptr;
}

// GM-DIRTY-008, and GM-SLICE-006: what is behind a pointer is the memory.
void Reference::write_behind(Expectation& e, std::uint32_t store, std::uint64_t position, std::span<const std::uint8_t> bytes) {
  const MappedRegion* const region = covered_by(e, store, {position, bytes.size()});
  GMC_CHECK(region != nullptr, store, position);
  const std::uint64_t first = region->base + (position - region->store_offset);
  e.written_behind = {first, bytes.size()};
  e.demands.beyond = Clause::kSLICE6;
  if (is_tracking_ && profile_.root().dirty_source == DirtySource::kContentDiff) {
    save_before_write(*region, first, first + (bytes.size() - 1));
    mark_gpas(*region, first, first + (bytes.size() - 1), DirtyLog::State::kMaybe, Clause::kDIRTY8);
  }
  stores_[store].write(position, bytes);
}

void Reference::commit_mark(const Expectation& e, Evidence& evidence) {
  if (!is_tracking_ || e.op->size == 0) return;
  const Extent space = extent(*e.op);
  if (e.written_behind.size > 0) {
    const std::uint64_t from = e.written_behind.base;
    const MappedRegion* const region = e.map->find(from);
    mark_gpas(*region, from, from + (e.written_behind.size - 1), DirtyLog::State::kDirty, Clause::kDIRTY8);
    evidence.add(Clause::kDIRTY8);
  }
  // Behind a region near the top of memory there is space where there are no guest addresses.
  const bool begins_beyond = e.address > UINT64_MAX - space.first;
  const std::uint64_t first = space.first + e.address;
  // Saturates: a range that wraps ends with the address space.
  const std::uint64_t last = begins_beyond || e.op->size - 1 > UINT64_MAX - first ? UINT64_MAX : first + (e.op->size - 1);
  e.map->for_each_part(space, [&](std::uint32_t i, std::uint64_t part_first, std::uint64_t part_last) {
    const MappedRegion& region = e.map->regions()[i];
    // A byte of the range that is outside the space and inside its first or last granule: by the arithmetic of granules it marks that
    // granule, and whoever first cuts the range to the space does not. Both are accepted.
    for (const Granule edge : {granule_of(region, part_first), granule_of(region, part_last)}) {
      const std::uint64_t start = (edge.table == 0 ? 0 : region.base) + edge.number * profile_.root().dirty_granule;
      const std::uint64_t end = start + (profile_.root().dirty_granule - 1);
      const bool ends_beyond = end < start;
      const bool begins_in_front = begins_beyond ? ends_beyond && first <= end : ends_beyond || first <= end;
      if (begins_in_front && start <= last) dirty_.set(edge, DirtyLog::State::kMaybe, Clause::kDIRTY9);
    }
    if (begins_beyond || first > part_last || last < part_first) return;
    mark_gpas(region, std::max(first, part_first), std::min(last, part_last), DirtyLog::State::kDirty, Clause::kDIRTY9);
  });
}

// GM-DIRTY-010, -011, -014
void Reference::predict_harvest(const Op& op, Expectation& e) const {
  e.demands.status = Clause::kDIRTY11;
  e.demands.count = Clause::kDIRTY10;
  e.demands.dirty = e.demands.beyond_dirty = Clause::kDIRTY11;
  e.demands.beyond = Clause::kINV2;
  const bool is_there = op.form == HarvestForm::kDense ? offers_.harvest_dense : offers_.harvest_sparse;
  const HarvestModes mode = op.mode == HarvestMode::kRead    ? HarvestModes::kRead
                            : op.mode == HarvestMode::kClear ? HarvestModes::kClear
                                                             : HarvestModes::kBoth;
  const auto granules = dense_granule_count(op.space);
  if (!is_there || !switches(op).harvest.has(mode) || (op.form == HarvestForm::kDense && !granules)) {
    // While tracking is off either reason may be named.
    e.allow(kNotOffered | (is_tracking_ ? 0 : status_bit(GMC_BAD_STATE)));
    return;
  }
  // Through another memory the bases that count are its own, and it is asked where they allow it.
  if (op.form == HarvestForm::kSparse && !slots_[op.space].is_beside && !sparse_is_possible()) {
    e.allow(kNotOffered | (is_tracking_ ? 0 : status_bit(GMC_BAD_STATE)));
    return;
  }
  if (!is_tracking_) {
    e.demands.status = Clause::kDIRTY14;
    e.allow(status_bit(GMC_BAD_STATE));
    return;
  }
  Alternative& answer = e.allow(status_bit(GMC_OK));
  if (op.form == HarvestForm::kDense && op.mode != HarvestMode::kClear) {
    answer.count_rule = CountRule::kRequired;
    answer.count = (*granules + 63) / 64;
  }
}

// The bytes of `region` that lie in `granule`, by offset in the region.
ByteRange Reference::bytes_of(const MappedRegion& region, Granule granule) const {
  const std::uint64_t size = profile_.root().dirty_granule;
  const std::uint64_t start = granule.number * size;
  if (granule.table != 0) return {start, std::min(size, region.size() - start)};
  const std::uint64_t from = std::max(region.base, start);
  const std::uint64_t to = std::min(region.last, start + (size - 1));
  return {from - region.base, to - from + 1};
}

// With content_diff a mark says that the granule was written; whether it must be reported depends on what it holds now.
bool Reference::has_changed(const DirtyLog::Mark& mark) const {
  for (auto it = saved_.lower_bound({mark.granule, 0}); it != saved_.end() && it->first.first == mark.granule; ++it) {
    const MappedRegion& region = map_.regions()[it->first.second];
    // An open byte may hold the old value still.
    if (stores_[region.store].compare(region.store_offset + bytes_of(region, mark.granule).base, it->second)) return true;
  }
  return false;
}

void Reference::save_granules(const MappedRegion& region, std::uint64_t first, std::uint64_t last) {
  const auto index = static_cast<std::uint32_t>(&region - map_.regions().data());
  Granule g = granule_of(region, first);
  const std::uint64_t count = granule_of(region, last).number - g.number + 1;
  for (std::uint64_t i = 0; i < count; ++i, ++g.number) {
    if (saved_.contains({g, index})) continue;
    const ByteRange range = bytes_of(region, g);
    const std::uint64_t position = region.store_offset + range.base;
    // Where a byte is open nobody knows what was clean, and no difference is demanded: then nothing is kept.
    std::vector<std::uint8_t> bytes(stores_[region.store].is_open(position, range.size) ? 0 : range.size);
    stores_[region.store].read(position, bytes);
    saved_.emplace(std::pair(g, index), std::move(bytes));
  }
}

void Reference::forget_saved(Granule granule) { saved_.erase(saved_.lower_bound({granule, 0}), saved_.upper_bound({granule, UINT32_MAX})); }

// Calls visit(region, first, last) for the bytes from `first` to `last` of `region` and for the same bytes in every other region on them.
template <typename Visit>
void Reference::for_each_alias(const MappedRegion& region, std::uint64_t first, std::uint64_t last, Visit visit) const {
  visit(region, first, last);
  if (!region.is_shared) return;
  const std::uint64_t from = region.store_offset + (first - region.base);
  const std::uint64_t to = region.store_offset + (last - region.base);
  for (const MappedRegion& other : map_.regions()) {
    const std::uint64_t end = other.store_offset + (other.last - other.base);
    if (&other == &region || other.store != region.store || to < other.store_offset || end < from) continue;
    visit(other, other.base + (std::max(from, other.store_offset) - other.store_offset),
          other.base + (std::min(to, end) - other.store_offset));
  }
}

void Reference::save_before_write(const MappedRegion& region, std::uint64_t first, std::uint64_t last) {
  for_each_alias(region, first, last, [&](const MappedRegion& r, std::uint64_t from, std::uint64_t to) { save_granules(r, from, to); });
}

// Who looks at contents sees the bytes change wherever they show; everybody else sees the region that was written through.
void Reference::log_write(const MappedRegion& region, std::uint64_t first, std::uint64_t last, DirtyLog::State state, Clause why) {
  if (profile_.root().dirty_source != DirtySource::kContentDiff) return mark_gpas(region, first, last, state, why);
  for_each_alias(region, first, last,
                 [&](const MappedRegion& r, std::uint64_t from, std::uint64_t to) { mark_gpas(r, from, to, state, why); });
}

// GM-DIRTY-002, -004, -009: a granule that has to be reported is.
std::optional<Violation> Reference::judge_mark(const DirtyLog::Mark& mark, bool is_reported) const {
  if (is_reported) return std::nullopt;
  const bool must = mark.state == DirtyLog::State::kDirty || has_changed(mark);
  if (!must) return std::nullopt;
  return Violation{.clause = mark.why, .divergence = {.part = Part::kDirtyMissing}, .at = mark.granule.number, .expected = 1, .got = 0};
}

// GM-DIRTY-005: none is that may not; and none before its moment, which GM-DIRTY-002 speaks of.
std::optional<Violation> Reference::judge_reported(Granule granule) const {
  if (dirty_.find(granule) != nullptr) return std::nullopt;
  return Violation{.clause = is_awaited(granule) ? Clause::kDIRTY2 : Clause::kDIRTY5,
                   .divergence = {.part = Part::kDirtyExtra},
                   .at = granule.number,
                   .expected = 0,
                   .got = 1};
}

// The bits of word `index` of a sparse harvest that stand for granules of the region.
std::uint64_t Reference::bits_of(const Granules& granules, std::uint64_t index) {
  const std::uint64_t first = granules.absolute;
  const std::uint64_t last = first + (granules.count() - 1);
  if (index < first / 64 || index > last / 64) return 0;
  const std::uint64_t from = index == first / 64 ? ~std::uint64_t{0} << (first % 64) : ~std::uint64_t{0};
  const std::uint64_t to = index == last / 64 ? ~std::uint64_t{0} >> (63 - last % 64) : ~std::uint64_t{0};
  return from & to;
}

std::optional<Violation> Reference::extra_in_dense(const Granules& granules, std::span<const std::uint64_t> dense) const {
  for (std::uint64_t word = 0; word < dense.size(); ++word) {
    for (std::uint64_t bits = dense[word]; bits != 0; bits &= bits - 1) {
      const std::uint64_t index = word * 64 + static_cast<std::uint64_t>(std::countr_zero(bits));
      if (index >= granules.count()) {  // GM-DIRTY-010: there is no such granule
        return Violation{.clause = Clause::kDIRTY10, .divergence = {.part = Part::kDirtyExtra}, .at = index, .expected = 0, .got = 1};
      }
      if (auto violation = judge_reported({granules.first.table, granules.first.number + index})) return violation;
    }
  }
  return std::nullopt;
}

std::optional<Violation> Reference::judge_dense(const Granules& granules, std::span<const std::uint64_t> dense) const {
  const auto bit = [&](std::uint64_t index) { return (dense[index / 64] >> (index % 64) & 1) != 0; };
  GMC_CHECK(dense.size() >= (granules.count() + 63) / 64, dense.size(), granules.count());
  for (const DirtyLog::Mark& mark : dirty_.between(granules.first, granules.last)) {
    if (auto violation = judge_mark(mark, bit(mark.granule.number - granules.first.number))) return violation;
  }
  return extra_in_dense(granules, dense);
}

// GM-DIRTY-010: words that ascend, with bits of granules that the space has.
std::optional<Violation> Reference::malformed_sparse(std::span<const Granules> parts, std::span<const GmcDirtyWord> sparse) const {
  const auto malformed = [](std::uint64_t at, std::uint64_t got) {
    return Violation{.clause = Clause::kDIRTY10, .divergence = {.part = Part::kDirtyExtra}, .at = at, .expected = 0, .got = got};
  };
  for (std::size_t i = 0; i < sparse.size(); ++i) {
    const GmcDirtyWord& word = sparse[i];
    if (word.bits == 0 || (i > 0 && word.index <= sparse[i - 1].index)) return malformed(word.index * 64, word.bits);
    std::uint64_t nobodys = word.bits;
    for (const Granules& granules : parts) nobodys &= ~bits_of(granules, word.index);
    if (nobodys != 0) return malformed(word.index * 64 + static_cast<std::uint64_t>(std::countr_zero(nobodys)), 1);
  }
  return std::nullopt;
}

std::optional<Violation> Reference::extra_in_sparse(std::span<const Granules> parts, std::span<const GmcDirtyWord> sparse) const {
  for (const GmcDirtyWord& word : sparse) {
    for (const Granules& granules : parts) {
      for (std::uint64_t bits = word.bits & bits_of(granules, word.index); bits != 0; bits &= bits - 1) {
        const std::uint64_t number = word.index * 64 + static_cast<std::uint64_t>(std::countr_zero(bits));
        if (auto violation = judge_reported({granules.first.table, granules.first.number + (number - granules.absolute)})) return violation;
      }
    }
  }
  return std::nullopt;
}

std::optional<Violation> Reference::judge_sparse(std::span<const Granules> parts, std::span<const GmcDirtyWord> sparse) const {
  // The form comes first: of an answer in other numbers it makes no sense to ask what is missing.
  if (auto violation = malformed_sparse(parts, sparse)) return violation;
  for (const Granules& granules : parts) {
    for (const DirtyLog::Mark& mark : dirty_.between(granules.first, granules.last)) {
      const std::uint64_t number = granules.absolute + (mark.granule.number - granules.first.number);
      if (auto violation = judge_mark(mark, has_bit(sparse, number))) return violation;
    }
  }
  return extra_in_sparse(parts, sparse);
}

std::optional<Violation> Reference::extra_in_harvest(const Op& op, std::span<const Granules> parts, const Answer& answer) const {
  if (op.form == HarvestForm::kDense) return extra_in_dense(parts.front(), answer.dense.first((parts.front().count() + 63) / 64));
  auto violation = malformed_sparse(parts, answer.sparse);
  return violation ? violation : extra_in_sparse(parts, answer.sparse);
}

std::optional<Violation> Reference::judge_harvest(const Expectation& e, const Answer& answer) const {
  const Op& op = *e.op;
  if (op.mode == HarvestMode::kClear) return std::nullopt;
  if (op.space == 0) return judge_sparse(granules_, answer.sparse);
  const std::vector<Granules> parts = granules_in(slots_[op.space]);
  // GM-DIRTY-016: bits of a range that lie where its parent's do not. They come before what is missing, whose cause is elsewhere.
  if (slots_[op.space].kind == GMC_SPACE_RANGE) {
    if (auto violation = extra_in_harvest(op, parts, answer)) {
      if (violation->clause != Clause::kDIRTY2) violation->clause = Clause::kDIRTY16;
      return violation;
    }
  }
  if (op.form == HarvestForm::kSparse) return judge_sparse(parts, answer.sparse);
  return judge_dense(parts.front(), answer.dense.first((parts.front().count() + 63) / 64));
}

// What becomes of a mark that a harvest showed or not; true where it stays.
bool Reference::settle(DirtyLog::Mark& mark, bool is_reported, HarvestMode mode) {
  if (is_reported && mode == HarvestMode::kRead) {
    // What was shown and not cleared stays, whatever had demanded it before; but who compares contents shows it no more once the old ones
    // are back.
    if (profile_.root().dirty_source != DirtySource::kContentDiff) mark = {mark.granule, DirtyLog::State::kDirty, Clause::kDIRTY11};
    return true;
  }
  // It is clean now: it was cleared, or it might have been dirty and is not.
  forget_saved(mark.granule);
  return false;
}

void Reference::commit_harvest(const Op& op, const Answer& answer, Evidence& evidence) {
  const bool is_range = slots_[op.space].kind == GMC_SPACE_RANGE;
  bool had_marks = false;
  const std::vector<Granules> own_parts = op.space == 0 ? std::vector<Granules>{} : granules_in(slots_[op.space]);
  for (const Granules& granules : op.space == 0 ? granules_ : own_parts) {
    const auto is_reported = [&](Granule granule) {
      const std::uint64_t index = granule.number - granules.first.number;
      if (op.mode == HarvestMode::kClear) return true;
      if (op.form == HarvestForm::kSparse) return has_bit(answer.sparse, granules.absolute + index);
      return (answer.dense[index / 64] >> (index % 64) & 1) != 0;
    };
    dirty_.settle(granules.first, granules.last, [&](DirtyLog::Mark& mark) {
      had_marks = true;
      if (op.mode != HarvestMode::kClear && mark.state == DirtyLog::State::kDirty) evidence.add(mark.why);
      return settle(mark, is_reported(mark.granule), op.mode);
    });
  }
  if (had_marks) evidence.add(Clause::kDIRTY11);
  if (op.mode == HarvestMode::kClear) return;
  if (is_range) evidence.add(Clause::kDIRTY16);
  evidence.add(Clause::kDIRTY5);
  evidence.add(Clause::kDIRTY10);
}

// GM-DIRTY-002, -004, -005, -006
void Reference::commit_dirty(const Expectation& e, const Alternative& alternative, Evidence& evidence) {
  const Switches& s = profile_.root();
  // What waits may be written before tracking is turned on, and marks afterwards.
  const bool may_mark_later = waits_for_release(e.slot) && e.effect == Effect::kWrites;
  if ((!is_tracking_ && !may_mark_later) || s.dirty_source == DirtySource::kNone) return;
  const bool is_host_tracked = s.dirty_source == DirtySource::kHostApi || s.dirty_source == DirtySource::kHostAndGuest;
  if (e.effect != Effect::kWrites) {
    evidence.add(e.demands.beyond_dirty);
    return;
  }
  // GM-DIRTY-007: a compare-exchange that changed nothing may mark, or not.
  if ((alternative.statuses & status_bit(GMC_MISMATCH)) != 0 && e.op->kind == OpKind::kCompareExchange) {
    const Span& span = e.walk.spans.front();
    if (marks_are_open(e.op->space)) {
      return mark_in_memory(e.slot, e.map->regions()[span.region], span.gpa, span.gpa + (span.size - 1));
    }
    log_write_through(e.slot, e.map->regions()[span.region], span.gpa, span.gpa + (span.size - 1), DirtyLog::State::kMaybe,
                      Clause::kDIRTY7);
    return;
  }
  for (const Span& span : e.walk.spans) {
    if (span.is_discarded || span.done >= alternative.moved) continue;
    const std::uint64_t size = std::min(span.size, alternative.moved - span.done);
    // Granules of the whole memory belong to what is mapped now.
    const MappedRegion& written = e.map->regions()[span.region];
    if (marks_are_open(e.op->space)) {
      mark_in_memory(e.slot, written, span.gpa, span.gpa + (size - 1));
      continue;
    }
    const bool is_shown = !has_changed_ || s.dirty_origin == DirtyOrigin::kRegion || map_.entry(written.entry) != nullptr;
    const bool must = is_host_tracked && is_tracking_ && !alternative.is_open && is_shown;
    log_write_through(e.slot, e.map->regions()[span.region], span.gpa, span.gpa + (size - 1),
                      must ? DirtyLog::State::kDirty : DirtyLog::State::kMaybe, e.demands.dirty);
  }
  if (is_tracking_) {
    evidence.add(alternative.moved > 0 ? e.demands.dirty : Clause::kDIRTY6);
    evidence.add(e.demands.beyond_dirty);
  }
  // Only a call that wrote something may mark more than it wrote, or one that a descriptor failed.
  const bool approximates = s.dirty_precision == DirtyPrecision::kOverApprox && alternative.moved > 0;
  if (!approximates && !e.marks_target) return;
  if (marks_are_open(e.op->space)) {
    for (const MappedRegion& region : e.map->regions()) mark_in_memory(e.slot, region, region.base, region.last);
    return;
  }
  const Extent space = slots_[e.slot].extent;
  const std::uint64_t last = e.granules_requested - 1 > UINT64_MAX - e.gpa ? UINT64_MAX : e.gpa + (e.granules_requested - 1);
  for (std::uint32_t i = 0; i < e.map->regions().size(); ++i) {
    const MappedRegion& region = e.map->regions()[i];
    if ((space.only_region && *space.only_region != i) || e.gpa > region.last || last < region.base) continue;
    const std::uint64_t from = std::max(e.gpa, region.base);
    const std::uint64_t to = std::min(last, region.last);
    if (waits_for_release(e.slot)) {
      let_wait(e.slot, region, from, to, DirtyLog::State::kMaybe, Clause::kDIRTY5);
    } else {
      mark_gpas(region, from, to, DirtyLog::State::kMaybe, Clause::kDIRTY5);
    }
  }
}

}  // namespace gmc
