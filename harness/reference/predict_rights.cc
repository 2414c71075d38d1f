// SPDX-License-Identifier: Apache-2.0 OR MIT
// Rights of pages: GM-PERM-006 and -009.
#include <algorithm>
#include <map>
#include <memory>

#include "harness/reference/reference.h"

namespace gmc {

namespace {

// The first byte of the page of `gpa`, and the last one.
std::uint64_t page_first(std::uint64_t gpa) { return gpa & ~(kProtectedPage - 1); }
std::uint64_t page_last(std::uint64_t gpa) { return gpa | (kProtectedPage - 1); }

std::uint64_t last_of(const Op& op, std::uint64_t gpa) { return op.size - 1 > UINT64_MAX - gpa ? UINT64_MAX : gpa + (op.size - 1); }

}  // namespace

// Where another region has a part of a page, or another memory shows it, the contract does not say whose rights change; nor what it means
// to write and not to read.
bool Reference::is_decided_protect(const Op& op) const {
  if (op.rights == GMC_RIGHT_WRITE) return false;
  // Rights that bind lanes which nobody drives may be changed or not.
  if (profile_.root().permissions == Permissions::kGuestOnly) return false;
  if (std::ranges::any_of(slots_, [](const Slot& slot) { return slot.is_open && slot.is_beside; })) return false;
  if (op.size == 0) return true;
  const std::uint64_t first = addresses_.resolve(op.at).raw;
  const std::uint64_t last = last_of(op, first);
  // A region that came back elsewhere has other pages there than a space has that shows it where it was.
  const auto has_moved = [&](const MappedRegion& region) {
    const MappedRegion* const now = map_.entry(region.entry);
    return now != nullptr && now->base != region.base;
  };
  const auto shows_moved = [&](const Slot& slot) { return slot.map != nullptr && std::ranges::any_of(slot.map->regions(), has_moved); };
  if (std::ranges::any_of(slots_, shows_moved)) return false;
  return std::ranges::none_of(map_.regions(), [&](const MappedRegion& region) {
    const bool is_touched = region.base <= last && first <= region.last;
    return !is_touched && region.base <= page_last(last) && page_first(first) <= region.last;
  });
}

// All of the range has to be mapped. What the layout did not give, a backend may decline to give.
void Reference::predict_protect(const Op& op, Expectation& e) const {
  e.demands.status = e.demands.beyond = Clause::kPERM9;
  e.demands.beyond_dirty = Clause::kDIRTY6;
  constexpr StatusMask kDeclined = status_bit(GMC_DENIED) | kNotOffered;
  if (op.size == 0) {
    e.allow(status_bit(GMC_OK) | status_bit(GMC_OUT_OF_RANGE) | status_bit(GMC_INVALID_ARGUMENT));
    return;
  }
  std::uint64_t covered = 0;
  unsigned parts = 0;
  bool gives_more = false;
  Extent range;
  range.first = e.gpa;
  range.last = last_of(op, e.gpa);
  map_.for_each_part(range, [&](std::uint32_t i, std::uint64_t first, std::uint64_t last) {
    if (first == e.gpa + covered) covered += last - first + 1;
    ++parts;
    gives_more |= map_.regions()[i].is_read_only && (op.rights & GMC_RIGHT_WRITE) != 0;
  });
  StatusMask statuses = covered == op.size ? status_bit(GMC_OK) : status_bit(GMC_OUT_OF_RANGE);
  if (parts > 1 && profile_.root().cross_region == CrossRegion::kReject) statuses |= status_bit(GMC_OUT_OF_RANGE) | kNotOffered;
  if (gives_more) statuses |= kDeclined;
  e.allow(statuses);
}

void Reference::commit_protect(const Expectation& e) {
  const Op& op = *e.op;
  if (op.size == 0) return;
  was_protected_ = true;
  const PageRights::Run run{.first = page_first(e.gpa),
                            .last = page_last(last_of(op, e.gpa)),
                            .may_read = (op.rights & GMC_RIGHT_READ) != 0,
                            .may_write = (op.rights & GMC_RIGHT_WRITE) != 0};
  map_.page_rights().set(run);
  // Pages are those of regions: what shows them in a map of an earlier moment shows their rights too.
  std::map<const MemoryMap*, std::shared_ptr<const MemoryMap>> protected_maps;
  for (Slot& slot : slots_) {
    if (slot.map == nullptr) continue;
    auto& changed = protected_maps[slot.map.get()];
    if (changed == nullptr) changed = with_rights(*slot.map, run);
    slot.map = changed;
  }
}

// The map with these rights for the pages of what the root shows as well.
std::shared_ptr<const MemoryMap> Reference::with_rights(const MemoryMap& map, const PageRights::Run& run) const {
  auto changed = std::make_shared<MemoryMap>(map);
  for (const MappedRegion& region : map.regions()) {
    if (map_.entry(region.entry) == nullptr || run.last < region.base || region.last < run.first) continue;
    changed->page_rights().set({std::max(run.first, region.base), std::min(run.last, region.last), run.may_read, run.may_write});
  }
  return changed;
}

// An access that is denied for a right that `protect` took is that clause's matter, and one by a right that it gave too. Through a range it
// is GM-PERM-007's.
void Reference::demand_of_pages(Expectation& e) const {
  const PageRights& rights = e.map->page_rights();
  if (e.walk.stop == Stop::kDenied) {
    const StatusMask statuses = e.alternatives[0].statuses;
    const bool is_denied = (statuses & status_bit(GMC_DENIED)) != 0 && (statuses & ~(status_bit(GMC_DENIED) | status_bit(GMC_SHORT))) == 0;
    const bool was_taken = rights.find(e.walk.stop_gpa) != nullptr && e.space_kind != GMC_SPACE_RANGE;
    if (is_denied && was_taken) e.demands.status = Clause::kPERM6;
    return;
  }
  if (e.walk.stop != Stop::kNone) return;
  const auto was_given = [&](const Span& span) {
    const PageRights::Run* const run = span.is_discarded ? nullptr : rights.find(span.gpa);
    return run != nullptr && run->permits(e.effect == Effect::kWrites ? Right::kWrite : Right::kRead);
  };
  if (std::ranges::any_of(e.walk.spans, was_given)) e.demands.status = Clause::kPERM9;
}

}  // namespace gmc
