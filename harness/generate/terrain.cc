// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/terrain.h"

#include <algorithm>

#include "harness/base/check.h"
#include "harness/base/page.h"
#include "harness/generate/layouts.h"

namespace gmc {
namespace {

constexpr std::uint64_t kOne = 1;
constexpr std::uint32_t kInnerEdges = 24;  // of one region, at most

Address absolute(std::uint64_t raw) { return Address{.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(raw)}; }

}  // namespace

void Terrain::survey(const Layout& layout, const Profile& profile, bool absolute, Random& random) {
  is_absolute_ = absolute;
  places_.clear();
  inner_offsets_.clear();
  for (std::vector<Address>& spots : spots_) spots.clear();
  survey_places(layout, profile.root().cross_region == CrossRegion::kSpan);
  survey_inner(profile.root(), random);
  survey_spots(layout);
}

void Terrain::survey_places(const Layout& layout, bool spans) {
  for (std::size_t i = 0; i < layout.regions.size(); ++i) {
    const Region& region = layout.regions[i];
    if (region.is_window || region.size == 0) continue;
    places_.push_back(Place{.base = region.base,
                            .size = region.size,
                            .reach = region.size,
                            .entry = static_cast<std::uint8_t>(i),
                            .is_read_only = region.is_read_only});
  }
  GMC_CHECK(!places_.empty(), layout.regions.size());
  std::ranges::sort(places_, {}, &Place::base);
  last_mapped_ = places_.back().base + (places_.back().size - 1);
  has_huge_ = std::ranges::any_of(places_, [](const Place& place) { return place.size >= kHugeRegion; });
  for (std::size_t i = places_.size() - 1; i-- > 0;) {
    Place& place = places_[i];
    const Place& next = places_[i + 1];
    place.touches_next = place.base + place.size == next.base;
    if (spans && place.touches_next && place.is_read_only == next.is_read_only) place.reach += next.reach;
  }
}

void Terrain::survey_inner(const Switches& switches, Random& random) {
  const std::uint64_t granule = switches.dirty_granule;
  for (Place& place : places_) {
    place.inner = static_cast<std::uint32_t>(inner_offsets_.size());
    const std::uint64_t origin = switches.dirty_origin == DirtyOrigin::kRegion ? place.base : 0;
    // The first multiple of `unit`, counted from `origin`, behind a byte of the place; then where it falls inside.
    const auto add_edge = [&](std::uint64_t near, std::uint64_t unit, std::uint64_t from) {
      const std::uint64_t distance = place.base + near - from;
      const std::uint64_t edge = near + (unit - distance % unit) % unit;
      if (edge >= near && edge < place.size) inner_offsets_.push_back(edge);
    };
    for (const std::uint64_t unit : {kPage, granule, granule * 64}) {
      if (unit == 0) continue;
      const std::uint64_t from = unit == kPage ? 0 : origin;
      add_edge(0, unit, from);
      if (place.size > unit) add_edge(place.size - unit, unit, from);
      for (std::uint32_t i = 0; i < kInnerEdges / 3 - 2 && place.size > unit; ++i) add_edge(random.next() % place.size, unit, from);
    }
    for (const std::uint64_t border : {kOne << 31, kOne << 32, kOne << 63}) {
      if (border > place.base && border - place.base < place.size) inner_offsets_.push_back(border - place.base);
    }
    place.inner_count = static_cast<std::uint32_t>(inner_offsets_.size()) - place.inner;
  }
}

void Terrain::survey_spots(const Layout& layout) {
  for (const Place& place : places_) {
    add_spot(SpotKind::kEdge, address(place, 0));
    add_spot(SpotKind::kEdge, address(place, place.size));
    if (place.touches_next) add_spot(SpotKind::kSeam, address(place, place.size));
    // Errors in the upper half of an address lead back to these.
    for (const std::uint64_t far : {kOne << 31, kOne << 32, kOne << 63, 0 - (kOne << 32)}) {
      Address twin = address(place, 0);
      twin.delta = static_cast<std::int64_t>(static_cast<std::uint64_t>(twin.delta) + far);
      add_spot(SpotKind::kExtreme, twin);
    }
  }
  if (is_absolute_) {
    add_spot(SpotKind::kHole, absolute(last_mapped_ + 1));
  } else {
    std::uint8_t holes = 0;
    for (const Place& place : places_) holes = static_cast<std::uint8_t>(holes + (place.touches_next ? 0 : 1));
    for (std::uint8_t i = 0; i < holes; ++i) add_spot(SpotKind::kHole, Address{.anchor = Anchor::kHole, .index = i, .delta = 0});
    add_spot(SpotKind::kHole, Address{.anchor = Anchor::kLast, .index = 0, .delta = 1});
    for (const Region& region : layout.regions) {
      if (!region.is_window) continue;
      const auto entry = static_cast<std::uint8_t>(&region - layout.regions.data());
      add_spot(SpotKind::kHole, Address{.anchor = Anchor::kRegionStart, .index = entry, .delta = 0});
      add_spot(SpotKind::kHole, Address{.anchor = Anchor::kRegionEnd, .index = entry, .delta = 0});
    }
  }
  for (const std::int64_t below : {1, 2, 4, 8, 15, 16, 17, 4095, 4096, 4097}) {
    add_spot(SpotKind::kTop,
             is_absolute_ ? absolute(0 - static_cast<std::uint64_t>(below)) : Address{.anchor = Anchor::kTop, .index = 0, .delta = -below});
  }
  for (const std::uint64_t raw : {kOne - 1, kOne, kOne + 6, kPage - 1, kPage, (kOne << 31) - 1, kOne << 31, (kOne << 32) - 1, kOne << 32,
                                  (kOne << 32) + 4096, (kOne << 63) - 1, kOne << 63, UINT64_MAX - 4095, UINT64_MAX}) {
    add_spot(SpotKind::kExtreme, absolute(raw));
  }
}

bool Terrain::is_aligned_to(std::uint64_t granule) const {
  return std::ranges::all_of(places_, [granule](const Place& place) { return place.base % granule == 0; });
}

}  // namespace gmc
