// SPDX-License-Identifier: Apache-2.0 OR MIT
// Changes of the map: what is added, removed, brought back and replaced, so that accesses to what came and to what went are met.
#include <algorithm>
#include <bit>
#include <iterator>
#include <tuple>

#include "harness/base/page.h"
#include "harness/generate/draw.h"
#include "harness/generate/generator.h"

namespace gmc {
namespace {

// Of the programs, where the map may change: after a removal less is inside, and the memory costs more to reset. Where removals are
// favoured, more.
constexpr std::uint64_t kChangingPercent = 10;
constexpr std::uint64_t kChangingPercentMax = 60;
constexpr std::uint64_t kComingMax = 1u << 20;  // bytes of a region that is added

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) { return value % unit == 0 ? value : value + (unit - value % unit); }

}  // namespace

bool Generator::offers_changes() const { return profile_.root().map_mutation != MapMutation::kImmutable; }

// Where the next window would begin, or where none does.
void Generator::draw_positional_addition(std::vector<Region>& coming, Random& random) const {
  std::vector<Region> regions;
  for (const Region& region : layouts_.front().regions) {
    if (!region.is_window) regions.push_back(region);
  }
  const Switches& s = profile_.root();
  const std::uint64_t window = regions.size() < 2 ? 0 : regions[1].base;
  const std::uint64_t size = round_up(kPage / 2, s.region_align_size);
  if (window == 0 || size >= window) return;
  std::uint64_t base = window * regions.size();
  if (random.percent(50)) base = window * random.below(static_cast<std::uint32_t>(regions.size())) + (window - size);
  if (base % s.region_align_base == 0 && size - 1 <= s.last_address - std::min(base, s.last_address))
    coming.push_back({.base = base, .size = size});
}

// A region over a place, for when that was removed, and one behind everything.
void Generator::draw_additions(Random& random) {
  additions_.clear();
  if (!offers_changes()) return;
  const Switches& s = profile_.root();
  const std::vector<Place>& places = terrain_.places();
  std::vector<Region> coming;
  const Place& over = places[random.below(static_cast<std::uint32_t>(places.size()))];
  if (over.size <= kComingMax) coming.push_back({.base = over.base, .size = over.size});
  if (s.region_order == RegionOrder::kPositional) draw_positional_addition(coming, random);
  const std::uint64_t behind = s.region_order == RegionOrder::kPositional ? UINT64_MAX : terrain_.last_mapped();
  const std::uint64_t unit = std::max(s.region_align_base, s.region_align_size);
  const std::uint64_t size = round_up(kPage * (1 + random.below(3)), s.region_align_size);
  const std::uint64_t gap = random.percent(50) ? 0 : kPage * (1 + random.below(8));
  if (behind < UINT64_MAX - 64 * kPage - 2 * unit) {
    const std::uint64_t base = round_up(behind + 1 + gap, s.region_align_base);
    if (size - 1 <= s.last_address - std::min(base, s.last_address)) coming.push_back({.base = base, .size = size});
  }
  for (Region& region : coming) {
    if (s.backing.has(Backings::kHostPointer) && (random.percent(25) || !s.backing.has(Backings::kOwn))) region.backing = Backing::kHost;
    if (s.backing.has(Backings::kFd) && (random.percent(30) || s.backing.mask == SetOf<Backings>(Backings::kFd).mask)) {
      region.backing = Backing::kFile;
      region.file = static_cast<std::uint8_t>(random.below(kFilesMax));
    }
    region.is_read_only = random.one_in(6);
    additions_.push_back({.layout = static_cast<std::uint8_t>(layouts_.size()), .base = region.base, .size = region.size});
    layouts_.push_back(Layout{{region}});
  }
}

void Generator::start_changes(Random& random) {
  removed_ = 0;
  added_ = 0;
  is_replaced_ = false;
  return_ = {};
  again_.reset();
  may_change_ = false;
  if (!offers_changes()) return;
  const std::uint64_t favour = settings_.weights[static_cast<std::size_t>(OpKind::kRemove)];
  may_change_ =
      random.percent(static_cast<std::uint32_t>(std::min(kChangingPercentMax, kChangingPercent * favour / info(OpKind::kRemove).weight)));
}

// Often a change gives a space of its region, which accesses are aimed at and by which the region comes back.
void Generator::take_handle(Op& op, const Window& window, Random& random) {
  if (open_count_ >= kOpenSpaces || !random.percent(50)) return;
  slots_[take_slot(op)] = window;
}

