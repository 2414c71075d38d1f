// SPDX-License-Identifier: Apache-2.0 OR MIT
// Layouts for `create`: of each kind one thing is legal or illegal about them.
#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "harness/base/check.h"
#include "harness/generate/layout_rules.h"
#include "harness/generate/layouts.h"

namespace gmc {

namespace {

constexpr std::uint64_t kOne = 1;

// Small regions of some pages each, some of them with holes between, low in the address space, sorted, all legal.
Shape draw_small_shape(const Rules& rules, std::uint32_t count, Random& random) {
  const std::uint64_t unit = round_up(kLayoutPage, rules.step());
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
      second.size = first.size + round_up(kLayoutPage, step);
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
  const std::uint64_t unit = round_up(kLayoutPage, rules.step());
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
  const std::uint64_t unit = round_up(kLayoutPage, rules.step());
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
  const std::uint64_t unit = round_up(kLayoutPage, rules.step());
  Shape shape(rules.count_max + 1);
  for (std::size_t i = 0; i < shape.size(); ++i) shape[i] = Region{.base = unit * 2 * i, .size = unit};
  return shape;
}

Shape draw_beyond_last(const Rules& rules, Random& random) {
  const std::uint64_t unit = round_up(kLayoutPage, rules.step());
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
    shape.back().file_offset = shape.front().file_offset + (random.percent(50) ? 0 : kLayoutPage);
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
  const std::uint64_t unit = round_up(kLayoutPage, Rules(profile).step());
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
    const std::uint64_t unit = round_up(kLayoutPage, rules.step());
    const std::uint64_t base = round_down(sorted.front().base, unit);
    shape.insert(shape.begin(), Region{.base = base, .size = round_up(end, unit) - base, .is_window = true});
  }
  return Layout{std::move(shape)};
}

}  // namespace gmc
