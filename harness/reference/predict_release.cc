// SPDX-License-Identifier: Apache-2.0 OR MIT
// dirty_when = release: what is written through a space counts, for the marks, as written when that space is closed (GM-DIRTY-002). Through
// a root, which every call gives back, and with the other values of the switch, it counts at once.
#include <algorithm>

#include "harness/reference/reference.h"

namespace gmc {

bool Reference::waits_for_release(std::uint8_t slot) const {
  return profile_.root().dirty_when == DirtyWhen::kRelease && slots_[slot].kind != GMC_SPACE_ROOT;
}

void Reference::let_wait(std::uint8_t slot, const MappedRegion& region, std::uint64_t first, std::uint64_t last, DirtyLog::State state,
                         Clause why) {
  slots_[slot].waiting.push_back({.first = granule_of(region, first),
                                  .last = granule_of(region, last),
                                  .entry = region.entry,
                                  .base = region.base,
                                  .bytes = {first - region.base, last - first + 1},
                                  .state = state,
                                  .why = why});
}

// Where a write through that slot is noted, at once or when the slot is closed.
void Reference::log_write_through(std::uint8_t slot, const MappedRegion& region, std::uint64_t first, std::uint64_t last,
                                  DirtyLog::State state, Clause why) {
  waits_for_release(slot) ? let_wait(slot, region, first, last, state, why) : log_write(region, first, last, state, why);
}

void Reference::release(Slot& slot) {
  for (const Waiting& wait : slot.waiting) {
    if (!is_tracking_) break;
    const MappedRegion* const here = map_.entry(wait.entry);
    // Granules of the whole memory belong to what is mapped now.
    const bool is_shown = profile_.root().dirty_origin == DirtyOrigin::kRegion || (here != nullptr && here->base == wait.base);
    dirty_.set(wait.first, wait.last, is_shown ? wait.state : DirtyLog::State::kMaybe, wait.why);
    if (is_shown || here == nullptr) continue;
    const std::uint64_t first = here->base + wait.bytes.base;
    mark_gpas(*here, first, first + (wait.bytes.size - 1), DirtyLog::State::kMaybe, wait.why);
  }
  slot.waiting.clear();
}

// What was written in another period of tracking may be marked when its space is closed, or not.
void Reference::doubt_what_waits() {
  for (Slot& slot : slots_) {
    for (Waiting& wait : slot.waiting) wait.state = DirtyLog::State::kMaybe;
  }
}

bool Reference::is_awaited(Granule granule) const {
  return std::ranges::any_of(slots_, [&](const Slot& slot) {
    return std::ranges::any_of(slot.waiting, [&](const Waiting& wait) { return wait.first <= granule && granule <= wait.last; });
  });
}

}  // namespace gmc
