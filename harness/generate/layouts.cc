// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/layouts.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "harness/base/check.h"
#include "harness/generate/layout_rules.h"

namespace gmc {
namespace {

constexpr std::uint64_t kOne = 1;
constexpr std::uint64_t kSmallestMapped = 64u << 10;  // what a layout maps at least, but for the small ones
constexpr std::uint64_t kLargestRegion = 1u << 20;    // of the regions that programs fill and compare
constexpr std::uint64_t kLargestMapped = 2u << 20;    // of all of them together; large granules may exceed it
constexpr std::uint64_t kLargestWindow = 256u << 20;  // a backend may reserve host addresses for a window

template <typename T, std::size_t N>
T pick(const T (&values)[N], Random& random) {
  return values[random.below(static_cast<std::uint32_t>(N))];
}

// ------------------------------------------------------------------------------------------------------------------------- Sizes

// Counts of pages or granules. A dirty bitmap keeps 64 of them in a word: one less, exactly, one more, and two words less one are where its
// arithmetic goes wrong; but every page is made, compared and thrown away again, so most regions are small.
std::uint64_t draw_unit_count(Random& random) {
  static constexpr std::uint64_t kSmall[] = {1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 7, 8, 8, 9, 16};
  static constexpr std::uint64_t kLarge[] = {16, 17, 32, 33, 63, 64, 65, 127};
  if (random.one_in(8)) return pick(kLarge, random);
  return random.one_in(4) ? 1 + random.below(16) : pick(kSmall, random);
}

std::uint64_t draw_size(const Rules& rules, bool is_small, Random& random) {
  const std::uint64_t unit = round_up(random.percent(60) ? kLayoutPage : rules.granule, rules.size_align);
  std::uint64_t count = is_small ? 1 + random.below(3) : draw_unit_count(random);
  count = std::max<std::uint64_t>(1, std::min(count, kLargestRegion / unit));
  std::uint64_t size = unit * count;
  const std::uint64_t step = rules.size_align;
  if (step >= kLayoutPage || !random.percent(30)) return size;
  // Sizes that are no whole number of pages, where they are legal.
  switch (random.below(4)) {
    case 0:
      return std::max(step, size - step);
    case 1:
      return size + step;
    case 2:
      return std::max(step, round_down(size - draw_below(unit, random), step));
    default:
      return is_small || random.one_in(4) ? round_up(1 + draw_below(300, random), step)
                                          : size + round_down(draw_below(kLayoutPage, random), step);
  }
}

std::uint32_t draw_count(const Rules& rules, LayoutEmphasis emphasis, Random& random) {
  if (emphasis == LayoutEmphasis::kBland) return 1;
  static constexpr std::uint32_t kCounts[] = {1, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 6, 7, 8, 12};
  std::uint32_t count = random.one_in(50) ? 9 + random.below(kRegionsMax - 24) : pick(kCounts, random);
  if (emphasis == LayoutEmphasis::kAdjacent || emphasis == LayoutEmphasis::kHoles) count = std::max(count, 2u);
  return std::min(count, rules.count_max);
}

// ------------------------------------------------------------------------------------------------------------------------- Shape

std::uint64_t extent(const Shape& shape) {
  std::uint64_t end = 0;
  for (const Region& region : shape) end = std::max(end, region.base + region.size);
  return end;
}

std::uint64_t draw_gap(const Rules& rules, LayoutEmphasis emphasis, Random& random) {
  std::uint32_t adjacent_percent = 50;
  if (emphasis == LayoutEmphasis::kAdjacent) adjacent_percent = 100;
  if (emphasis == LayoutEmphasis::kHoles) adjacent_percent = 0;
  if (random.percent(adjacent_percent)) return 0;
  const bool may_be_far = !rules.windows_needed && !rules.windows_useful;
  switch (random.below(8)) {
    case 0:
      return rules.step();
    case 1:
      return rules.granule;
    case 2:
    case 3:
      return kLayoutPage;
    case 4:
    case 5:
      return kLayoutPage * (1 + random.below(64));
    case 6:
      return 1 + random.below(kLayoutPage);
    default:
      return may_be_far ? pick({kOne << 31, kOne << 32, (kOne << 32) - kLayoutPage, kOne << 36, kOne << 40}, random) : kLayoutPage * 64;
  }
}

Shape draw_shape(const Rules& rules, LayoutEmphasis emphasis, Random& random) {
  const bool is_small = emphasis == LayoutEmphasis::kSmall || (emphasis == LayoutEmphasis::kMixed && random.percent(12));
  Shape shape(draw_count(rules, emphasis, random));
  std::uint64_t mapped = 0;
  for (Region& region : shape) {
    region.size = draw_size(rules, is_small, random);
    if (emphasis == LayoutEmphasis::kBland) region.size = round_up(16 * kLayoutPage, rules.size_align);
    if (mapped + region.size > kLargestMapped) region.size = round_up(kLayoutPage, rules.size_align);
    mapped += region.size;
  }
  if (!is_small && mapped < kSmallestMapped) {
    Region& grown = shape[random.below(static_cast<std::uint32_t>(shape.size()))];
    grown.size += round_up(kSmallestMapped - mapped, std::max(kLayoutPage, rules.size_align));
    grown.size = round_up(grown.size, rules.size_align);
  }
  if (rules.is_positional()) {
    space_positionally(rules, shape, random);
    return shape;
  }
  // With granules counted from each region's start, a sparse harvest needs bases that are multiples of the granule.
  const bool needs_granules = rules.switches.dirty_origin == DirtyOrigin::kRegion && rules.switches.dirty_source != DirtySource::kNone;
  const std::uint64_t align = needs_granules && random.percent(70) ? std::lcm(rules.base_align, rules.granule) : rules.base_align;
  std::uint64_t cursor = 0;
  for (Region& region : shape) {
    const std::uint64_t gap = &region == &shape.front() ? 0 : draw_gap(rules, emphasis, random);
    region.base = round_up(cursor + gap, align);
    cursor = region.base + region.size;
  }
  return shape;
}

// ----------------------------------------------------------------------------------------------------------------------- Placing

bool overlaps(std::uint64_t base, std::uint64_t size, const ByteRange& other) {
  if (size == 0 || other.size == 0) return false;
  return base <= other.base + (other.size - 1) && other.base <= base + (size - 1);
}

// The start from which `shape` ends as near to `last` as alignment lets it.
std::uint64_t start_at_top(const Shape& shape, const Rules& rules) {
  const std::uint64_t size = extent(shape);
  if (size == 0 || size - 1 > rules.last) return 0;
  return round_down(rules.last - (size - 1), rules.base_align);
}

std::uint64_t draw_start(const Shape& shape, const Rules& rules, LayoutEmphasis emphasis, std::uint64_t align, Random& random) {
  const std::uint64_t size = extent(shape);
  if (rules.is_positional() || rules.switches.addr_space == AddrSpace::kOffset) return 0;
  if (emphasis == LayoutEmphasis::kTop) return start_at_top(shape, rules);
  if (emphasis == LayoutEmphasis::kBland) return round_up(16 * kLayoutPage, align);
  // A dump reaches up to the last mapped address, so that a backend that dumps is given low memories.
  const bool wants_low = rules.switches.dump_all != DumpAll::kNone && random.percent(50);
  switch (wants_low ? random.below(4) : random.below(16)) {
    case 0:
    case 1:
      return 0;
    case 2:
      return round_up(kLayoutPage, align);
    case 3:
      return round_up(kLayoutPage * random.below(64), align);
    case 4:
      return round_up(random.below(1u << 20), align);
    case 5:
      return round_up((kOne << 20) * (1 + random.below(64)), align);
    case 6:  // across 4 GiB
      return round_down((kOne << 32) - std::min(kOne << 32, 1 + draw_below(size, random)), align);
    case 7:  // up to 4 GiB
      return round_down((kOne << 32) - std::min(kOne << 32, size), align);
    case 8:
      return round_up(kOne << 32, align);
    case 9:
      return round_up((kOne << 31) - std::min(kOne << 31, draw_below(size + 1, random)), align);
    case 10:  // across 2^63, or up to it
      return round_down((kOne << 63) - draw_below(size + 1, random), align);
    case 11:
      return round_up(pick({kOne << 36, kOne << 40, kOne << 46, kOne << 52, kOne << 63}, random) + kLayoutPage * random.below(16), align);
    case 12:
    case 13:
      return start_at_top(shape, rules);
    default:
      return round_up(kLayoutPage * (1 + draw_below(kOne << 28, random)), align);
  }
}

// Of regions that end at 2^64, moves the first one to address 0 now and then: a range that wraps would meet it (GM-ADDR-002).
void move_first_to_zero(Shape& shape, const Rules& rules, Random& random) {
  const std::uint64_t end = shape.back().base + shape.back().size;
  if (end != 0 || shape.size() < 2 || rules.windows_needed || rules.windows_useful || rules.is_positional() || !random.percent(50)) return;
  Region& first = shape.front();
  const bool is_free = std::ranges::none_of(rules.reserved, [&](const ByteRange& range) { return overlaps(0, first.size, range); });
  if (first.base >= first.size && is_free) first.base = 0;
}

// ----------------------------------------------------------------------------------------------------------------------- Windows

// Where a region ends once its size is rounded (GM-REG-004); 0 for 2^64.
std::uint64_t rounded_end(const Region& region, const Rules& rules) { return region.base + round_up(region.size, rules.size_align); }

bool is_clear(const Region& window, const Rules& rules) {
  if (window.size == 0 || window.size > kLargestWindow) return false;
  if (window.base % rules.base_align != 0 || window.size % rules.size_align != 0) return false;
  return std::ranges::none_of(rules.reserved, [&](const ByteRange& range) { return overlaps(window.base, window.size, range); });
}

// Puts windows round the regions, each region inside one: one window, or two that part in a hole. They come first, in ascending order, and
// are aligned as regions are, so that nothing about them is to be rounded.
void add_windows(Shape& regions, const Rules& rules, Random& random) {
  const std::uint64_t unit = std::max(kLayoutPage, rules.step());
  const auto add = [&](std::size_t first, std::size_t last, std::uint64_t not_below) {
    const std::uint64_t before = unit * random.below(4);
    std::uint64_t base = std::max(round_down(regions[first].base, unit), not_below);
    base = base - not_below >= before ? base - before : not_below;
    const std::uint64_t end_byte = rounded_end(regions[last], rules) - 1;
    const std::uint64_t behind = unit * random.below(4);
    const std::uint64_t last_byte = rules.last - end_byte >= behind ? end_byte + behind : end_byte;
    return Region{.base = base, .size = last_byte - base + 1, .is_window = true};
  };
  std::vector<Region> windows;
  std::size_t split = regions.size();
  if (regions.size() > 1 && random.percent(35)) split = 1 + random.below(static_cast<std::uint32_t>(regions.size() - 1));
  windows.push_back(add(0, split - 1, 0));
  if (split < regions.size()) {
    // The first window must not reach into the second's regions: it ends with its own.
    windows[0].size = rounded_end(regions[split - 1], rules) - windows[0].base;
    windows.push_back(add(split, regions.size() - 1, windows[0].base + windows[0].size));
  }
  if (!std::ranges::all_of(windows, [&](const Region& window) { return is_clear(window, rules); })) {
    if (!rules.windows_needed) return;
    regions.resize(std::min<std::size_t>(regions.size(), kRegionsMax / 2));
    windows.clear();
    for (const Region& region : regions) {
      windows.push_back(Region{.base = region.base, .size = round_up(region.size, rules.size_align), .is_window = true});
    }
  }
  regions.insert(regions.begin(), windows.begin(), windows.end());
}

// ----------------------------------------------------------------------------------------------------------------------- Backing

void assign_backings(Shape& regions, const Rules& rules, Random& random) {
  const SetOf<Backings> offered = rules.switches.backing;
  const bool has_file = offered.has(Backings::kFd);
  const bool has_host = offered.has(Backings::kHostPointer);
  const Backing plain = plain_backing(rules.switches).value_or(Backing::kOwn);
  // Half of all layouts stand on files, so that the witness sees past the backend; a few of them only in part.
  const bool on_files = has_file && random.percent(52);
  const bool on_host = has_host && !on_files && random.percent(30);
  const bool is_mixed = (on_files || on_host) && random.percent(20);
  for (Region& region : regions) {
    region.backing = plain;
    if (region.is_window || region.size >= kHugeRegion) continue;
    region.backing = on_files ? Backing::kFile : on_host ? Backing::kHost : plain;
    if (!is_mixed || !random.percent(50)) continue;
    region.backing = has_host && random.percent(40) ? Backing::kHost : plain;
  }
  assign_extents(regions, on_files && random.one_in(16), random);
}

// Makes one region read-only where the profile gives that a meaning; one with a neighbour, if there is one.
void assign_rights(Shape& regions, const Rules& rules, Random& random) {
  if (rules.switches.permissions == Permissions::kNone) return;
  if (regions.size() < 2 || !random.percent(30)) return;
  std::size_t chosen = random.below(static_cast<std::uint32_t>(regions.size()));
  for (std::size_t i = 1; i < regions.size() && random.percent(80); ++i) {
    if (regions[i].base == regions[i - 1].base + regions[i - 1].size) {
      chosen = i - random.below(2);
      break;
    }
  }
  regions[chosen].is_read_only = true;
}

// Lets the last region grow over 4 GiB, sparse, of the backend's own. Nothing else of the layout is far away then.
void make_huge(Shape& shape, const Rules& rules, Random& random) {
  const Switches& switches = rules.switches;
  const bool harmless = switches.backing.has(Backings::kOwn) && switches.dirty_start == DirtyStart::kClean &&
                        rules.granule >= kLayoutPage && rules.switches.addr_space == AddrSpace::kGpaRegions && !rules.is_positional() &&
                        !rules.windows_useful;
  if (!harmless || rules.last < (kOne << 40)) return;
  Region& region = shape.back();
  region.size = round_up((kOne << 32) + kLayoutPage * (1 + random.below(16)), rules.size_align);
}

void shuffle(Shape& regions, const Rules& rules, Random& random) {
  if (rules.keeps_sorted || !random.percent(50)) return;
  for (std::size_t i = regions.size(); i > 1; --i) std::swap(regions[i - 1], regions[random.below(static_cast<std::uint32_t>(i))]);
}

}  // namespace

// A window of one size for every region, a power of two, from address 0 on (CONTRACT.md, region_order = positional).
void space_positionally(const Rules& rules, Shape& shape, Random& random) {
  std::uint64_t largest = rules.base_align;
  for (const Region& region : shape) largest = std::max(largest, region.size + 1);
  const std::uint64_t window = std::max(std::bit_ceil(largest), kLayoutPage) << random.below(2);
  for (std::size_t i = 0; i < shape.size(); ++i) shape[i].base = window * i;
}

bool fits_at(const Shape& shape, std::uint64_t start, const Rules& rules) {
  for (const Region& region : shape) {
    const std::uint64_t base = start + region.base;
    if (base < start || base > rules.last || region.size - 1 > rules.last - base) return false;
    for (const ByteRange& range : rules.reserved) {
      if (overlaps(base, region.size, range)) return false;
    }
  }
  return true;
}

// Drops what a small address space has no room for; the first region always fits or the profile is not to be served.
void shrink_to_fit(Shape& shape, const Rules& rules) {
  while (shape.size() > 1 && extent(shape) - 1 > rules.last) shape.pop_back();
  Region& only = shape.front();
  if (shape.size() > 1 || only.size - 1 <= rules.last) return;
  only.size = std::max(rules.size_align, rules.last == UINT64_MAX ? only.size : round_down(rules.last + 1, rules.size_align));
}

// Shifts the shape to where it is legal. A few draws, then the lowest place behind a reserved range.
void place(Shape& shape, const Rules& rules, LayoutEmphasis emphasis, Random& random) {
  shrink_to_fit(shape, rules);
  // A multiple of both keeps every distance legal, whichever of them the shape was spaced by.
  const bool on_granules = rules.switches.dirty_source != DirtySource::kNone && random.percent(50);
  const std::uint64_t align =
      on_granules || rules.switches.dirty_origin == DirtyOrigin::kRegion ? std::lcm(rules.base_align, rules.granule) : rules.base_align;
  std::optional<std::uint64_t> start;
  for (int attempt = 0; attempt < 8 && !start; ++attempt) {
    const std::uint64_t drawn = round_down(draw_start(shape, rules, emphasis, align, random), rules.base_align);
    if (fits_at(shape, drawn, rules)) start = drawn;
  }
  if (!start && fits_at(shape, 0, rules)) start = 0;
  for (std::size_t i = 0; i < rules.reserved.size() && !start; ++i) {
    const std::uint64_t behind = round_up(rules.reserved[i].base + rules.reserved[i].size, align);
    if (behind > rules.reserved[i].base && fits_at(shape, behind, rules)) start = behind;
  }
  if (!start && shape.size() > 1) {
    shape.resize(1);
    shape.front().base = 0;
    return place(shape, rules, emphasis, random);
  }
  GMC_CHECK(start.has_value(), rules.last, rules.base_align);
  for (Region& region : shape) region.base += *start;
}

std::optional<Backing> plain_backing(const Switches& switches) {
  if (switches.backing.has(Backings::kOwn)) return Backing::kOwn;
  if (switches.backing.has(Backings::kFd)) return Backing::kFile;
  if (switches.backing.has(Backings::kHostPointer)) return Backing::kHost;
  return std::nullopt;
}

// Gives regions on files their extents. One file or several, in another order than the addresses, with gaps; extents overlap only if asked.
void assign_extents(Shape& regions, bool overlap, Random& random) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (regions[i].backing == Backing::kFile && !regions[i].is_window) order.push_back(i);
  }
  if (random.percent(50)) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
  }
  const std::uint32_t files = random.percent(50) ? 1 : 1 + random.below(kFilesMax);
  std::uint64_t ends[kFilesMax] = {};
  if (random.percent(50)) ends[0] = kLayoutPage * (1 + random.below(8));
  for (const std::size_t i : order) {
    Region& region = regions[i];
    region.file = static_cast<std::uint8_t>(random.below(files));
    std::uint64_t& end = ends[region.file];
    region.file_offset = end + (random.percent(30) ? kLayoutPage * (1 + random.below(4)) : 0);
    if (overlap && end >= kLayoutPage) region.file_offset = kLayoutPage * random.below(static_cast<std::uint32_t>(end / kLayoutPage));
    end = std::max(end, round_up(region.file_offset + region.size, kLayoutPage));
  }
}

