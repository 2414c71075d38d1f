// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/address_map.h"

#include <algorithm>

namespace gmc {
namespace {

// The last byte of a region that has one. A region beyond 2^64 is illegal and never mapped; here it ends there.
std::uint64_t last_byte(const Region& region) {
  const auto last = Gpa{region.base}.checked_add(region.size - 1);
  return last ? last->raw : UINT64_MAX;
}

}  // namespace

void AddressMap::assign(const Layout& layout, const std::vector<bool>& is_removed) {
  Places& starts = places(Anchor::kRegionStart);  // of every entry, as given
  Places& ends = places(Anchor::kRegionEnd);      // of every entry, modulo 2^64
  Places& holes = places(Anchor::kHole);          // ascending
  starts.clear();
  ends.clear();
  holes.clear();
  sorted_.clear();
  std::uint64_t greatest = 0;  // of the mapped addresses
  for (std::size_t i = 0; i < layout.regions.size(); ++i) {
    const Region& region = layout.regions[i];
    const bool is_gone = i < is_removed.size() && is_removed[i];
    starts.push_back(region.base);
    ends.push_back(Gpa{region.base}.wrapping_add(region.size).raw);
    if (!region.is_window && region.size > 0 && !is_gone) sorted_.push_back(&region);
  }
  std::ranges::sort(sorted_, {}, [](const Region* region) { return region->base; });
  for (std::size_t i = 0; i < sorted_.size(); ++i) {
    greatest = std::max(greatest, last_byte(*sorted_[i]));
    const bool ends_run = i + 1 == sorted_.size() || (greatest != UINT64_MAX && sorted_[i + 1]->base > greatest + 1);
    if (ends_run && greatest != UINT64_MAX) holes.push_back(greatest + 1);
  }
  sorted_.clear();
  places(Anchor::kLast) = {greatest};
  entry_count_ = starts.size();
  hole_count_ = holes.size();
  for (Places* none : {&starts, &ends, &holes}) {
    if (none->empty()) none->push_back(0);
  }
}

Address AddressMap::symbolic(Gpa gpa) const {
  Address best{.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(gpa.raw)};
  std::uint64_t best_distance = kSymbolicReach + 1;
  const auto consider = [&](Anchor kind, std::size_t index) {
    const std::uint64_t delta = gpa.raw - anchor(kind, static_cast<std::uint8_t>(index));
    const std::uint64_t distance = std::min(delta, 0 - delta);
    if (distance >= best_distance) return;
    best_distance = distance;
    best = Address{.anchor = kind, .index = static_cast<std::uint8_t>(index), .delta = static_cast<std::int64_t>(delta)};
  };
  // An index has 8 bits: entries beyond them cannot be named.
  constexpr std::size_t kNamed = 256;
  const Places& starts = places(Anchor::kRegionStart);
  const Places& ends = places(Anchor::kRegionEnd);
  const std::size_t entries = std::min(entry_count_, kNamed);
  for (const bool containing : {true, false}) {
    for (std::size_t i = 0; i < entries; ++i) {
      if ((gpa.raw - starts[i] < ends[i] - starts[i]) != containing) continue;
      consider(Anchor::kRegionStart, i);
      consider(Anchor::kRegionEnd, i);
    }
  }
  for (std::size_t i = 0; i < std::min(hole_count_, kNamed); ++i) consider(Anchor::kHole, i);
  if (anchor(Anchor::kLast, 0) != 0) consider(Anchor::kLast, 0);
  if (gpa.raw > UINT64_MAX / 2) consider(Anchor::kTop, 0);
  return best;
}

}  // namespace gmc
