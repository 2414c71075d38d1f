// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/adapters/reference/answering.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <map>

#include "harness/base/check.h"

namespace gmc {

namespace {

bool fits_a_register(const Op& op) { return op.size == 1 || op.size == 2 || op.size == 4 || op.size == 8; }

// Brings the first `moved` bytes of the range into `bytes`.
void bring(const Reference& reference, const Op& op, const Expectation& e, std::uint64_t moved, std::span<std::uint8_t> bytes) {
  const Switches& switches = reference.profile().of(reference.kind_of(op.space));
  for (const Span& span : e.walk.spans) {
    if (span.done >= moved) break;
    const std::span<std::uint8_t> piece = bytes.subspan(span.done, std::min(span.size, moved - span.done));
    if (span.is_discarded) {
      std::fill(piece.begin(), piece.end(), static_cast<std::uint8_t>(switches.discard_value));
    } else {
      reference.store(e.map->regions()[span.region].store).read(span.position, piece);
    }
  }
}

// The granules that are dirty or may be, of the bytes from `first` to `last` of region `r`, by their distance from that of its first byte.
std::vector<std::uint64_t> marked(const Reference& reference, const MappedRegion& r, std::uint64_t first, std::uint64_t last) {
  const Switches& s = reference.profile().root();
  const bool from_zero = s.dirty_origin == DirtyOrigin::kGpa;
  const std::uint32_t table = from_zero ? 0 : r.entry + 1;
  const std::uint64_t origin = from_zero ? 0 : r.base;
  const std::uint64_t number = (first - origin) / s.dirty_granule;
  std::vector<std::uint64_t> indices;
  for (const DirtyLog::Mark& mark : reference.dirty().between({table, number}, {table, (last - origin) / s.dirty_granule})) {
    indices.push_back(mark.granule.number - number);
  }
  return indices;
}

void report_dense(const Reference& reference, const Op& op, AnswerRoom& room) {
  room.dense.assign((*reference.dense_granule_count(op.space) + 63) / 64, 0);
  const MemoryMap& map = reference.map_of(op.space);
  map.for_each_part(reference.extent_of(op.space), [&](std::uint32_t region, std::uint64_t first, std::uint64_t last) {
    for (const std::uint64_t index : marked(reference, map.regions()[region], first, last)) {
      room.dense[index / 64] |= std::uint64_t{1} << (index % 64);
    }
  });
}

void list_regions(const Reference& reference, const Op& op, AnswerRoom& room) {
  room.regions.clear();
  std::vector<const MappedRegion*> order;
  for (const MappedRegion& region : reference.map().regions()) order.push_back(&region);
  if (reference.profile().of(reference.kind_of(op.space)).iteration_order == IterationOrder::kAsGiven) {
    std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->entry < b->entry; });
  }
  for (const MappedRegion* region : order) {
    const std::uint32_t rights = reference.layout().regions[region->entry].is_read_only ? GMC_RIGHT_READ : GMC_RIGHT_READ | GMC_RIGHT_WRITE;
    room.regions.push_back({.base = region->base, .size = region->size(), .rights = rights, .reserved = 0});
  }
}

// What stands where an atomic operation looks, which decides a compare-exchange: the alternative that is the answer.
std::size_t decide_atomic(const Reference& reference, const Op& op, AnswerRoom& room, Answer& answer) {
  if (room.expectation.walk.spans.empty()) return 0;
  std::array<std::uint8_t, 16> old{};
  const auto there = std::span(old).first(op.size);
  reference.current(op, there);
  std::memcpy(&answer.outcome.value, old.data(), sizeof answer.outcome.value);
  answer.expected = room.expected;
  if (op.kind != OpKind::kCompareExchange) {
    if (!room.expectation.returns_old) answer.outcome.value = 0;
    return 0;
  }
  if (std::equal(there.begin(), there.end(), room.expected.begin())) return 0;
  if (!room.found.empty()) {
    std::copy(there.begin(), there.end(), room.found.begin());
    answer.found = room.found;
  }
  return 1;
}

