// SPDX-License-Identifier: Apache-2.0 OR MIT
// Two memories that share a region: what the one writes the other reads, and sometimes the first one goes before the end.
#include <algorithm>
#include <iterator>

#include "harness/generate/draw.h"
#include "harness/generate/generator.h"

namespace gmc {
namespace {

// Of the programs; where it is favoured, more. A memory that is destroyed has to be made anew for the next program.
constexpr std::uint64_t kSharingPercent = 3;
constexpr std::uint64_t kSharingPercentMax = 40;
constexpr std::uint32_t kEndingPercent = 60;  // of these
constexpr std::uint32_t kTailMax = 8;

// What can be done when there is no memory but the other one.
constexpr OpKind kLastKinds[] = {OpKind::kRead, OpKind::kWrite, OpKind::kRead, OpKind::kWrite, OpKind::kLoad, OpKind::kStore};

}  // namespace

void Generator::start_sharing(Random& random) {
  may_share_ = has_shared_ = is_destroyed_ = false;
  tail_ = 0;
  const std::uint64_t favour = settings_.weights[static_cast<std::size_t>(OpKind::kOpenMemory)];
  if (!offers_sharing() || favour == 0) return;
  const std::uint64_t percent = std::min(kSharingPercentMax, kSharingPercent * favour / info(OpKind::kOpenMemory).weight);
  may_share_ = random.percent(static_cast<std::uint32_t>(percent));
  const bool may_end = has_weight(OpKind::kDestroy) && std::ranges::any_of(kLastKinds, [&](OpKind kind) { return has_weight(kind); });
  if (may_share_ && may_end && random.percent(kEndingPercent)) tail_ = 2 + random.below(kTailMax);
}

// One that is open on a whole region; 0 where none is.
std::uint8_t Generator::shareable_slot() const {
  for (std::uint32_t i = 0; i < open_count_; ++i) {
    const Window& window = slots_[open_slots_[i]];
    if (window.kind == GMC_SPACE_REGION && window.place != kNowhere) return open_slots_[i];
  }
  return 0;
}

bool Generator::ends_now(std::uint32_t left) const {
  if (is_destroyed_ || tail_ == 0 || left > tail_) return false;
  const auto is_memory = [&](std::uint8_t slot) { return slots_[slot].is_beside && slots_[slot].parent == 0; };
  return std::any_of(open_slots_.begin(), open_slots_.begin() + open_count_, is_memory);
}

// Early in a program, so that there is something to see.
bool Generator::shares_now(Random& random) const {
  constexpr std::uint32_t kPercent = 20;  // of the operations until then
  return open_count_ < kOpenSpaces && random.percent(kPercent);
}

OpKind Generator::draw_last_kind(Random& random) const {
  // Some of them are left at least, or there would be no end.
  for (std::uint32_t i = random.below(static_cast<std::uint32_t>(std::size(kLastKinds)));; ++i) {
    const OpKind kind = kLastKinds[i % std::size(kLastKinds)];
    if (has_weight(kind)) return kind;
  }
}

void Generator::emit_open_memory(Op& op, Random& random) {
  has_shared_ = true;
  op.other = shareable_slot();
  const Window& window = slots_[op.other];
  const Place& place = terrain_.places()[window.place];
  const std::uint8_t shown = window.place;
  op.at = terrain_.address(place, 0);
  op.size = place.size;
  const std::uint8_t slot = take_slot(op);
  if (random.one_in(16)) {
    op.size += 1 + random.below(8);
  } else if (random.one_in(16)) {
    op.at = terrain_.address(place, 4096);
  } else if (may_share_) {
    slots_[slot] = Window{.place = shown, .end = place.size, .is_beside = true};
  }
}

void Generator::emit_destroy() {
  is_destroyed_ = true;
  const auto goes = [&](std::uint8_t slot) { return !slots_[slot].is_beside || slots_[slot].place == kNowhere; };
  const auto* const end = std::remove_if(open_slots_.begin(), open_slots_.begin() + open_count_, goes);
  open_count_ = static_cast<std::uint32_t>(end - open_slots_.begin());
}

}  // namespace gmc
