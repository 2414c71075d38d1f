// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/layouts.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "harness/base/check.h"

namespace gmc {
namespace {

constexpr std::uint64_t kOne = 1;
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kSmallestMapped = 64u << 10;  // what a layout maps at least, but for the small ones
constexpr std::uint64_t kLargestRegion = 1u << 20;    // of the regions that programs fill and compare
constexpr std::uint64_t kLargestMapped = 2u << 20;    // of all of them together; large granules may exceed it
constexpr std::uint64_t kLargestWindow = 256u << 20;  // a backend may reserve host addresses for a window

// What the profile says about layouts, in one place.
struct Rules {
  std::uint64_t base_align;
  std::uint64_t size_align;
  std::uint64_t granule;
  std::uint64_t last;  // greatest address that a region may hold
  std::uint32_t count_max;
  bool windows_needed;
  bool windows_useful;
  bool keeps_sorted;
  const Switches& switches;
  const std::vector<ByteRange>& reserved;

  explicit Rules(const Profile& profile)
      : base_align(profile.root().region_align_base),
        size_align(profile.root().region_align_size),
        granule(profile.root().dirty_granule),
        last(last_usable(profile.root())),
        count_max(static_cast<std::uint32_t>(std::min<std::uint64_t>(profile.root().regions_max, kRegionsMax))),
        windows_needed(profile.root().addr_space == AddrSpace::kGpaWindow),
        windows_useful(profile.root().hole_kind != HoleKind::kOob),
        keeps_sorted(profile.root().region_order != RegionOrder::kAny),
        switches(profile.root()),
        reserved(profile.reserved()) {
    if (switches.addr_space == AddrSpace::kOffset) count_max = 1;
    GMC_CHECK(count_max > 0);
    GMC_CHECK(base_align > 0 && size_align > 0 && granule > 0, base_align, size_align, granule);
  }

  // The smallest distance at which both a base and a size may be changed.
  [[nodiscard]] std::uint64_t step() const { return std::lcm(base_align, size_align); }
  [[nodiscard]] bool is_positional() const { return switches.region_order == RegionOrder::kPositional; }
};

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) { return (value + unit - 1) / unit * unit; }
std::uint64_t round_down(std::uint64_t value, std::uint64_t unit) { return value / unit * unit; }

// Uniform in [0, bound), for any bound above 0.
std::uint64_t draw_below(std::uint64_t bound, Random& random) { return random.next() % bound; }

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
  const std::uint64_t unit = round_up(random.percent(60) ? kPage : rules.granule, rules.size_align);
  std::uint64_t count = is_small ? 1 + random.below(3) : draw_unit_count(random);
  count = std::max<std::uint64_t>(1, std::min(count, kLargestRegion / unit));
  std::uint64_t size = unit * count;
  const std::uint64_t step = rules.size_align;
  if (step >= kPage || !random.percent(30)) return size;
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
                                          : size + round_down(draw_below(kPage, random), step);
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

// Regions relative to the first one's base: `base` is a distance.
using Shape = std::vector<Region>;

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
      return kPage;
    case 4:
    case 5:
      return kPage * (1 + random.below(64));
    case 6:
      return 1 + random.below(kPage);
    default:
      return may_be_far ? pick({kOne << 31, kOne << 32, (kOne << 32) - kPage, kOne << 36, kOne << 40}, random) : kPage * 64;
  }
}

// A window of one size for every region, a power of two, from address 0 on (CONTRACT.md, region_order = positional).
void space_positionally(const Rules& rules, Shape& shape, Random& random) {
  std::uint64_t largest = rules.base_align;
  for (const Region& region : shape) largest = std::max(largest, region.size + 1);
  const std::uint64_t window = std::max(std::bit_ceil(largest), kPage) << random.below(2);
  for (std::size_t i = 0; i < shape.size(); ++i) shape[i].base = window * i;
}

