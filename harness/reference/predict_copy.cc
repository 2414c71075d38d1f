// SPDX-License-Identifier: Apache-2.0 OR MIT
// Copies from one range to another: GM-RW-012.
#include <algorithm>
#include <bit>
#include <vector>

#include "harness/reference/reference.h"

namespace gmc {

namespace {

// What a copy does at its two ends, as operations of their own.
Op source_of(const Op& copy) { return {.kind = OpKind::kRead, .space = copy.space, .at = copy.at, .size = copy.size}; }
Op target_of(const Op& copy) { return {.kind = OpKind::kWrite, .space = copy.other, .at = copy.at2, .size = copy.size}; }

}  // namespace

// What one range shows through two regions on one file is copied in an order that the contract leaves open.
bool Reference::is_decided_copy(const Op& op) const {
  const Op source = source_of(op);
  const Op target = target_of(op);
  if (slots_[source.space].is_beside || slots_[target.space].is_beside) return false;  // from one memory into another
  if (!is_decided(source) || !is_decided(target)) return false;
  const MemoryMap& read = map_of(source);
  const MemoryMap& written = map_of(target);
  const auto is_shared = [](const MappedRegion& region) { return region.is_shared; };
  if (op.size == 0 || (!has_changed_ && std::ranges::none_of(map_.regions(), is_shared))) return true;
  Walk from;
  Walk to;
  read.walk(extent(source), address_of(source), op.size, Right::kNone, switches(source), from);
  written.walk(extent(target), address_of(target), op.size, Right::kNone, switches(target), to);
  // Whether two pieces show a byte of one backing through two regions.
  const auto meet = [](const Span& a, const MemoryMap& map, const Span& b, const MemoryMap& other_map) {
    if (a.is_discarded || b.is_discarded) return false;
    const MappedRegion& shown = map.regions()[a.region];
    const MappedRegion& shown_again = other_map.regions()[b.region];
    if (shown.store != shown_again.store || shown.entry == shown_again.entry) return false;
    return a.position < b.position + b.size && b.position < a.position + a.size;
  };
  return std::ranges::none_of(to.spans, [&](const Span& b) {
    return std::ranges::any_of(from.spans, [&](const Span& a) { return meet(a, read, b, written); }) ||
           std::ranges::any_of(to.spans, [&](const Span& a) { return meet(a, written, b, written); });
  });
}

// Why a copy fails at the end that `e` is of: the status of each reason. Fills e.walk.
StatusMask Reference::reasons_against_end(const Op& end, Expectation& e) const {
  e.effect = end.kind == OpKind::kWrite ? Effect::kWrites : Effect::kReads;
  e.map->walk(extent(end), e.address, end.size, end.kind == OpKind::kWrite ? Right::kWrite : Right::kRead, switches(end), e.walk);
  if (e.walk.stop == Stop::kNone) return 0;
  return status_of(e.walk.stop) | status_of(other_reason(end, e));
}

// From here on the expectation is that of the target, but for `source`.
void Reference::go_to_target(const Op& op, Expectation& e) const {
  e.source.address = e.address;
  e.source.gpa = e.gpa;
  e.source.map = e.map;
  std::swap(e.walk, e.source.walk);
  e.slot = op.other;
  e.map = &map_of(op.other);
  e.gpa = addresses_.resolve(op.at2).raw;
  e.address = e.gpa - extent(target_of(op)).first;
  e.space_kind = slots_[op.other].kind;
}

void Reference::predict_copy(const Op& op, Expectation& e) const {
  const Op source = source_of(op);
  const Op target = target_of(op);
  Demands& d = e.demands;
  d.status = d.count = d.effect = d.beyond = Clause::kRW12;
  d.beyond_dirty = Clause::kDIRTY6;
  const bool is_offered = switches(source).has_copy && switches(target).has_copy;
  const bool passes = is_within(*e.map, extent(source), e.address, switches(source).zero_length_bytes);
  const StatusMask unreadable = op.size == 0 || !is_offered ? 0 : reasons_against_end(source, e);
  Alternative failure;
  if (unreadable != 0) name_failed_byte(source, e, failure);
  go_to_target(op, e);
  e.effect = Effect::kWrites;
  e.granules_requested = op.size;
  if (!is_offered) {
    e.allow(status_bit(GMC_UNSUPPORTED));
    return;
  }
  if (op.size == 0) {
    const bool both_pass = passes && is_within(*e.map, extent(target), e.address, switches(target).zero_length_bytes);
    e.allow(status_bit(both_pass ? GMC_OK : GMC_OUT_OF_RANGE)).count_rule = CountRule::kIfGiven;
    return;
  }
  const StatusMask unwritable = reasons_against_end(target, e);
  if (unwritable != 0) name_failed_byte(target, e, failure);
  const StatusMask reasons = unreadable | unwritable;
  if (reasons != 0) {
    // Which of several reasons is looked at first, and so which byte is named, is the backend's affair.
    const bool is_one = std::has_single_bit(reasons) && (unreadable == 0 || unwritable == 0);
    if (!is_one) failure = Alternative{};
    failure.statuses = reasons;
    failure.count_rule = CountRule::kIfGiven;
    e.allow(reasons) = failure;
    return;
  }
  d.beyond = Clause::kRW2;
  d.dirty = Clause::kDIRTY2;
  d.beyond_dirty = Clause::kDIRTY5;
  Alternative& done = e.allow(status_bit(GMC_OK));
  done.moved = op.size;
  done.count = op.size;
  done.count_rule = CountRule::kIfGiven;
}

// Through a buffer. What is open stays so where it arrives.
void Reference::commit_copy(const Expectation& e, const Alternative& alternative) {
  // An end that is refused before it is looked up has no map, and nothing walked.
  const auto touch = [&](const MemoryMap* map, const Walk& walk) {
    for (const Span& span : walk.spans) {
      if (!span.is_discarded) stores_[map->regions()[span.region].store].touch(span.position, std::min(span.size, kTransferMax));
    }
  };
  touch(e.source.map, e.source.walk);
  if (alternative.moved == 0) return touch(e.map, e.walk);
  std::vector<std::uint8_t> bytes(alternative.moved, static_cast<std::uint8_t>(switches(*e.op).discard_value));
  std::vector<Bytes::Doubt> doubts;
  for (const Span& span : e.source.walk.spans) {
    if (span.is_discarded) continue;
    const Bytes& store = stores_[e.source.map->regions()[span.region].store];
    store.read(span.position, std::span(bytes).subspan(span.done, span.size));
    store.add_doubts(span.position, span.size, span.done, doubts);
  }
  for (const Span& span : e.walk.spans) {
    if (span.is_discarded) continue;
    const MappedRegion& region = e.map->regions()[span.region];
    if (is_tracking_ && profile_.root().dirty_source == DirtySource::kContentDiff)
      save_before_write(region, span.gpa, span.gpa + (span.size - 1));
    stores_[region.store].write(span.position, std::span(bytes).subspan(span.done, span.size));
    for (const Bytes::Doubt& doubt : doubts) {
      if (doubt.at >= span.done && doubt.at - span.done < span.size)
        stores_[region.store].doubt(span.position + (doubt.at - span.done), doubt);
    }
  }
}

}  // namespace gmc
