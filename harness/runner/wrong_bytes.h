// SPDX-License-Identifier: Apache-2.0 OR MIT
// All the bytes of a comparison that are wrong, where a finding names the first of them: for people who look at it.
#ifndef GMCHECK_HARNESS_RUNNER_WRONG_BYTES_H
#define GMCHECK_HARNESS_RUNNER_WRONG_BYTES_H

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "harness/reference/reference.h"

namespace gmc {

// Sixteen bytes at a multiple of sixteen, at least one of which is wrong.
struct WrongRow {
  static constexpr std::uint64_t kSize = 16;

  std::uint64_t gpa = 0;       // of byte 0
  std::uint32_t entry = 0;     // of the layout: the region that they belong to
  std::uint32_t store = 0;     // its backing
  std::uint64_t position = 0;  // of byte 0 there; modulo 2^64, as a region may begin inside of the row
  std::uint16_t known = 0;     // bit i: byte i was looked at
  std::uint16_t wrong = 0;     // bit i: byte i is none that the reference allows
  std::array<std::uint8_t, kSize> expected{};
  std::array<std::uint8_t, kSize> got{};
};

// Collects the rows in which what was seen differs from what `reference` holds.
class WrongBytes {
 public:
  static constexpr std::size_t kRowsMax = 4096;  // what is beyond is_cut() says

  // `seen` is what stands at `offset` of `region`, as a witness or an answer has it.
  void look(const Reference& reference, const MappedRegion& region, std::uint64_t offset, std::span<const std::uint8_t> seen);

  // Ascending by entry and address.
  [[nodiscard]] std::vector<WrongRow> rows() const;
  [[nodiscard]] bool is_cut() const { return is_cut_; }

 private:
  std::map<std::pair<std::uint32_t, std::uint64_t>, WrongRow> rows_;
  bool is_cut_ = false;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_RUNNER_WRONG_BYTES_H