Shape draw_shape(const Rules& rules, LayoutEmphasis emphasis, Random& random) {
  const bool is_small = emphasis == LayoutEmphasis::kSmall || (emphasis == LayoutEmphasis::kMixed && random.percent(12));
  Shape shape(draw_count(rules, emphasis, random));
  std::uint64_t mapped = 0;
  for (Region& region : shape) {
    region.size = draw_size(rules, is_small, random);
    if (emphasis == LayoutEmphasis::kBland) region.size = round_up(16 * kPage, rules.size_align);
    if (mapped + region.size > kLargestMapped) region.size = round_up(kPage, rules.size_align);
    mapped += region.size;
  }
  if (!is_small && mapped < kSmallestMapped) {
    Region& grown = shape[random.below(static_cast<std::uint32_t>(shape.size()))];
    grown.size += round_up(kSmallestMapped - mapped, std::max(kPage, rules.size_align));
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
  if (emphasis == LayoutEmphasis::kBland) return round_up(16 * kPage, align);
  // A dump reaches up to the last mapped address, so that a backend that dumps is given low memories.
  const bool wants_low = rules.switches.dump_all != DumpAll::kNone && random.percent(50);
  switch (wants_low ? random.below(4) : random.below(16)) {
    case 0:
    case 1:
      return 0;
    case 2:
      return round_up(kPage, align);
    case 3:
      return round_up(kPage * random.below(64), align);
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
      return round_up(pick({kOne << 36, kOne << 40, kOne << 46, kOne << 52, kOne << 63}, random) + kPage * random.below(16), align);
    case 12:
    case 13:
      return start_at_top(shape, rules);
    default:
      return round_up(kPage * (1 + draw_below(kOne << 28, random)), align);
  }
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
  const std::uint64_t unit = std::max(kPage, rules.step());
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
  if (random.percent(50)) ends[0] = kPage * (1 + random.below(8));
  for (const std::size_t i : order) {
    Region& region = regions[i];
    region.file = static_cast<std::uint8_t>(random.below(files));
    std::uint64_t& end = ends[region.file];
    region.file_offset = end + (random.percent(30) ? kPage * (1 + random.below(4)) : 0);
    if (overlap && end >= kPage) region.file_offset = kPage * random.below(static_cast<std::uint32_t>(end / kPage));
    end = std::max(end, round_up(region.file_offset + region.size, kPage));
  }
}

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
  const bool harmless = switches.backing.has(Backings::kOwn) && switches.dirty_start == DirtyStart::kClean && rules.granule >= kPage &&
                        rules.switches.addr_space == AddrSpace::kGpaRegions && !rules.is_positional() && !rules.windows_useful;
  if (!harmless || rules.last < (kOne << 40)) return;
  Region& region = shape.back();
  region.size = round_up((kOne << 32) + kPage * (1 + random.below(16)), rules.size_align);
}

void shuffle(Shape& regions, const Rules& rules, Random& random) {
  if (rules.keeps_sorted || !random.percent(50)) return;
  for (std::size_t i = regions.size(); i > 1; --i) std::swap(regions[i - 1], regions[random.below(static_cast<std::uint32_t>(i))]);
}

}  // namespace

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

// -------------------------------------------------------------------------------------------------------------------- Candidates