// Some are ended by a fault. What is known of the map is then as before, and half of them are tried again.
void Generator::emit_change(Op& op, Random& random) {
  if (again_) {
    Random as_before = again_->second;
    again_.reset();
    return emit_whole_change(op, as_before);
  }
  const std::uint32_t fails_one_in = op.kind == OpKind::kReplace ? 4 : 10;  // it is the one that is drawn least
  if (!profile_.root().fault_sites.has(FaultSites::kChange) || !random.one_in(fails_one_in)) return emit_whole_change(op, random);
  const Random from = random;
  const auto before = std::tuple(open_count_, removed_, added_, is_replaced_, protected_);
  emit_whole_change(op, random);
  op.fail_nth = static_cast<std::uint8_t>(random.percent(70) ? 1 : 1 + random.below(3));
  if (op.kind == OpKind::kOpenSnapshot) return;  // its slot is taken, as far as a program's text can tell
  std::tie(open_count_, removed_, added_, is_replaced_, protected_) = before;
  op.opens = 0;
  if (random.percent(50)) again_.emplace(op.kind, from);
}

void Generator::emit_whole_change(Op& op, Random& random) {
  switch (op.kind) {
    case OpKind::kAdd:
      return emit_add(op, random);
    case OpKind::kInsert:
      return emit_insert(op, random);
    case OpKind::kRemove:
      return emit_remove(op, random);
    case OpKind::kReplace:
      return emit_replace(op, random);
    case OpKind::kOpenSnapshot:
      return emit_snapshot(op, random);
    default:
      return emit_protect(op, random);
  }
}

void Generator::emit_add(Op& op, Random& random) {
  const auto chosen = random.below(static_cast<std::uint32_t>(additions_.size()));
  op.layout = additions_[chosen].layout;
  added_ |= 1u << chosen;
  if (may_change_) take_handle(op, Window{.kind = GMC_SPACE_REGION, .addition = static_cast<std::uint8_t>(chosen)}, random);
}

// Exactly a region for the most part, or something like it.
void Generator::emit_remove(Op& op, Random& random) {
  const std::vector<Place>& places = terrain_.places();
  // One that was added goes again, or one that a slot is open on, which can bring it back.
  if (added_ != 0 && random.percent(30)) {
    const Addition& addition = additions_[static_cast<std::size_t>(std::countr_zero(added_))];
    op.at = {.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(addition.base)};
    op.size = addition.size;
    added_ &= added_ - 1;
    return;
  }
  std::uint32_t chosen = random.below(static_cast<std::uint32_t>(places.size()));
  if (open_count_ > 0 && random.percent(60)) {
    const Window& window = slots_[draw_open_slot(random)];
    if (window.place != kNowhere) chosen = window.place;
  }
  const Place& place = places[chosen];
  op.at = terrain_.address(place, 0);
  op.size = place.size;
  switch (random.below(16)) {
    case 0:
      op.size = draw_upto(place.size - 1, random);
      return;
    case 1:
      op.size += 1 + random.below(64);
      return;
    case 2:
      op.at = terrain_.address(place, draw_upto(place.size - 1, random));
      return;
    default:
      if (chosen < 64) removed_ |= std::uint64_t{1} << chosen;
      if (may_change_)
        take_handle(op, Window{.place = static_cast<std::uint8_t>(chosen), .end = place.size, .kind = GMC_SPACE_REGION}, random);
      return;
  }
}

// By a slot that is open on a whole region, best on one that was removed.
void Generator::emit_insert(Op& op, Random& random) {
  op.other = draw_open_slot(random);
  for (std::uint32_t i = 0; i < open_count_; ++i) {
    const Window& window = slots_[open_slots_[i]];
    if (window.place == kNowhere || window.place >= 64 || window.kind != GMC_SPACE_REGION) continue;
    if ((removed_ >> window.place & 1) != 0) op.other = open_slots_[i];
  }
  const Window& window = slots_[op.other];
  if (window.place == kNowhere) return;
  const Place& place = terrain_.places()[window.place];
  op.at = terrain_.address(place, 0);
  op.size = place.size;
  if (random.one_in(16))
    op.size += 1 + random.below(8);
  else if (window.place < 64)
    removed_ &= ~(std::uint64_t{1} << window.place);
  if (may_change_ && random.percent(40)) {
    const Window whole{.place = window.place, .end = place.size, .kind = GMC_SPACE_REGION};
    take_handle(op, whole, random);
  }
}