// What a read, a harvest or a list brings, into the room and the outcome.
void fill(const Reference& reference, const Op& op, AnswerRoom& room, const Alternative& chosen, Answer& answer) {
  const Expectation& e = room.expectation;
  if (e.effect == Effect::kReads) {
    if (op.kind == OpKind::kLoad && fits_a_register(op)) {
      if (answer.outcome.status != GMC_OK) return;
      bring(reference, op, e, op.size, std::span(reinterpret_cast<std::uint8_t*>(&answer.outcome.value), op.size));
      if constexpr (std::endian::native == std::endian::big) answer.outcome.value >>= 64 - 8 * op.size;
      return;
    }
    bring(reference, op, e, chosen.moved, room.bytes);
  }
  if (answer.outcome.status != GMC_OK) return;
  if (op.kind == OpKind::kRegions) {
    list_regions(reference, op, room);
    answer.regions = room.regions;
    answer.outcome.flags |= GMC_HAS_COUNT;
    answer.outcome.count = room.regions.size();
  }
  if (op.kind != OpKind::kHarvest || op.mode == HarvestMode::kClear) return;
  if (op.form == HarvestForm::kDense) {
    report_dense(reference, op, room);
    answer.dense = room.dense;
  } else {
    room.sparse = sparse_words(reference, op.space);
    answer.sparse = room.sparse;
    answer.outcome.flags |= GMC_HAS_COUNT;
    answer.outcome.count = room.sparse.size();
  }
}

}  // namespace

std::vector<GmcDirtyWord> sparse_words(const Reference& reference, std::uint8_t slot) {
  const std::uint64_t granule = reference.profile().root().dirty_granule;
  std::map<std::uint64_t, std::uint64_t> words;
  // Where granules are counted from regions, regions begin at granules: then both counts agree.
  const MemoryMap& map = reference.map_of(slot);
  map.for_each_part(reference.extent_of(slot), [&](std::uint32_t region, std::uint64_t first, std::uint64_t last) {
    for (const std::uint64_t index : marked(reference, map.regions()[region], first, last)) {
      const std::uint64_t number = first / granule + index;
      words[number / 64] |= std::uint64_t{1} << (number % 64);
    }
  });
  std::vector<GmcDirtyWord> sparse;
  for (const auto& [index, bits] : words) sparse.push_back({index, bits});
  return sparse;
}

Answered choose_answer(const Reference& reference, const Program& program, const Op& op, AnswerRoom& room,
                       std::optional<std::uint16_t> seen) {
  GMC_CHECK(reference.runs(op), op.space);
  Expectation& e = room.expectation;
  reference.predict(program, op, e);
  Answered answered;
  auto& [answer, judgement] = answered;
  const auto has_seen = [&](const Alternative& a) { return seen && *seen < GMC_STATUS_COUNT && (a.statuses >> *seen & 1) != 0; };
  if (is_atomic(op.kind)) judgement.alternative = decide_atomic(reference, op, room, answer);
  if (!is_atomic(op.kind) || (seen != GMC_OK && seen != GMC_MISMATCH)) {
    const auto alternatives = std::span(e.alternatives).first(e.alternative_count);
    const auto found = std::ranges::find_if(alternatives, has_seen);
    if (found != alternatives.end()) judgement.alternative = static_cast<std::size_t>(found - alternatives.begin());
  }
  const Alternative& chosen = e.alternatives[judgement.alternative];
  answer.outcome.status = has_seen(chosen) ? *seen : static_cast<std::uint16_t>(std::countr_zero(chosen.statuses));
  if (chosen.count_rule == CountRule::kRequired) {
    answer.outcome.flags |= GMC_HAS_COUNT;
    answer.outcome.count = chosen.count;
  }
  if (chosen.has_failed_at) {
    answer.outcome.flags |= GMC_HAS_ADDRESS;
    answer.outcome.address = chosen.failed_at;
  }
  if (chosen.has_value) answer.outcome.value = chosen.value;
  if (e.effect == Effect::kReads && !room.bytes.empty()) answer.poison = room.bytes.front();
  answer.bytes = room.bytes;
  if (!is_atomic(op.kind)) fill(reference, op, room, chosen, answer);
  if (op.kind == OpKind::kSlices && answer.outcome.status != GMC_UNSUPPORTED) {
    room.pieces = reference.slices_of(op);
    answer.pieces = room.pieces;
    answer.outcome.flags |= GMC_HAS_COUNT;
    answer.outcome.count = room.pieces.size();
  }
  return answered;
}

GmcOutcome answer(Reference& reference, const Program& program, const Op& op, AnswerRoom& room) {
  const Answered answered = choose_answer(reference, program, op, room);
  // The buffer of a read arrives as the caller left it, so that what stays untouched in it is nobody's business here.
  reference.commit(program, room.expectation, answered.judgement, answered.answer, room.evidence);
  return answered.answer.outcome;
}

}  // namespace gmc