namespace {

// Small regions of some pages each, some of them with holes between, low in the address space, sorted, all legal.
Shape draw_small_shape(const Rules& rules, std::uint32_t count, Random& random) {
  const std::uint64_t unit = round_up(kPage, rules.step());
  Shape shape(std::min(count, rules.count_max));
  std::uint64_t cursor = 0;
  for (Region& region : shape) {
    region.base = cursor;
    region.size = unit * (2 + random.below(3));
    cursor += region.size + (random.percent(50) ? unit * (1 + random.below(3)) : 0);
  }
  if (rules.is_positional()) space_positionally(rules, shape, random);
  shrink_to_fit(shape, rules);
  const bool may_move = !rules.is_positional() && rules.switches.addr_space != AddrSpace::kOffset;
  const std::uint64_t start = may_move ? unit * random.below(16) : 0;
  if (fits_at(shape, start, rules)) {
    for (Region& region : shape) region.base += start;
  } else {
    place(shape, rules, LayoutEmphasis::kMixed, random);
  }
  return shape;
}

void make_adjacent(Shape& shape) {
  for (std::size_t i = 1; i < shape.size(); ++i) shape[i].base = shape[i - 1].base + shape[i - 1].size;
}

// Makes the last two of `shape` overlap as `kind` says. Both are of at least two steps; bases stay ascending.
void make_overlap(CandidateKind kind, Shape& shape, const Rules& rules, Random& random) {
  GMC_CHECK(shape.size() >= 2, shape.size());
  Region& first = shape[shape.size() - 2];
  Region& second = shape.back();
  const std::uint64_t step = rules.step();
  switch (kind) {
    case CandidateKind::kOverlapInside:
      second.base = first.base + step * random.below(2);
      second.size = round_up(step, rules.size_align);
      break;
    case CandidateKind::kOverlapAround:
      second.base = first.base;
      second.size = first.size + round_up(kPage, step);
      break;
    case CandidateKind::kOverlapEqual:
      second.base = first.base;
      second.size = first.size;
      break;
    default:
      second.base = first.base + first.size - step;
      break;
  }
}

Shape draw_overlap(CandidateKind kind, const Rules& rules, Random& random) {
  const std::uint32_t count = kind == CandidateKind::kOverlapLastPair ? 3 + random.below(10) : 2 + random.below(2);
  Shape shape = draw_small_shape(rules, count, random);
  make_overlap(kind, shape, rules, random);
  // Which of the two comes first must not matter where the order does not.
  if (!rules.keeps_sorted && kind != CandidateKind::kOverlapLastPair && random.percent(50)) std::swap(shape.front(), shape.back());
  return shape;
}

// A region that ends at, or beyond, 2^64. Alone, or behind a legal one.
Shape draw_at_top(bool wraps, const Rules& rules, Random& random) {
  Shape shape;
  if (random.percent(50) && rules.count_max > 1) shape = draw_small_shape(rules, 1, random);
  if (!shape.empty() && shape.front().base > UINT64_MAX / 2) shape.clear();
  const std::uint64_t unit = round_up(kPage, rules.step());
  Region top;
  top.size = unit * (1 + random.below(4));
  top.base = 0 - top.size;
  if (wraps) {
    // Nothing else may be wrong: what the wrapped range would cover holds no region, however it is computed.
    if (!fits_at(shape, unit * 64, rules)) shape.clear();
    for (Region& region : shape) region.base += unit * 64;
    const bool is_huge = rules.switches.backing.has(Backings::kOwn) && rules.reserved.empty() && random.one_in(4);
    if (is_huge) shape.clear();
    top.size = is_huge ? round_down(UINT64_MAX, rules.size_align) : top.size + round_up(1, rules.size_align) * (1 + random.below(4));
    if (is_huge) top.base = round_up(0 - top.size, unit) + unit * (1 + random.below(4));
    if (top.base == 0) top.base = unit;
  }
  shape.push_back(top);
  return shape;
}

Shape draw_misaligned(CandidateKind kind, const Rules& rules, Random& random) {
  Shape shape = draw_small_shape(rules, 1 + random.below(3), random);
  Region& region = shape.back();
  // Smaller by less than a step, so that nothing else goes wrong; of the base, the end stays where it was.
  const std::uint64_t align = kind == CandidateKind::kMisalignedBase ? rules.base_align : rules.size_align;
  const std::uint64_t off = random.percent(50) ? 1 : 1 + draw_below(align - 1, random);
  if (kind == CandidateKind::kMisalignedBase) {
    region.base += align - off;
    region.size -= round_up(align, rules.size_align);
  } else {
    region.size = random.percent(25) ? off : region.size - off;
  }
  return shape;
}

Shape draw_with_empty(const Rules& rules, Random& random) {
  Shape shape = draw_small_shape(rules, rules.count_max > 2 ? 1 + random.below(2) : 1, random);
  const std::uint64_t unit = round_up(kPage, rules.step());
  const std::uint64_t behind = shape.back().base + shape.back().size;
  const bool only = rules.count_max == 1 || random.percent(30);
  if (only) {
    shape.resize(1);
    shape.front().size = 0;
  } else if (behind <= rules.last - unit) {
    shape.push_back(Region{.base = round_up(behind, unit) + (random.percent(50) ? unit : 0)});
  } else {
    shape.back().size = 0;
  }
  return shape;
}

Shape draw_too_many(const Rules& rules) {
  const std::uint64_t unit = round_up(kPage, rules.step());
  Shape shape(rules.count_max + 1);
  for (std::size_t i = 0; i < shape.size(); ++i) shape[i] = Region{.base = unit * 2 * i, .size = unit};
  return shape;
}

Shape draw_beyond_last(const Rules& rules, Random& random) {
  const std::uint64_t unit = round_up(kPage, rules.step());
  Region region;
  region.size = unit * (1 + random.below(3));
  // Straddles the last address by as little as alignment lets it, or lies wholly behind it.
  const std::uint64_t first_bad = round_down(rules.switches.last_address, rules.base_align);
  region.base = rules.switches.addr_space == AddrSpace::kOffset ? 0 : first_bad;
  if (region.base == 0) region.size = round_up(rules.switches.last_address + 2, rules.size_align);
  if (region.size - 1 <= rules.switches.last_address - region.base)
    region.size = round_up(rules.switches.last_address - region.base + 2, rules.size_align);
  return {region};
}

Shape draw_candidate_shape(CandidateKind kind, const Rules& rules, Random& random) {
  switch (kind) {
    case CandidateKind::kLegal:
    case CandidateKind::kLegalFileOverlap:
    case CandidateKind::kBackingUnoffered:
      return draw_small_shape(rules, 2 + random.below(3), random);
    case CandidateKind::kLegalAdjacent: {
      Shape shape = draw_small_shape(rules, 2 + random.below(3), random);
      make_adjacent(shape);
      return shape;
    }
    case CandidateKind::kLegalAtTop:
    case CandidateKind::kEndsAtTop:
      return draw_at_top(false, rules, random);
    case CandidateKind::kWraps:
      return draw_at_top(true, rules, random);
    case CandidateKind::kLegalUnsorted:
    case CandidateKind::kUnsorted: {
      Shape shape = draw_small_shape(rules, 2 + random.below(3), random);
      GMC_CHECK(shape.size() >= 2, shape.size());
      std::swap(shape[0], shape[1 + random.below(static_cast<std::uint32_t>(shape.size() - 1))]);
      return shape;
    }
    case CandidateKind::kFillsWindow: {
      Shape shape = draw_small_shape(rules, 2 + random.below(3), random);
      GMC_CHECK(shape.size() >= 2, shape.size());
      shape[random.below(static_cast<std::uint32_t>(shape.size()))].size = shape[1].base;
      return shape;
    }
    case CandidateKind::kMisalignedBase:
    case CandidateKind::kMisalignedSize:
    case CandidateKind::kLegalRounded:
      return draw_misaligned(kind, rules, random);
    case CandidateKind::kLegalZeroSize:
    case CandidateKind::kZeroSize:
      return draw_with_empty(rules, random);
    case CandidateKind::kTooMany:
      return draw_too_many(rules);
    case CandidateKind::kBeyondLast:
      return draw_beyond_last(rules, random);
    case CandidateKind::kOverlapInside:
    case CandidateKind::kOverlapAround:
    case CandidateKind::kOverlapByOne:
    case CandidateKind::kOverlapEqual:
    case CandidateKind::kOverlapLastPair:
      return draw_overlap(kind, rules, random);
  }
  return {};
}

Backing unoffered_backing(const Switches& switches) {
  if (!switches.backing.has(Backings::kFd)) return Backing::kFile;
  if (!switches.backing.has(Backings::kHostPointer)) return Backing::kHost;
  return Backing::kOwn;
}

void back_candidate(CandidateKind kind, Shape& shape, const Rules& rules, Random& random) {
  const bool may_use_file = rules.switches.backing.has(Backings::kFd) && is_legal(kind);
  const bool on_files = kind == CandidateKind::kLegalFileOverlap || (may_use_file && random.percent(25));
  for (Region& region : shape) region.backing = on_files ? Backing::kFile : plain_backing(rules.switches).value_or(Backing::kOwn);
  if (kind == CandidateKind::kBackingUnoffered) shape.back().backing = unoffered_backing(rules.switches);
  assign_extents(shape, false, random);
  if (kind == CandidateKind::kLegalFileOverlap) {
    for (Region& region : shape) region.file = 0;
    shape.back().file_offset = shape.front().file_offset + (random.percent(50) ? 0 : kPage);
  }
  // The harness cannot bring what such an entry asks for; a backing of the backend's own says as much.
  for (Region& region : shape) {
    const bool is_too_large = region.size > kBackingMax || region.file_offset > kBackingMax - region.size;
    if (region.backing == Backing::kOwn || !is_too_large || !rules.switches.backing.has(Backings::kOwn)) continue;
    region.backing = Backing::kOwn;
    region.file = 0;
    region.file_offset = 0;
  }
}

}  // namespace

