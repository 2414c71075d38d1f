// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/coverage_cell.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <span>

#include "harness/base/check.h"
#include "harness/base/page.h"

namespace gmc {

namespace {

constexpr std::string_view kWidths[] = {"0", "1", "2", "4", "8", "other_to_8", "below_page", "page", "beyond_page"};
constexpr std::string_view kAlignments[] = {"8", "4", "2", "1"};
constexpr std::string_view kPageEdges[] = {"inside", "from_start", "to_end", "across"};
constexpr std::string_view kRegionEdges[] = {"inside", "from_start", "to_end", "whole", "across", "out_of", "outside"};
constexpr std::string_view kBackings[] = {"none", "own", "file", "host", "discarding_hole"};
constexpr std::string_view kSpaces[] = {"root", "region", "range", "snapshot", "other_memory"};
constexpr std::string_view kPermissions[] = {"writable", "read_only", "page_denied"};
constexpr std::string_view kOutcomes[] = {"ok",      "in_part",     "mismatch", "out_of_range", "denied",
                                          "invalid", "unsupported", "failed",   "other"};
constexpr std::string_view kDirties[] = {"not_written", "untracked", "clean", "dirty"};

constexpr std::span<const std::string_view> kNames[] = {{},        kWidths, kAlignments,  kPageEdges, kRegionEdges,
                                                        kBackings, kSpaces, kPermissions, kOutcomes,  kDirties};
constexpr std::string_view kAxisNames[] = {"operation", "width", "alignment",  "page_edge", "region_edge",
                                           "backing",   "space", "permission", "outcome",   "dirty"};

constexpr bool sizes_fit() {
  for (std::size_t i = 1; i < kAxisCount; ++i) {
    if (kNames[i].size() != kAxisSizes[i]) return false;
  }
  return std::size(kAxisNames) == kAxisCount;
}
static_assert(sizes_fit());

std::uint8_t width_of(std::uint64_t size) {
  if (size == 0) return 0;
  if (size <= 8) return std::has_single_bit(size) ? static_cast<std::uint8_t>(std::bit_width(size)) : 5;
  return size < kPage ? 6 : size == kPage ? 7 : 8;
}

std::uint8_t alignment_of(std::uint64_t address) { return static_cast<std::uint8_t>(3 - std::min(std::countr_zero(address | 8), 3)); }

std::uint8_t page_edge_of(std::uint64_t first, std::uint64_t size) {
  if (size == 0) return first % kPage == 0 ? 1 : 0;
  const std::uint64_t last = first + (size - 1);
  if (first / kPage != last / kPage) return 3;
  return first % kPage == 0 ? 1 : last % kPage == kPage - 1 ? 2 : 0;
}

// `region`: that of the first byte; null where it is not mapped.
std::uint8_t region_edge_of(const Expectation& e, const MappedRegion* region, std::uint64_t size) {
  const Walk& walk = e.walk;
  if (region == nullptr) return 6;
  if (walk.spans.size() > 1) return 4;
  if (walk.stop != Stop::kNone && walk.reached > 0) return 5;
  const bool from_start = e.gpa == region->base;
  const bool to_end = size > 0 && e.gpa + (size - 1) == region->last;
  return from_start && to_end ? 3 : to_end ? 2 : from_start ? 1 : 0;
}

std::uint8_t outcome_of(const Expectation& e, const GmcOutcome& outcome) {
  switch (outcome.status) {
    case GMC_OK:
      return is_access(e.op->kind) && (outcome.flags & GMC_HAS_COUNT) != 0 && outcome.count < range_size(*e.op) ? 1 : 0;
    case GMC_SHORT:
      return 1;
    case GMC_MISMATCH:
      return 2;
    case GMC_OUT_OF_RANGE:
      return 3;
    case GMC_DENIED:
      return 4;
    case GMC_INVALID_ARGUMENT:
    case GMC_MISALIGNED:
    case GMC_OVERLAP:
      return 5;
    case GMC_UNSUPPORTED:
      return 6;
    case GMC_FAULT:
    case GMC_IO:
    case GMC_NO_MEMORY:
      return 7;
    default:
      return 8;
  }
}

}  // namespace

CoverageCell coverage_cell_of(const Reference& reference, const Expectation& e, const GmcOutcome& outcome) {
  const Op& op = *e.op;
  CoverageCell cell;
  const auto set = [&](Axis axis, std::uint8_t value) { cell.at[static_cast<std::size_t>(axis)] = value; };
  set(Axis::kOperation, static_cast<std::uint8_t>(op.kind));
  set(Axis::kOutcome, outcome_of(e, outcome));
  set(Axis::kSpace,
      reference.is_other_memory(op.space) ? std::uint8_t{4} : static_cast<std::uint8_t>(std::min<std::uint32_t>(e.space_kind, 3)));
  // What has no place, or changes the map under it, lies nowhere.
  if (touches(op.kind) == Touches::kMap) return cell;
  const std::uint64_t size = range_size(op);
  set(Axis::kWidth, width_of(size));
  if (!has_operand(op.kind, Operand::kAt)) return cell;
  set(Axis::kAlignment, alignment_of(e.gpa));
  set(Axis::kPageEdge, page_edge_of(e.gpa, size));
  // The expectation's own map may be one that is gone, where the operation walks over nothing.
  const MemoryMap& map = reference.map_of(op.space);
  const MappedRegion* const region = map.find(e.gpa);
  set(Axis::kRegionEdge, region_edge_of(e, region, size));
  if (region == nullptr) {
    const bool is_discarded = !e.walk.spans.empty() && e.walk.spans.front().is_discarded;
    set(Axis::kBacking, is_discarded ? 4 : 0);
    return cell;
  }
  const bool knows_entry = region->entry < reference.layout().regions.size();
  set(Axis::kBacking,
      static_cast<std::uint8_t>(1 + (knows_entry ? static_cast<unsigned>(reference.layout().regions[region->entry].backing) : 0u)));
  set(Axis::kPermission, region->is_read_only ? 1 : map.permits(*region, e.gpa, Right::kWrite) ? 0 : 2);
  if (e.effect == Effect::kWrites) {
    const auto* const mark = reference.is_tracking() ? reference.mark_at(*region, e.gpa) : nullptr;
    set(Axis::kDirty, !reference.is_tracking() ? 1 : mark == nullptr ? 2 : 3);
  }
  return cell;
}

std::uint32_t number_of(const CoverageCell& cell) {
  std::uint32_t number = 0;
  for (std::size_t i = kAxisCount; i-- > 0;) {
    GMC_CHECK(cell.at[i] < kAxisSizes[i], i, cell.at[i]);
    number = number * kAxisSizes[i] + cell.at[i];
  }
  return number;
}

CoverageCell cell_of_number(std::uint32_t number) {
  CoverageCell cell;
  for (std::size_t i = 0; i < kAxisCount; ++i) {
    cell.at[i] = static_cast<std::uint8_t>(number % kAxisSizes[i]);
    number /= kAxisSizes[i];
  }
  return cell;
}

std::string_view name(Axis axis) { return kAxisNames[static_cast<std::size_t>(axis)]; }

std::string_view value_name(Axis axis, std::uint8_t value) {
  GMC_CHECK(value < kAxisSizes[static_cast<std::size_t>(axis)], value);
  return axis == Axis::kOperation ? keyword(static_cast<OpKind>(value)) : kNames[static_cast<std::size_t>(axis)][value];
}

std::string text_of(const CoverageCell& cell) {
  std::string text(value_name(Axis::kOperation, cell.at[0]));
  for (std::size_t i = 1; i < kAxisCount; ++i) {
    const Axis axis = static_cast<Axis>(i);
    text += fmt::format(" {}={}", name(axis), value_name(axis, cell.at[i]));
  }
  return text;
}

}  // namespace gmc
