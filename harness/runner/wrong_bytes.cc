// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/runner/wrong_bytes.h"

#include <algorithm>

#include "harness/runner/executor.h"

namespace gmc {

void WrongBytes::look(const Reference& reference, const MappedRegion& region, std::uint64_t offset, std::span<const std::uint8_t> seen) {
  const Bytes& store = reference.store(region.store);
  const std::uint64_t start = region.store_offset + offset;  // of `seen`, in the backing
  for (std::size_t at = 0; at < seen.size();) {
    const auto mismatch = store.compare(start + at, seen.subspan(at));
    if (!mismatch) return;
    const std::size_t wrong = mismatch->position - start;
    const std::uint64_t gpa = region.base + offset + wrong;
    const std::uint64_t in_row = gpa % WrongRow::kSize;
    const auto key = std::make_pair(region.entry, gpa - in_row);
    if (rows_.size() >= kRowsMax && !rows_.contains(key)) {
      is_cut_ = true;
      return;
    }
    WrongRow& row = rows_[key];
    row = {.gpa = key.second,
           .entry = region.entry,
           .store = region.store,
           .position = start + wrong - in_row,
           .known = row.known,
           .wrong = row.wrong,
           .expected = row.expected,
           .got = row.got};
    // What of the row was seen.
    const std::size_t before = std::min<std::size_t>(in_row, wrong);
    const std::size_t first = wrong - before;
    const std::size_t size = std::min<std::size_t>(WrongRow::kSize - (in_row - before), seen.size() - first);
    std::array<std::uint8_t, WrongRow::kSize> expected;
    store.read(start + first, std::span(expected).first(size));
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t bit = in_row - before + i;
      row.known = static_cast<std::uint16_t>(row.known | 1u << bit);
      row.expected[bit] = expected[i];
      row.got[bit] = seen[first + i];
      if (store.compare(start + first + i, seen.subspan(first + i, 1))) row.wrong = static_cast<std::uint16_t>(row.wrong | 1u << bit);
    }
    at = first + size;
  }
}

std::vector<WrongRow> WrongBytes::rows() const {
  std::vector<WrongRow> rows;
  for (const auto& [key, row] : rows_) rows.push_back(row);
  return rows;
}

// Seen as the difference was seen: what a witness says may be right where a read of the same bytes is wrong.
WrongBytes Executor::wrong_memory() {
  WrongBytes wrong;
  if (!last_difference_ || memory_ == nullptr || !memory_->is_alive()) return wrong;
  const bool by_witness = last_difference_->by_witness;
  const auto look = [&](const MappedRegion& region, std::uint64_t offset, std::uint64_t size) {
    const std::span<std::uint8_t> witness = memory_->witness(region.entry);
    if (by_witness) {
      if (witness.size() >= offset + size) wrong.look(reference_, region, offset, witness.subspan(offset, size));
      return;
    }
    if (backend_.access().read == nullptr) return;
    for (std::uint64_t done = 0; done < size; done += kCompareReadSize) {
      const auto [piece, status] = read_back(region.base + offset + done, std::min(kCompareReadSize, size - done));
      if (status == GMC_OK && Buffers::is_intact(piece)) wrong.look(reference_, region, offset + done, piece);
    }
  };
  for (const MappedRegion& region : reference_.map().regions()) {
    constexpr std::uint64_t kWholeMax = 1 << 20;
    if (region.size() <= kWholeMax) {
      look(region, 0, region.size());
      continue;
    }
    reference_.store(region.store).for_each_touched(region.store_offset, region.size(), [&](std::uint64_t position, std::uint64_t size) {
      look(region, position - region.store_offset, size);
    });
  }
  return wrong;
}

}  // namespace gmc