bool applies(CandidateKind kind, const Profile& profile) {
  const Switches& switches = profile.root();
  if (switches.layout == LayoutSource::kOwn || !plain_backing(switches)) return false;
  const bool is_offset = switches.addr_space == AddrSpace::kOffset;
  const bool in_windows = switches.addr_space == AddrSpace::kGpaWindow;
  const bool is_positional = switches.region_order == RegionOrder::kPositional;
  // The units of candidates, with room for as many of them as the largest candidate takes.
  const std::uint64_t unit = round_up(kPage, Rules(profile).step());
  const bool is_roomy = switches.last_address / unit >= 256;
  const bool at_top = !is_offset && !is_positional && !in_windows && switches.last_address == UINT64_MAX && std::has_single_bit(unit);
  const bool several = switches.regions_max > 1 && !is_offset && is_roomy;
  switch (kind) {
    case CandidateKind::kLegal:
      return true;
    case CandidateKind::kLegalAdjacent:
    case CandidateKind::kOverlapInside:
    case CandidateKind::kOverlapAround:
    case CandidateKind::kOverlapByOne:
    case CandidateKind::kOverlapEqual:
      return several && !is_positional;
    case CandidateKind::kLegalAtTop:
      return at_top && switches.region_ends_at_2_64 == RegionTop::kAccept;
    case CandidateKind::kEndsAtTop:
      return at_top && switches.region_ends_at_2_64 == RegionTop::kReject;
    case CandidateKind::kWraps:
      return at_top;
    case CandidateKind::kLegalZeroSize:
      return switches.region_zero == RegionZero::kAccept && !is_positional;
    case CandidateKind::kZeroSize:
      return switches.region_zero == RegionZero::kReject && !is_positional;
    case CandidateKind::kLegalUnsorted:
      return several && switches.region_order == RegionOrder::kAny;
    case CandidateKind::kUnsorted:
      return several && switches.region_order != RegionOrder::kAny;
    case CandidateKind::kFillsWindow:
      return several && is_positional;
    case CandidateKind::kLegalFileOverlap:
      return several && switches.backing.has(Backings::kFd);
    case CandidateKind::kLegalRounded:
      return switches.region_align_size > 1 && switches.region_rounding == RegionRounding::kUp;
    case CandidateKind::kMisalignedSize:
      return switches.region_align_size > 1 && switches.region_rounding == RegionRounding::kReject;
    case CandidateKind::kMisalignedBase:
      return switches.region_align_base > 1 && !is_positional && !is_offset;
    case CandidateKind::kOverlapLastPair:
      return several && !is_positional && switches.regions_max > 2;
    case CandidateKind::kTooMany:
      return switches.regions_max < kRegionsMax && !is_offset && !is_positional && !in_windows && is_roomy;
    case CandidateKind::kBeyondLast:
      return switches.last_address < UINT64_MAX - (kOne << 32) && !in_windows && !is_positional;
    case CandidateKind::kBackingUnoffered:
      return !(switches.backing.has(Backings::kOwn) && switches.backing.has(Backings::kFd) && switches.backing.has(Backings::kHostPointer));
  }
  return false;
}

