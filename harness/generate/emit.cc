// SPDX-License-Identifier: Apache-2.0 OR MIT
// The operations of a program: which operands each kind gets, and where it is aimed.
#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "harness/base/page.h"
#include "harness/generate/draw.h"
#include "harness/generate/generator.h"

namespace gmc {
namespace {

constexpr std::uint64_t kSubmitTransfer = 4096;  // bytes of one operation of a list: all buffers of a list live at once

// A bit for every operation that writes, so that asking is not a call.
constexpr std::uint64_t writing_kinds() {
  std::uint64_t kinds = 0;
#define GMC_OP(name, text, operands, touches, weight, state) \
  kinds |= std::uint64_t{Touches::k##touches == Touches::kWrites ? 1u : 0u} << static_cast<unsigned>(OpKind::k##name);
#include "harness/program/ops.def"
  return kinds;
}
static_assert(kOpKindCount <= 64);
bool writes(OpKind kind) { return ((writing_kinds() >> static_cast<unsigned>(kind)) & 1) != 0; }

// How far an access lies before the mark that it is aimed at: it begins there, ends there, or lies across it.
enum Shift : std::uint8_t { kBegins, kEnds, kAcross };
constexpr std::uint8_t kShifts[8] = {kBegins, kBegins, kBegins, kBegins, kEnds, kEnds, kAcross, kAcross};
// Off by a little, for one mark in four and for most spots.
constexpr std::int8_t kJitters[64] = {0, 0, 0, 0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0,  0,   0, 0, 0,
                                      0, 0, 0, 0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0,  0,   0, 0, 0,
                                      0, 0, 0, 0, -1, 1, -2, 2, -3, 3, -4, 4, -7, 7, -8, 8, -9, 12, -16, 16};
constexpr std::int8_t kSpotJitters[16] = {0, 0, 0, 0, 0, -1, -1, 1, 1, -2, 2, 3, -8, 8, -33, 64};

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------- Operations

void Generator::emit_bytes(Op& op, Random& random) {
  const Target target = draw_target(op.kind, writes(op.kind), random);
  op.size = draw_length(random);
  aim(op, target, false, random);
  if (!gaps_.empty() && !in_submit_ && op.space == 0 && random.one_in(settings_.stretched_one_in)) [[unlikely]]
    stretch(op, random);
  if (op.kind == OpKind::kFill) {
    op.data = Pattern{.kind = PatternKind::kByte, .byte = static_cast<std::uint8_t>(random.next()), .immediate_size = 0, .immediate = {}};
    // It brings no buffer, so that its size may be anything; where it would not end for long, it is not.
    const bool is_bounded = !terrain_.has_huge() && profile_.root().hole_kind != HoleKind::kDiscard;
    if (is_bounded && !in_submit_ && random.one_in(128)) op.size = UINT64_MAX >> random.below(3);
  } else if (writes(op.kind)) {
    draw_payload(op, random);
    if (op.space == 0) written_ = {.at = op.at, .size = op.size};
  }
}

// From one place to another, or to a place near it, so that the two ends overlap.
void Generator::emit_copy(Op& op, Random& random) {
  op.size = draw_length(random);
  if (random.percent(40)) {
    aim(op, draw_target(op.kind, false, random), false, random);
    Op target{.kind = OpKind::kWrite, .size = op.size};
    aim(target, draw_target(op.kind, true, random), false, random);
    op.size = target.size;
    op.other = target.space;
    op.at2 = target.at;
    return;
  }
  const std::uint64_t distance = draw_upto(op.size, random);
  op.size += distance;
  aim(op, draw_target(op.kind, true, random), false, random);  // both ends as one range
  op.size -= std::min(op.size, distance);
  op.at2 = op.at;
  op.at2.delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(op.at.delta) + distance);
  op.other = op.space;
  if (random.percent(50)) std::swap(op.at, op.at2);
  // One end through another space, where that one has copies too.
  if (claims_.only_beneath(OpKind::kCopy)) return;
  if (random.percent(20)) op.space = 0;
  if (random.percent(20)) op.other = 0;
}

// Holes that are as wide as layouts have them for the most part, and not so wide that the access alone costs what a program does.
void Generator::find_gaps() {
  constexpr std::uint64_t kGapMax = 16 * kPage;
  gaps_.clear();
  if (settings_.stretched_one_in == 0) return;
  const std::vector<Place>& places = terrain_.places();
  for (std::size_t i = 0; i + 1 < places.size(); ++i) {
    const std::uint64_t end = places[i].base + places[i].size;
    if (places[i + 1].base > end && places[i + 1].base - end <= kGapMax) gaps_.push_back(static_cast<std::uint8_t>(i));
  }
}

// From the last bytes of a region over the hole to the first ones of the next (GM-XR-003).
void Generator::stretch(Op& op, Random& random) const {
  const std::uint8_t index = gaps_[random.below(static_cast<std::uint32_t>(gaps_.size()))];
  const Place& below = terrain_.places()[index];
  const std::uint64_t hole = terrain_.places()[index + 1].base - (below.base + below.size);
  const std::uint64_t before = std::min<std::uint64_t>(below.size, 1 + random.below(64));
  op.at = terrain_.address(below, below.size - before);
  op.size = before + hole + 1 + random.below(64);
}

void Generator::emit_typed(Op& op, Random& random) {
  const Target target = draw_target(op.kind, writes(op.kind), random);
  op.size = typed_sizes_[random.below(static_cast<std::uint32_t>(typed_sizes_.size()))];
  aim(op, target, true, random);
  if (op.kind == OpKind::kStore) draw_payload(op, random);
}

// Aligned for the most part, with an order that it may have, and a compare-exchange that finds what it expects half of the time.
void Generator::emit_atomic(Op& op, Random& random) {
  static constexpr std::uint8_t kLoadOrders[] = {GMC_ORDER_RELAXED, GMC_ORDER_ACQUIRE, GMC_ORDER_SEQ_CST, GMC_ORDER_SEQ_CST};
  static constexpr std::uint8_t kStoreOrders[] = {GMC_ORDER_RELAXED, GMC_ORDER_RELEASE, GMC_ORDER_SEQ_CST, GMC_ORDER_SEQ_CST};
  const bool is_load = op.kind == OpKind::kAtomicLoad;
  const Target target = draw_target(op.kind, !is_load, random);
  op.size = atomic_sizes_[random.below(static_cast<std::uint32_t>(atomic_sizes_.size()))];
  aim(op, target, true, random);
  if (random.percent(85)) align(op);
  const auto order = [&](std::span<const std::uint8_t> usual) {
    return random.one_in(16) ? static_cast<std::uint8_t>(random.below(7)) : usual[random.below(4)];
  };
  op.order = is_load                           ? order(kLoadOrders)
             : op.kind == OpKind::kAtomicStore ? order(kStoreOrders)
             : random.one_in(32)               ? std::uint8_t{200}
                                               : static_cast<std::uint8_t>(random.below(5));
  if (!is_load) draw_payload(op, random);
  if (op.kind != OpKind::kCompareExchange) return;
  op.failure_order = order(kLoadOrders);
  op.expected.kind = random.percent(55) ? PatternKind::kSame : PatternKind::kUnique;
  if (random.one_in(5)) op.expected.kind = PatternKind::kByte;
}

// Moves an access down to where it is naturally aligned, in guest addresses or by its distance from the region's first byte.
void Generator::align(Op& op) const {
  if (op.size < 2) return;
  std::uint64_t origin = 0;
  if (op.at.anchor == Anchor::kRegionStart || op.at.anchor == Anchor::kRegionEnd) {
    const Region& region = layouts_.front().regions[op.at.index];
    if (profile_.root().align_basis == AlignBasis::kGpa) origin = region.base;
    if (op.at.anchor == Anchor::kRegionEnd) origin += region.size;
  }
  const std::uint64_t at = origin + static_cast<std::uint64_t>(op.at.delta);
  op.at.delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(op.at.delta) - at % op.size);  // deltas wrap
}

void Generator::emit_range(Op& op, Random& random) {
  const bool marks = op.kind == OpKind::kMark;
  if (marks && reports_pointer(op, random)) return;
  const Target target = draw_target(op.kind, marks, random);
  op.size = draw_length(random);
  aim(op, target, false, random);
  if (!marks)
    op.rights = static_cast<std::uint8_t>(random.percent(60)   ? GMC_RIGHT_READ
                                          : random.percent(60) ? GMC_RIGHT_WRITE
                                                               : GMC_RIGHT_READ | GMC_RIGHT_WRITE);
  if (op.kind == OpKind::kHostAddress) {
    aim_pointer(op, random);
    note_pointer(op, random);
  }
  // No buffer, and any size is legal. Over a sparse region the marks would be without number.
  if ((marks && terrain_.has_huge()) || !random.one_in(16)) return;
  switch (random.below(5)) {
    case 0:
      op.size = UINT64_MAX - random.below(3);
      break;
    case 1:
      op.size = (std::uint64_t{1} << 63) - 1 + random.below(3);
      break;
    case 2:
      op.size = (std::uint64_t{1} << 32) - 1 + random.below(3);
      break;
    case 3: {
      const Window whole = window_of(target);
      op.space = target.slot;
      op.at = terrain_.address(place_of(target), whole.first);
      op.size = whole.end - whole.first;
      break;
    }
    default:
      op.size = UINT64_MAX - draw_upto(kPage * 2, random);
      break;
  }
}

void Generator::emit_dump(Op& op, Random& random) {
  const std::uint64_t needed = terrain_.last_mapped() >= kTransferMax ? kPage : terrain_.last_mapped() + 1;
  switch (random.below(8)) {
    case 0:
      op.size = needed - 1;
      break;
    case 1:
      op.size = needed + 1;
      break;
    case 2:
      op.size = random.percent(50) ? 0 : needed + kPage;
      break;
    default:
      op.size = needed;
      break;
  }
  op.size = std::min(op.size, in_submit_ ? kSubmitTransfer : kTransferMax);
}

void Generator::emit_find(Op& op, Random& random) {
  Target target = draw_target(op.kind, false, random);
  if (op.kind == OpKind::kFind) target.slot = 0;
  op.size = 1;  // for the aim only
  aim(op, target, true, random);
  op.size = 0;
}

// The sum is the point: near regions' edges, whatever lies between, and sometimes beyond 2^64.
void Generator::emit_offset(Op& op, Random& random) {
  const Target target = draw_target(op.kind, false, random);
  if (random.percent(25)) {
    op.size = draw_length(random);
    aim(op, target, true, random);
    if (random.percent(20)) op.size = UINT64_MAX - random.below(4);
    return;
  }
  const Place& place = place_of(target);
  const std::uint64_t from = draw_upto(place.size - 1, random);
  const std::vector<Place>& places = terrain_.places();
  const Place& to = target.slot != 0 ? place : places[random.below(static_cast<std::uint32_t>(places.size()))];
  std::uint64_t offset = random.percent(50) ? draw_upto(to.size - 1, random) : random.percent(50) ? 0 : to.size;
  offset += static_cast<std::uint64_t>(random.between(-1, 1));
  op.space = target.slot;
  op.at = terrain_.address(place, from);
  op.size = to.base + offset - (place.base + from);
}

void Generator::emit_harvest(Op& op, Random& random) {
  const SetOf<HarvestModes> offered = profile_.root().harvest;
  static constexpr HarvestMode kModes[] = {HarvestMode::kRead, HarvestMode::kClear, HarvestMode::kBoth};
  std::uint32_t choice = random.below(3);
  const bool as_offered = !settings_.unclaimed || !random.one_in(32);
  while (as_offered && !offered.empty() && !offered.has(static_cast<HarvestModes>(choice))) choice = (choice + 1) % 3;
  op.mode = kModes[choice];
  op.form = HarvestForm::kSparse;
  if (profile_.root().fault_sites.has(FaultSites::kHarvest) && random.one_in(12))
    op.fail_nth = static_cast<std::uint8_t>(1 + random.below(3));
  if (open_count_ == 0 || (!dense_only_ && random.percent(40))) return;
  op.space = draw_open_slot(random);
  if (dense_only_ || random.percent(70)) op.form = HarvestForm::kDense;
}

// Mostly the very next use; a later one is met where a call looks at several regions.
void Generator::emit_arm(Op& op, Random& random) {
  const SetOf<FaultSites> sites = profile_.root().fault_sites;
  if (random.one_in(10)) return;  // disarms
  op.fault = static_cast<std::uint8_t>(1 + random.below(GMC_FAULT_COUNT - 1));
  const bool as_offered = !settings_.unclaimed || !random.one_in(16);
  while (as_offered && !sites.empty() && !sites.has(static_cast<FaultSites>(op.fault - 1))) {
    op.fault = static_cast<std::uint8_t>(1 + op.fault % (GMC_FAULT_COUNT - 1));
  }
  if (!as_offered && random.percent(50)) op.fault = static_cast<std::uint8_t>(GMC_FAULT_COUNT + random.below(250));
  op.count = random.percent(60) ? 1 : 1 + random.below(4);
}

// The first slot that is free.
std::uint8_t Generator::take_slot(Op& op) {
  std::uint8_t slot = 1;
  while (std::find(open_slots_.begin(), open_slots_.begin() + open_count_, slot) != open_slots_.begin() + open_count_) ++slot;
  op.opens = slot;
  open_slots_[open_count_++] = slot;
  slots_[slot] = Window{};
  return slot;
}

void Generator::emit_open(Op& op, Random& random) {
  const std::uint8_t slot = take_slot(op);
  if (random.one_in(40)) {
    op.at = terrain_.draw_spot(terrain_.has_spots(SpotKind::kHole) ? SpotKind::kHole : SpotKind::kTop, random);
    return;
  }
  const std::vector<Place>& places = terrain_.places();
  const auto chosen = random.below(static_cast<std::uint32_t>(places.size()));
  const Place& place = places[chosen];
  const std::uint64_t offset = random.percent(50) ? 0 : random.percent(30) ? place.size - 1 : draw_upto(place.size - 1, random);
  op.at = terrain_.address(place, offset);
  slots_[slot] = Window{.place = static_cast<std::uint8_t>(chosen), .first = 0, .end = place.size, .kind = GMC_SPACE_REGION};
}

// Of the root or of an open space: up to its end, a little beyond it, without a byte, of a few granules, or of any size.
void Generator::emit_open_range(Op& op, Random& random) {
  const Target target = open_count_ > 0 && random.percent(50) ? draw_target(op.kind, false, random)
                                                              : Target{.place = targets_[0][random.below(kTargetTable)], .slot = 0};
  const std::uint64_t align = profile_.root().views && random.percent(95) ? profile_.root().view_align : 1;
  const std::uint8_t slot = take_slot(op);
  op.space = target.slot;
  if (profile_.root().views && target.slot == 0 && random.percent(25)) return emit_view_over_holes(op, target.place, random);
  const Place& place = place_of(target);
  const Window whole = window_of(target);
  const std::uint64_t room = whole.end - whole.first;
  const std::uint64_t far = random.percent(30)   ? 0
                            : random.percent(50) ? draw_upto(std::min<std::uint64_t>(room, 64), random)
                                                 : draw_upto(room, random);
  const std::uint64_t from = whole.first + std::min(room, far / align * align);
  const std::uint64_t left = whole.end - from;
  switch (random.below(8)) {
    case 0:
      op.size = 0;
      break;
    case 1:
      op.size = left;
      break;
    case 2:
      op.size = left + (random.percent(60) ? align : draw_length(random));
      break;
    case 3:
      op.size = std::min(left, kPage * (1 + random.below(3)) + random.below(64));
      break;
    case 4:
      op.size = std::min(left, draw_length(random));
      break;
    default:
      op.size = draw_upto(left, random);
      break;
  }
  op.size = op.size / align * align;
  op.at = terrain_.address(place, from);
  if (op.size > 0 && op.size <= left) {
    slots_[slot] = Window{.place = target.place, .first = from, .end = from + op.size};
  }
  slots_[slot].kind = GMC_SPACE_RANGE;
  slots_[slot].parent = target.slot;
  slots_[slot].is_beside = slots_[target.slot].is_beside;
}

// A view that begins in front of a region or ends behind it: over holes, over where windows end, and into the next region.
void Generator::emit_view_over_holes(Op& op, std::uint8_t chosen, Random& random) {
  const std::uint64_t align = profile_.root().view_align;
  const std::uint64_t last_address = profile_.root().last_address;
  const std::vector<Place>& places = terrain_.places();
  const Place& place = places[chosen];
  const auto draw_outside = [&](std::uint64_t room) { return draw_upto(std::min(room, random.percent(50) ? 64 : 4 * kPage), random); };
  std::uint64_t first = random.percent(50) ? place.base - draw_outside(place.base) : place.base + draw_upto(place.size - 1, random);
  first = first / align * align;
  const bool reaches_next = chosen + 1u < places.size() && random.percent(50);
  std::uint64_t last = (reaches_next ? places[chosen + 1].base : place.base + place.size) - 1;
  last += draw_outside(last_address - std::min(last, last_address));
  op.size = (last - first + 1) / align * align;
  op.at = terrain_.address(place, first - place.base);
  if (op.size == 0 || first + (op.size - 1) < place.base) return;
  // Accesses are aimed at the place from its first byte on.
  slots_[op.opens] = Window{
      .place = chosen, .first = std::max(first, place.base) - place.base, .end = first + op.size - place.base, .kind = GMC_SPACE_RANGE};
}

bool Generator::is_parent(std::uint8_t slot) const {
  return std::any_of(open_slots_.begin(), open_slots_.begin() + open_count_,
                     [&](std::uint8_t other) { return slots_[other].parent == slot; });
}

void Generator::emit_close(Op& op, Random& random) {
  std::uint32_t chosen = random.below(open_count_);
  // What others were opened on is closed after them, but for where the profile says that they outlive it: then it is closed first.
  const bool seeks_parent = profile_.root().spaces_outlive && random.percent(70);
  for (std::uint32_t i = 0; i < open_count_ && is_parent(open_slots_[chosen]) != seeks_parent; ++i) chosen = (chosen + 1) % open_count_;
  op.space = open_slots_[chosen];
  slots_[op.space] = Window{};
  open_slots_[chosen] = open_slots_[--open_count_];
}

void Generator::emit_overlap(Op& op, Random& random) {
  const std::uint32_t first = random.below(open_count_);
  const std::uint32_t second = (first + 1 + random.below(open_count_ - 1)) % open_count_;
  op.space = open_slots_[first];
  op.other = open_slots_[second];
}

// --------------------------------------------------------------------------------------------------------------------------- Aim

std::uint8_t Generator::slot_that_claims(OpKind kind, Random& random) const {
  const std::uint32_t first = open_count_ > 0 ? random.below(open_count_) : 0;
  for (std::uint32_t i = 0; i < open_count_; ++i) {
    const std::uint8_t slot = open_slots_[(first + i) % open_count_];
    if (slots_[slot].place != kNowhere && claims_.by(slots_[slot].kind, kind)) return slot;
  }
  return 0;
}

std::uint8_t Generator::draw_space(OpKind kind, Random& random) const {
  if (claims_.only_beneath(kind)) return slot_that_claims(kind, random);
  return open_count_ > 0 && random.percent(70) ? draw_open_slot(random) : std::uint8_t{0};
}

Generator::Target Generator::draw_target(OpKind kind, bool writes, Random& random) {
  if (claims_.only_beneath(kind) && !random.one_in(kElsewhereOneIn)) [[unlikely]] {
    const std::uint8_t slot = slot_that_claims(kind, random);
    if (slot != 0) return Target{.place = slots_[slot].place, .slot = slot};
  }
  if (open_count_ > 0 && (random.percent(swarm_.space_percent) || is_destroyed_)) {
    const std::uint8_t slot = draw_open_slot(random);
    if (slots_[slot].place != kNowhere) return Target{.place = slots_[slot].place, .slot = slot};
  }
  Target target{.place = targets_[writes ? 1 : 0][random.below(kTargetTable)], .slot = 0};
  // What was removed is asked for too, but mostly what is there.
  for (int i = 0; i < 3 && removed_ != 0 && target.place < 64 && (removed_ >> target.place & 1) != 0 && random.percent(75); ++i) {
    target.place = targets_[writes ? 1 : 0][random.below(kTargetTable)];
  }
  return target;
}

Generator::Window Generator::window_of(Target target) const {
  return target.slot != 0 ? slots_[target.slot] : Window{.place = target.place, .first = 0, .end = place_of(target).reach};
}

std::uint64_t Generator::draw_length(Random& random) const {
  const std::uint64_t length = lengths_[random.below(kLengthTable)];
  return in_submit_ ? std::min(length, kSubmitTransfer) : length;
}

void Generator::aim(Op& op, Target target, bool keeps_size, Random& random) {
  op.space = target.slot;
  if (aims_at_addition(op, random)) [[unlikely]]
    return aim_at_addition(op, keeps_size, random);
  if (random.percent(swarm_.inside_percent)) return aim_inside(op, target, keeps_size, random);
  aim_at_spot(op, target, random);
}

// One draw and hardly a branch: a mispredicted one costs as much as all the arithmetic.
void Generator::aim_inside(Op& op, Target target, bool keeps_size, Random& random) {
  const std::uint64_t bits = random.next();
  const Mark& hot = hot_[bits & (kHotCount - 1)];
  const bool is_hot = ((bits >> 8) & 127) * 100 < swarm_.hot_percent * 128u && (target.slot == 0 || hot.place == target.place);
  const Mark& mark = is_hot ? hot : marks_[target.place * kMarks + ((bits >> 16) & (kMarks - 1))];
  const Place& place = terrain_.places()[mark.place];
  const Window window = target.slot == 0 ? Window{.first = 0, .end = place.reach} : slots_[target.slot];
  const std::uint64_t size = std::min(op.size, window.end - window.first);
  if (!keeps_size) op.size = size;
  const std::uint64_t shifts[3] = {0, size, ((bits >> 40) * (size + 1)) >> 24};
  const std::uint64_t shift = std::min(mark.offset, shifts[kShifts[(bits >> 24) & 7]]);
  const std::uint64_t jitter = static_cast<std::uint64_t>(std::int64_t{kJitters[(bits >> 27) & 63]});
  const std::uint64_t offset = mark.offset - shift + jitter;
  // What the jitter took below the first byte is a huge number here, and comes to lie at the end.
  op.at = terrain_.address(place, std::min(std::max(offset, window.first), window.end - size));
}

void Generator::aim_at_spot(Op& op, Target target, Random& random) {
  const std::uint64_t bits = random.next();
  if (target.slot != 0 && (bits & 1) != 0) {
    const Window& window = slots_[target.slot];
    op.at = terrain_.address(place_of(target), (bits & 2) != 0 ? window.first : window.end);
  } else {
    op.at = terrain_.draw_spot(spots_[random.below(kSpotTable)], random);
  }
  const std::uint64_t shifts[3] = {0, op.size, ((bits >> 40) * (op.size + 1)) >> 24};
  const std::uint64_t jitter = static_cast<std::uint64_t>(std::int64_t{kSpotJitters[(bits >> 20) & 15]});
  op.at.delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(op.at.delta) + jitter - shifts[kShifts[(bits >> 24) & 7]]);
}

void Generator::draw_payload(Op& op, Random& random) {
  if (random.percent(swarm_.unique_percent)) return;
  Pattern& data = op.data;
  switch (random.below(4)) {
    case 0:  // what a list's earlier calls leave there is not known before it runs
      data.kind = in_submit_ ? PatternKind::kUnique : PatternKind::kSame;
      return;
    case 1:
      data.kind = PatternKind::kByte;
      return;
    case 2:
      data.kind = PatternKind::kByte;
      data.byte = static_cast<std::uint8_t>(random.next());
      return;
    default:
      break;
  }
  data.kind = PatternKind::kImmediate;
  data.immediate_size = static_cast<std::uint8_t>(1 + random.below(16));
  for (std::uint8_t i = 0; i < data.immediate_size; ++i) data.immediate[i] = static_cast<std::uint8_t>(random.next());
}

}  // namespace gmc
