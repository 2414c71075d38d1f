// SPDX-License-Identifier: Apache-2.0 OR MIT
// Where in the space of everything that may be asked of a memory one operation lies: the axes by which coverage is counted. Coarser than
// cell_of(), which tells findings apart; and it knows what came of the operation.
#ifndef GMCHECK_HARNESS_REFERENCE_COVERAGE_CELL_H
#define GMCHECK_HARNESS_REFERENCE_COVERAGE_CELL_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/program/op.h"
#include "harness/reference/expectation.h"
#include "harness/reference/reference.h"

namespace gmc {

enum class Axis : std::uint8_t {
  kOperation,
  kWidth,       // bytes of the range
  kAlignment,   // of its address
  kPageEdge,    // how it lies to the edges of pages of 4 KiB
  kRegionEdge,  // how it lies to the edges of regions
  kBacking,     // whose bytes are there
  kSpace,       // through what it is seen
  kPermission,  // of the first byte
  kOutcome,     // what was answered
  kDirty,       // of the first granule that is written, before
};
inline constexpr std::size_t kAxisCount = 10;
// Values of each axis, in that order; value_name() has them.
inline constexpr std::array<std::uint8_t, kAxisCount> kAxisSizes = {static_cast<std::uint8_t>(kOpKindCount), 9, 4, 4, 7, 5, 5, 3, 9, 4};

inline constexpr std::uint32_t kCellCount = [] {
  std::uint32_t count = 1;
  for (const std::uint8_t size : kAxisSizes) count *= size;
  return count;
}();

struct CoverageCell {
  std::array<std::uint8_t, kAxisCount> at{};  // by axis; below kAxisSizes

  bool operator==(const CoverageCell&) const = default;
  auto operator<=>(const CoverageCell&) const = default;
};

// `reference` is as it was when the operation was predicted.
[[nodiscard]] CoverageCell coverage_cell_of(const Reference& reference, const Expectation& expectation, const GmcOutcome& outcome);

// The same in two parts: the axes that follow from the place, as if it were written, and what of an answer changes them.
[[nodiscard]] CoverageCell coverage_cell_at(const Reference& reference, std::uint8_t slot, std::uint64_t gpa, std::uint64_t size);
struct AnswerAxes {
  OpKind kind = OpKind::kRead;
  bool lies_somewhere = false;  // false: it has no place, or changes the map under it
  bool has_size = false;
  bool is_across = false;  // it meets more than one region
  bool is_cut = false;     // it stops behind its first byte
  bool is_discarded = false;
  bool writes = false;

  bool operator==(const AnswerAxes&) const = default;
};
[[nodiscard]] AnswerAxes answer_axes_of(const Expectation& expectation);
[[nodiscard]] CoverageCell with_answer(const CoverageCell& at, const AnswerAxes& answer, std::uint8_t outcome);
// The value on the axis of outcomes.
[[nodiscard]] std::uint8_t outcome_value(const Expectation& expectation, const GmcOutcome& outcome);

// Whether a count that comes with an ok says how much was moved.
[[nodiscard]] bool counts_moved(OpKind kind);

// One number for each cell, below kCellCount, and back.
[[nodiscard]] std::uint32_t number_of(const CoverageCell& cell);
[[nodiscard]] CoverageCell cell_of_number(std::uint32_t number);

// "write width=8 alignment=8 ...", the names of the table below.
[[nodiscard]] std::string text_of(const CoverageCell& cell);
[[nodiscard]] std::string_view name(Axis axis);
[[nodiscard]] std::string_view value_name(Axis axis, std::uint8_t value);

// Every pair of values of two axes has a number below kAxisPairs: what an engine is told, in as many counters as it can look at.
inline constexpr std::uint32_t kAxisPairs = [] {
  std::uint32_t pairs = 0;
  for (std::size_t a = 0; a < kAxisCount; ++a) {
    for (std::size_t b = a + 1; b < kAxisCount; ++b) pairs += std::uint32_t{kAxisSizes[a]} * kAxisSizes[b];
  }
  return pairs;
}();
static_assert(kAxisPairs <= 8192);

// Calls visit(number) for each of the cell's pairs.
template <typename Visit>
void for_each_pair(const CoverageCell& cell, Visit visit) {
  std::uint32_t base = 0;
  for (std::size_t a = 0; a < kAxisCount; ++a) {
    for (std::size_t b = a + 1; b < kAxisCount; ++b) {
      visit(base + std::uint32_t{cell.at[a]} * kAxisSizes[b] + cell.at[b]);
      base += std::uint32_t{kAxisSizes[a]} * kAxisSizes[b];
    }
  }
}

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REFERENCE_COVERAGE_CELL_H
