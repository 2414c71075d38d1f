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

constexpr std::uint8_t kOutside = 6;  // of the edges of regions

std::uint8_t width_of(std::uint64_t size) {
  if (size == 0) return 0;
  if (size <= 8) return std::has_single_bit(size) ? static_cast<std::uint8_t>(std::bit_width(size)) : 5;
  return size < kPage ? 6 : size == kPage ? 7 : 8;
}

std::uint8_t alignment_of(std::uint64_t address) { return static_cast<std::uint8_t>(3 - std::min(std::countr_zero(address | 8), 3)); }

std::uint8_t page_edge_of(std::uint64_t first, std::uint64_t size) {
  if (size == 0) return first % kPage == 0 ? 1 : 0;
  const std::uint64_t last = first + (size - 1);
  if (last < first || first / kPage != last / kPage) return 3;
  return first % kPage == 0 ? 1 : last % kPage == kPage - 1 ? 2 : 0;
}

// What an array counts are elements.
std::uint64_t whole_count(const Op& op) { return is_array(op.kind) ? op.count : op.size; }

}  // namespace

bool counts_moved(OpKind kind) {
  switch (kind) {
    case OpKind::kReadPartial:
    case OpKind::kWritePartial:
    case OpKind::kReadFromPartial:
    case OpKind::kWriteToPartial:
    case OpKind::kReadArray:
    case OpKind::kWriteArray:
      return true;
    default:
      return false;
  }
}

std::uint8_t outcome_value(const Expectation& e, const GmcOutcome& outcome) {
  switch (outcome.status) {
    case GMC_OK:
      return counts_moved(e.op->kind) && (outcome.flags & GMC_HAS_COUNT) != 0 && outcome.count < whole_count(*e.op) ? 1 : 0;
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

CoverageCell coverage_cell_at(const Reference& reference, std::uint8_t slot, std::uint64_t gpa, std::uint64_t size) {
  CoverageCell cell;
  const auto set = [&](Axis axis, std::uint8_t value) { cell.at[static_cast<std::size_t>(axis)] = value; };
  const bool is_other = reference.is_other_memory(slot);
  set(Axis::kSpace, is_other ? std::uint8_t{4} : static_cast<std::uint8_t>(std::min<std::uint32_t>(reference.kind_of(slot), 3)));
  set(Axis::kWidth, width_of(size));
  set(Axis::kAlignment, alignment_of(gpa));
  set(Axis::kPageEdge, page_edge_of(gpa, size));
  const MemoryMap& map = reference.map_of(slot);
  const MappedRegion* const region = map.find(gpa);
  if (region == nullptr) {
    set(Axis::kRegionEdge, kOutside);
    return cell;
  }
  const bool from_start = gpa == region->base;
  const bool to_end = size > 0 && gpa + (size - 1) == region->last;
  set(Axis::kRegionEdge, from_start && to_end ? 3 : to_end ? 2 : from_start ? 1 : 0);
  const bool knows_entry = region->entry < reference.layout().regions.size();
  set(Axis::kBacking,
      static_cast<std::uint8_t>(1 + (knows_entry ? static_cast<unsigned>(reference.layout().regions[region->entry].backing) : 0u)));
  set(Axis::kPermission, region->is_read_only ? 1 : map.permits(*region, gpa, Right::kWrite) ? 0 : 2);
  const auto* const mark = reference.is_tracking() ? reference.mark_at(*region, gpa) : nullptr;
  set(Axis::kDirty, !reference.is_tracking() ? 1 : mark == nullptr ? 2 : 3);
  return cell;
}

AnswerAxes answer_axes_of(const Expectation& e) {
  const Walk& walk = e.walk;
  const bool changes_map = touches(e.op->kind) == Touches::kMap;
  return {.kind = e.op->kind,
          .lies_somewhere = !changes_map && has_operand(e.op->kind, Operand::kAt),
          .has_size = !changes_map && has_operand(e.op->kind, Operand::kSize),
          .is_across = walk.spans.size() > 1,
          .is_cut = walk.stop != Stop::kNone && walk.reached > 0,
          .is_discarded = !walk.spans.empty() && walk.spans.front().is_discarded,
          .writes = e.effect == Effect::kWrites};
}

CoverageCell with_answer(const CoverageCell& at, const AnswerAxes& answer, std::uint8_t outcome) {
  CoverageCell cell;
  const auto axis = [](CoverageCell& of, Axis which) -> std::uint8_t& { return of.at[static_cast<std::size_t>(which)]; };
  if (answer.lies_somewhere) {
    cell = at;
    std::uint8_t& edge = axis(cell, Axis::kRegionEdge);
    if (edge == kOutside) {
      if (answer.is_discarded) axis(cell, Axis::kBacking) = 4;
    } else if (answer.is_across || answer.is_cut) {
      edge = answer.is_across ? 4 : 5;
    }
    if (!answer.writes) axis(cell, Axis::kDirty) = 0;
  } else {
    CoverageCell from = at;
    axis(cell, Axis::kSpace) = axis(from, Axis::kSpace);
    if (answer.has_size) axis(cell, Axis::kWidth) = axis(from, Axis::kWidth);
  }
  axis(cell, Axis::kOperation) = static_cast<std::uint8_t>(answer.kind);
  axis(cell, Axis::kOutcome) = outcome;
  return cell;
}

CoverageCell coverage_cell_of(const Reference& reference, const Expectation& e, const GmcOutcome& outcome) {
  return with_answer(coverage_cell_at(reference, e.slot, e.gpa, range_size(*e.op)), answer_axes_of(e), outcome_value(e, outcome));
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