std::uint64_t last_usable(const Switches& switches) {
  if (switches.region_ends_at_2_64 == RegionTop::kAccept) return switches.last_address;
  return std::min(switches.last_address, UINT64_MAX - 1);
}

Layout draw_layout(const Profile& profile, const GeneratorSettings& settings, Random& random) {
  const Rules rules(profile);
  Shape shape = draw_shape(rules, settings.emphasis, random);
  const bool is_huge = settings.huge_regions && settings.emphasis == LayoutEmphasis::kMixed && random.one_in(128);
  if (is_huge) make_huge(shape, rules, random);
  place(shape, rules, settings.emphasis, random);
  if (settings.emphasis == LayoutEmphasis::kMixed || settings.emphasis == LayoutEmphasis::kTop) move_first_to_zero(shape, rules, random);
  if (settings.emphasis != LayoutEmphasis::kBland) {
    assign_rights(shape, rules, random);
    assign_backings(shape, rules, random);
  } else {
    for (Region& region : shape) region.backing = plain_backing(rules.switches).value_or(Backing::kOwn);
  }
  if (rules.windows_needed || (rules.windows_useful && random.percent(75))) add_windows(shape, rules, random);
  shuffle(shape, rules, random);
  return Layout{std::move(shape)};
}

}  // namespace gmc
