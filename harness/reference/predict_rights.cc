// SPDX-License-Identifier: Apache-2.0 OR MIT
// Rights of pages: GM-PERM-006 and -009.
#include <algorithm>

#include "harness/reference/reference.h"

namespace gmc {

namespace {

// The first byte of the page of `gpa`, and the last one.
std::uint64_t page_first(std::uint64_t gpa) { return gpa & ~(kProtectedPage - 1); }
std::uint64_t page_last(std::uint64_t gpa) { return gpa | (kProtectedPage - 1); }

std::uint64_t last_of(const Op& op, std::uint64_t gpa) { return op.size - 1 > UINT64_MAX - gpa ? UINT64_MAX : gpa + (op.size - 1); }

}  // namespace

// Where the map has changed, a snapshot shows the same pages, or another region has a part of one, the contract does not say whose rights
// change; nor what it means to write and not to read.
bool Reference::is_decided_protect(const Op& op) const {
  if (has_changed_ || op.rights == GMC_RIGHT_WRITE) return false;
  // Rights that bind lanes which nobody drives may be changed or not.
  if (profile_.root().permissions == Permissions::kGuestOnly) return false;
  if (std::ranges::any_of(slots_, [](const Slot& slot) { return slot.is_open && slot.in_snapshot; })) return false;
  if (op.size == 0) return true;
  const std::uint64_t first = addresses_.resolve(op.at).raw;
  const std::uint64_t last = last_of(op, first);
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
  map_.page_rights().set({.first = page_first(e.gpa),
                          .last = page_last(last_of(op, e.gpa)),
                          .may_read = (op.rights & GMC_RIGHT_READ) != 0,
                          .may_write = (op.rights & GMC_RIGHT_WRITE) != 0});
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
