// SPDX-License-Identifier: Apache-2.0 OR MIT
// References to objects, arrays, and lists of slices: GM-SLICE-003 to -005 and GM-XR-005.
#include <algorithm>
#include <bit>

#include "harness/reference/reference.h"

namespace gmc {

namespace {

constexpr std::uint64_t kArrayMax = INT64_MAX;  // bytes
constexpr std::uint64_t kPieceMin = 4096;       // bytes of a piece that does not end with its region, as far as room is brought for it

}  // namespace

// GM-SLICE-003
void Reference::predict_reference(const Op& op, Expectation& e) const {
  e.demands.status = e.demands.value = e.demands.bytes = Clause::kSLICE3;
  e.demands.beyond_dirty = Clause::kDIRTY8;
  if (!std::has_single_bit(op.size) || op.size > 8) {
    e.allow(kNotOffered);
    return;
  }
  const Extent& space = extent(op);
  const MappedRegion* region = e.map->is_mapped_in(space, e.address) ? e.map->find(e.gpa) : nullptr;
  if (region == nullptr) {
    e.allow(status_bit(GMC_OUT_OF_RANGE));
    return;
  }
  const std::uint64_t position = region->store_offset + (e.gpa - region->base);
  const std::uint64_t there = std::min(op.size, region->last - e.gpa + 1);
  StatusMask reasons = 0;
  if (op.size - 1 > std::min(region->last, space.last) - e.gpa) reasons |= status_bit(GMC_OUT_OF_RANGE);
  if (position % op.size != 0) reasons |= status_bit(GMC_MISALIGNED);
  if (e.map->permitted(*region, e.gpa, there, right_asked(op)) < there) reasons |= status_bit(GMC_DENIED);
  if (reasons != 0) {
    e.allow(reasons);
    return;
  }
  e.walk.spans.push_back({.done = 0,
                          .size = op.size,
                          .gpa = e.gpa,
                          .region = static_cast<std::uint32_t>(region - e.map->regions().data()),
                          .position = position});
  e.walk.reached = op.size;
  e.allow(status_bit(GMC_OK));
}

// GM-SLICE-004, -005. What is moved is the walk.
void Reference::predict_array(const Op& op, Effect effect, Expectation& e) const {
  Demands& d = e.demands;
  e.effect = effect;
  d.status = d.count = d.unmoved = d.beyond = Clause::kSLICE4;
  d.beyond_dirty = Clause::kDIRTY6;
  if (!offers(op)) {
    e.allow(kNotOffered);
    return;
  }
  if (op.count > kArrayMax / op.size) {
    e.allow(status_bit(GMC_OUT_OF_RANGE) | status_bit(GMC_INVALID_ARGUMENT)).count_rule = CountRule::kIfGiven;
    return;
  }
  const Extent& space = extent(op);
  const std::uint64_t whole = op.count * op.size;
  const MappedRegion* region = e.map->is_mapped_in(space, e.address) ? e.map->find(e.gpa) : nullptr;
  const bool fits = whole == 0 ? is_within(*e.map, space, e.address, switches(op).zero_length_slice)
                               : region != nullptr && whole - 1 <= std::min(region->last, space.last) - e.gpa;
  if (!fits || whole == 0) {
    e.allow(status_bit(fits ? GMC_OK : GMC_OUT_OF_RANGE)).count_rule = CountRule::kIfGiven;
    return;
  }
  const std::uint64_t elements = std::min(op.count, op.room);
  const std::uint64_t moved = elements * op.size;
  const std::uint64_t permitted = e.map->permitted(*region, e.gpa, whole, effect == Effect::kWrites ? Right::kWrite : Right::kRead);
  const bool may_be_denied = permitted < whole;
  if (moved > permitted) {
    e.allow(status_bit(GMC_DENIED)).count_rule = CountRule::kIfGiven;
    return;
  }
  d.status = d.count = d.bytes = d.unmoved = d.effect = Clause::kSLICE5;
  d.beyond = effect == Effect::kWrites ? Clause::kRW2 : Clause::kRW3;
  d.dirty = Clause::kDIRTY2;
  if (effect == Effect::kWrites) d.beyond_dirty = Clause::kDIRTY5;
  if (moved > 0) {
    e.walk.spans.push_back({.done = 0,
                            .size = moved,
                            .gpa = e.gpa,
                            .region = static_cast<std::uint32_t>(region - e.map->regions().data()),
                            .position = region->store_offset + (e.gpa - region->base)});
  }
  e.walk.reached = moved;
  e.granules_requested = whole;
  Alternative& done = e.allow(status_bit(GMC_OK));
  done.moved = moved;
  done.count_rule = CountRule::kRequired;
  done.count = elements;
  if (may_be_denied) e.allow(status_bit(GMC_DENIED));
}

std::vector<GmcPiece> Reference::slices_of(const Op& op) const {
  std::vector<GmcPiece> pieces;
  const MemoryMap& map = map_of(op);
  const Extent& space = extent(op);
  const std::uint64_t address = address_of(op);
  for (std::uint64_t done = 0; done < op.size;) {
    const std::uint64_t at = address + done;
    if (at < address || !map.is_mapped_in(space, at)) break;
    const std::uint64_t gpa = space.first + at;
    const MappedRegion& region = *map.find(gpa);
    // To the region's end, which may be that of the address space.
    const std::uint64_t more = std::min({std::min(region.last, space.last) - gpa, op.size - done - 1, UINT64_MAX - at});
    pieces.push_back({.address = at, .size = more + 1});
    done += more + 1;
    if (at + more == UINT64_MAX) break;
  }
  return pieces;
}

// GM-XR-005
void Reference::predict_slices(const Op& op, Expectation& e) const {
  e.demands.status = e.demands.count = Clause::kXR5;
  e.demands.beyond_dirty = Clause::kDIRTY8;
  if (op.size == 0) {
    e.allow(status_bit(GMC_OK) | status_bit(GMC_OUT_OF_RANGE));
    return;
  }
  const std::vector<GmcPiece> pieces = slices_of(op);
  for (const GmcPiece& piece : pieces) e.walk.reached += piece.size;
  const bool needs_room = op.size / kPieceMin + 2 * pieces.size() > kPiecesMax;
  StatusMask statuses = status_bit(GMC_OK);
  if (e.walk.reached < op.size) {
    // The first byte that is not there decides, and one behind 2^64 is in no window.
    const std::uint64_t stop = e.gpa + e.walk.reached;
    const bool faults = switches(op).hole_kind == HoleKind::kFault && e.map->in_window(stop);
    statuses = status_bit(GMC_OUT_OF_RANGE) | (faults ? status_bit(GMC_FAULT) : 0);
  }
  e.allow(statuses | (needs_room ? status_bit(GMC_INVALID_ARGUMENT) : 0));
}

// The pieces that an outcome counts: of a failure they are those in front of it.
std::optional<Violation> Reference::judge_slices(const Expectation& e, const Answer& answer) const {
  const GmcOutcome& outcome = answer.outcome;
  const bool is_ok = outcome.status == GMC_OK;
  const auto wrong = [](Part part, std::uint64_t at, std::uint64_t expected, std::uint64_t got) {
    return Violation{.clause = Clause::kXR5, .divergence = {.part = part}, .at = at, .expected = expected, .got = got};
  };
  const bool has_count = (outcome.flags & GMC_HAS_COUNT) != 0;
  if (is_ok && !has_count && e.op->size > 0) return wrong(Part::kCount, 0, 1, 0);
  if (!has_count) return std::nullopt;
  if (outcome.count > answer.pieces.size()) return wrong(Part::kCount, 0, answer.pieces.size(), outcome.count);
  std::uint64_t covered = 0;
  for (std::uint64_t i = 0; i < outcome.count; ++i) {
    const GmcPiece& piece = answer.pieces[i];
    if (covered == e.op->size || piece.address != e.address + covered) return wrong(Part::kRegions, i, e.address + covered, piece.address);
    const std::uint64_t left = e.walk.reached - covered;
    const MappedRegion* const region = left == 0 ? nullptr : e.map->find(e.gpa + covered);
    const std::uint64_t longest = region == nullptr ? 0 : std::min(left, region->last - (e.gpa + covered) + 1);
    if (piece.size == 0 || piece.size > longest) return wrong(Part::kRegions, i, longest, piece.size);
    covered += piece.size;
  }
  if (is_ok && covered != e.op->size) return wrong(Part::kCount, 0, outcome.count + 1, outcome.count);
  return std::nullopt;
}

}  // namespace gmc