// True where a region has a slot that can bring it back, and there is room for the whole of it.
bool Generator::begin_return(std::uint32_t left, Random& random) {
  if (!may_change_ || left < std::size(kReturn) || !claims_.by(GMC_SPACE_ROOT, OpKind::kRemove)) return false;
  if (std::ranges::any_of(kReturn, [&](OpKind kind) { return settings_.weights[static_cast<std::size_t>(kind)] == 0; })) return false;
  // By what the removal gives.
  if (open_count_ < kOpenSpaces && random.percent(40)) {
    const auto chosen = static_cast<std::uint8_t>(random.below(static_cast<std::uint32_t>(terrain_.places().size())));
    const std::uint64_t size = std::min<std::uint64_t>(terrain_.places()[chosen].size, 1 + random.below(64));
    if (chosen < 64 && (removed_ >> chosen & 1) == 0) {
      return_ = {.left = std::size(kReturn),
                 .place = chosen,
                 .slot = 0,
                 .offset = draw_upto(terrain_.places()[chosen].size - size, random),
                 .size = size};
      return true;
    }
  }
  for (std::uint32_t i = 0; i < open_count_; ++i) {
    const Window& window = slots_[open_slots_[i]];
    if (window.place >= 64 || window.kind != GMC_SPACE_REGION || (removed_ >> window.place & 1) != 0) continue;
    const std::uint64_t size = std::min<std::uint64_t>(terrain_.places()[window.place].size, 1 + random.below(64));
    return_ = {.left = std::size(kReturn),
               .place = window.place,
               .slot = open_slots_[i],
               .offset = draw_upto(terrain_.places()[window.place].size - size, random),
               .size = size};
    return true;
  }
  return false;
}

// Between the removal and the return the region's own space may go on, as sometimes the write goes through it.
void Generator::emit_return(Op& op, Random& random) {
  const Place& place = terrain_.places()[return_.place];
  --return_.left;
  op.at = terrain_.address(place, op.kind == OpKind::kRead || op.kind == OpKind::kWrite ? return_.offset : 0);
  op.size = op.kind == OpKind::kRead || op.kind == OpKind::kWrite ? return_.size : place.size;
  if (op.kind == OpKind::kWrite && random.percent(30)) op.space = return_.slot;
  if (op.kind == OpKind::kRemove && return_.slot == 0) {
    return_.slot = take_slot(op);
    slots_[return_.slot] = Window{.place = return_.place, .end = place.size, .kind = GMC_SPACE_REGION};
  }
  if (op.kind == OpKind::kInsert) op.other = return_.slot;
}

// A candidate, or a single region: most of what was there is gone.
void Generator::emit_replace(Op& op, Random& random) {
  op.layout = static_cast<std::uint8_t>(1 + random.below(static_cast<std::uint32_t>(layouts_.size() - 1)));
  if (additions_.empty() || !random.percent(60)) return;
  const auto chosen = random.below(static_cast<std::uint32_t>(additions_.size()));
  op.layout = additions_[chosen].layout;
  added_ = 1u << chosen;
  is_replaced_ = true;
}

void Generator::emit_snapshot(Op& op, Random& random) {
  debts_.pointer = has_pointers_of_snapshots();
  const std::uint8_t slot = take_slot(op);
  const auto chosen = random.below(static_cast<std::uint32_t>(terrain_.places().size()));
  slots_[slot] =
      Window{.place = static_cast<std::uint8_t>(chosen), .first = 0, .end = terrain_.places()[chosen].size, .kind = GMC_SPACE_SNAPSHOT};
}

// Where the map has changed an access through the root is often meant for what came.
bool Generator::aims_at_addition(const Op& op, Random& random) const {
  return added_ != 0 && op.space == 0 && random.percent(is_replaced_ ? 85 : 35);
}

void Generator::aim_at_addition(Op& op, bool keeps_size, Random& random) const {
  const Addition& addition = additions_[static_cast<std::size_t>(std::countr_zero(added_))];
  if (!keeps_size && random.percent(90)) op.size = std::min(op.size, addition.size);
  const std::uint64_t room = addition.size - std::min(op.size, addition.size);
  const std::uint64_t offset = random.percent(60) ? draw_upto(room, random) : random.percent(50) ? 0 : room;
  const auto jitter = static_cast<std::uint64_t>(random.one_in(8) ? random.between(-8, 8) : 0);  // addresses wrap
  op.at = {.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(addition.base + offset + jitter)};
  // Through the space that came with it, where there is one.
  for (std::uint32_t i = 0; i < open_count_; ++i) {
    const Window& window = slots_[open_slots_[i]];
    if (window.addition < additions_.size() && additions_[window.addition].base == addition.base && random.percent(50))
      op.space = open_slots_[i];
  }
}

}  // namespace gmc