std::string_view name(CandidateKind kind) {
  static constexpr std::string_view kNames[kCandidateKindCount] = {
      "legal",         "legal_adjacent",  "legal_at_top",      "legal_zero_size", "legal_unsorted", "legal_file_overlap",
      "legal_rounded", "overlap_inside",  "overlap_around",    "overlap_by_one",  "overlap_equal",  "overlap_last_pair",
      "zero_size",     "misaligned_base", "misaligned_size",   "wraps",           "ends_at_top",    "unsorted",
      "too_many",      "beyond_last",     "backing_unoffered", "fills_window"};
  return kNames[static_cast<std::size_t>(kind)];
}

Layout draw_candidate(CandidateKind kind, const Profile& profile, Random& random) {
  GMC_CHECK(applies(kind, profile), name(kind));
  const Rules rules(profile);
  Shape shape = draw_candidate_shape(kind, rules, random);
  back_candidate(kind, shape, rules, random);
  if (rules.windows_needed) {
    Shape sorted = shape;
    std::ranges::sort(sorted, {}, &Region::base);
    std::uint64_t end = 0;
    for (const Region& region : sorted) end = std::max(end, region.base + region.size);
    const std::uint64_t unit = round_up(kPage, rules.step());
    const std::uint64_t base = round_down(sorted.front().base, unit);
    shape.insert(shape.begin(), Region{.base = base, .size = round_up(end, unit) - base, .is_window = true});
  }
  return Layout{std::move(shape)};
}

}  // namespace gmc
